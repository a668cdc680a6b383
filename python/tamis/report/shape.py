"""The shape of `report/data.json`: the contract between what is counted and whoever draws it.

Everything that a page, a terminal or another tool shows of a run comes from this one document. It holds no
time, no
machine and no path of this machine, so it is the same bytes for any number of workers. Counts are documents
unless
a key says otherwise; `U` below stands for `{"documents": n, "characters": n, "words": n}`, characters (code
points) and
words (UAX 29) counted on the text before the first gate. A number that nobody counted is null, never a guess.

```
v            1
run          recipe, title, digest, tamis, status, measure, removed, seed, limit, sample, without [step],
             overrides {..}, inputs {count, bytes, names [first 20]}, domains "registrable" | "host"
summary      documents   {in, made, kept, removed, failed}           in + made = kept + removed + failed
             characters  {in, kept, removed, failed, edited}         in = kept + removed + failed + edited out
             words       the same; failed is null where no text was stored, edited is null where the engine
                         did not count it (then kept counts the text before the edits)
             tokens      {signal, kept, removed} | null
             edited      kept documents whose text a transform changed
             balanced    whether the files hold as many documents as the manifests counted in
             skipped     {type of record: count}    shards  number of shards
steps        in recipe order, "source" first when it removed or failed something:
             {step, op, kind, scope, cost, gate, ran, in, made, removed, failed, left,
              removed_characters, removed_words, rules [rule id], why "" | "without"}
             in + made = removed + failed + left; `in` of the next step is `left` of this one
rules        in recipe order: {rule "step.name", step, name, signal | null, bounds {min, max, above, below,
             in,
             not_in, when, null: those that are there}, conditional (has `when` or a table), keeps (in words),
             measured U | null, alone U, in_order U, only U, left}
             alone: fail this rule, whatever the others say; in_order: removed here (these add up);
             only: fail no other rule that was measured for them (would come back without this one)
removed_by   {rule id: documents}, most first, at most 1,000 (then `removed_by_rest`)
alerts       [{kind, level "wrong" | "look", part, ...numbers and names}]; `tamis.report.alerts.sentence`
             says them
signals      in recipe order: {signal "step.name", step, name, type, meaning, low, high, integer, measured,
             absent,
             rules [rule id], stats | null, histogram | null, values | null, labels | null}
  stats      min, max, mean, p001, p01, p05, p25, p50, p75, p95, p99, p999 (lower value, never between two)
  histogram  {log, edges [n + 1], edge_rules {index of edge: [rule id, bound]}, kept [n], later [n], only [n],
             other [n], beyond {count, max} | null, spike {value, kept, later, only, other} | null}
             kept: kept; later: passed all row rules, a corpus step removed it; only: removed by rules on
             this signal
             only; other: removed and another rule agrees. Integers: a bin is [a, b) of whole numbers, and the
             edge of `max = 5` is 6. Documents of the spike are in no bin; those beyond the last edge are in
             the last.
  values     {exact true | false, at [ascending], all_below, all_up_to [counts at each],
             free {rule: {below, up_to}}}: how many measured documents lie below / at or below; `free` counts
             those that fail no other rule. Exact: `at` holds each value that occurs; else 1,000 round
             bounds, the
             recipe's among them.
  labels     [{value, documents, kept}], most first, at most 100 (bool signals: "true", "false")
slices       {language, domain, tld, month, source, input, length: {column, groups [{value, in: D, kept: D}],
             rest {groups, in: D, kept: D}}}; D = {documents, characters}; at most 200 groups, most in first;
             documents without a value are the group null
duplicates   a list, one per corpus step with clusters: {step, clusters, documents, removed,
             sizes [{from, to, clusters, documents, kept, removed}],
             largest [{cluster, size, inputs, sources, months, domains, example | null}],
             across {inputs, sources, months, domains}: clusters that reach across two or more,
             similarity {measured, edges, counts, min} | null, below {threshold: n},
             pairs [{kept, removed, similarity, example_kept, example_removed}] least similar first}
examples     {rules {rule id: {random, near, extreme}}, kept, edited, failed}: lists of rows of
             `report/examples.parquet`, which holds each document once; see `tamis.report.examples`
problems     {failed [{step, kind, documents, message}], charsets [{charset, how, documents}], repaired,
             duplicate_ids {ids, documents}, without_text, skipped {..}, unstable (documents that a time,
             memory
             or crash guard stopped: these can differ between two runs)}
```
"""

from __future__ import annotations

VERSION = 1
"""The version of `data.json` that this module describes."""
