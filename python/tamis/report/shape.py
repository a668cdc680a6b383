"""The shape of `report/data.json`: the contract between what is counted and whoever draws it.

Everything that a page, a terminal or another tool shows of a run comes from this one document. It holds no
time, no machine and no path, so it is the same bytes for any number of workers. Counts are documents unless
a key says otherwise; `U` below stands for `{"documents": n, "characters": n, "words": n}`, characters (code
points) and words (UAX 29) counted on the text before the first gate. A number that nobody counted is null,
never a guess.

```
v           5
run         recipe, title, digest, tamis, status, measure, removed, originals, seed, limit, sample,
            without [step], overrides {..}, inputs {count, bytes, names [first 20]},
            domains "registrable"
summary     documents   {in, made, kept, removed, failed}      in + made = kept + removed + failed
            characters  {in, kept, removed, failed, edited}    in = kept + removed + edited (+ failed)
            words       the same; failed is null (no text is stored), edited is null where the engine
                        did not count it (then kept counts the text before the edits)
            tokens      {signal, tokenizer, kept, removed, kept_error, removed_error, sample} | null: sums of a
                        stored `signal` (then the last three are null), else estimates by a `tokenizer` (its file's
                        name) from `sample` documents, with their standard errors; removed is null where the
                        removed documents' texts were not stored (see `tamis.report.tokens`)
            edited      kept documents whose text a transform changed
            balanced    whether the files hold as many documents as the manifests counted in
            skipped     {type of record: count}
            shards      number of shards
steps       in recipe order, "source" first when it removed, failed or made something:
            {step, op, kind, scope, cost, gate, where (has one), ran, why "" | "without", in, made, removed, failed, left,
             removed_characters, removed_words, rules [rule id]}
            kind is "signal", "transform", "source", or null where the step did not run
            in + made = removed + failed + left; `in` of the next step is `left` of this one
rules       in recipe order:
            {rule "step.name", step, name, signal | null, bounds {min, max, above, below, in, not_in, when,
             null, table, by: those that are there}, conditional (has `when` or a table), keeps (in words),
             measured U, alone U, in_order U, only U, left,
             expect [{value, as "alone" | "in_order", unit, source, ours}]}
            expect: what the recipe's paper reports, and the same share of this run, of what the rule measured (alone)
            or of what reached it (in_order); ours is null where nobody counted it (tokens)
            alone: fail this rule, whatever the others say; in_order: removed here (these add up);
            only: fail no other rule that was measured for them (would come back without this one).
            measured holds null characters and words where no signal says which documents were seen
removed_by  {rule id: documents}, most first, at most 1,000; removed_by_rest counts the others
alerts      [{kind, level "wrong" | "look", part, ...numbers and names}], "wrong" first;
            `tamis.report.alerts.sentence` says them
signals     in recipe order:
            {signal "step.name", step, name, type, meaning, low, high, integer, measured, absent,
             rules [rule id], stats | null, histogram | null, values | null, labels | null}
  stats     min, max, mean, p001, p01, p05, p25, p50, p75, p95, p99, p999 (values that occur)
  histogram {log, edges [n + 1], edge_rules {index of edge: [rule id, bound's name, bound]},
             kept [n], later [n], only [n], other [n], beyond {count, max} | null, under {count, min} | null,
             spike {value, kept, later, only, other} | null}
            kept: kept; later: passed all row rules, a corpus step removed it; only: removed, and fails one
            rule on this signal and no other; other: removed otherwise. A bin is [a, b), but an edge that is
            the bound of `max` or `above` belongs to the bin below it; on integers the edge of `max = 5` is 6.
            Documents of the spike are in no bin; those beyond the ends are in the outer bins
  values    {exact, stops [ascending] | null, at [ascending], all_below, all_up_to [counts at each],
             free {rule id: {below, up_to}}, some {rule id: {below, up_to, others}}, table {rule id: {kind, start}}}:
            how many measured documents lie below, or at or below. `free` counts those that fail no other
            rule (and that the rule binds); `some`, for a rule with `when`, those that it binds, `others` being the
            rest; `table`: rules whose bound is one of a table's, by the row: `kind` is its name and `start` the
            middle one, where a single bound for all rows begins. `stops`: the 1,000 round bounds where `at` holds
            values instead. Exact (up to 10,000 measured): `at` holds each value that occurs, with as many digits as
            keep each on its side of every other and of 1,000 round bounds; else `at` holds these bounds,
            the recipe's among them
  labels    [{value, documents, kept, only {rule id: documents that fail this list and no other rule}}],
            most first, at most 100 (bool signals: "true", "false"); null where more than 100,000 differ: an identifier
slices      {language, domain, tld, month, source, input, length and other columns of text, flags or numbers, if there:
             {column, groups [{value | null, in D, kept D, ratio}], rest {groups, in D, kept D}, least,
             others {groups, in D, kept D, ratio}}}
            ratio = [share of what is kept / share of what came, and its 95 % interval] | null (a group of fewer
            than `least` documents, or nothing kept); others: those groups and the rest together;
            D = {documents, characters_before_edits}, while the summary's kept is after edits; at most 200 groups, most in first (months and lengths in order);
            a length is the power of two at or below it; a column of flags has `flags`, one of numbers `numbers`, and its
            groups are quarters of the documents (or each of up to eight values), from `value` to `to`. {} where removed documents were not stored
duplicates  one per corpus step with clusters:
            {step, mode | null, threshold | null, clusters, documents, removed, compared (pairs) | null,
             capped (documents kept because they reached `max_candidates` comparisons) | null,
             sizes [{from, to, clusters, documents, kept, removed}],
             largest [{cluster, size, inputs, sources, months, domains, example | null}],
             across {inputs, sources, months, domains}: clusters that reach across two or more,
             similarity {measured, edges, counts, equal (of the last bin), min} | null, below {threshold: documents},
             false {below (removed, and less alike than the recipe's threshold), removed (and compared),
             interval (95 % of below / removed)} | null,
             pairs [{kept, removed, similarity, example_kept, example_removed}] least similar first}
examples    {rules {rule id: {random, near, extreme}}, kept, edited}: lists of rows of
            `report/examples.parquet`, which holds each document once (see `tamis.report.examples`)
problems    {failed [{step, kind, documents, id, input, message}] (id, input, message of the first),
             unstable (stopped by a time, memory or crash guard: another run may differ in these), charsets
             [{charset, how, documents}], detected (by a detector, not declared), duplicate_ids {ids,
             documents}, without_text, skipped {..}, misfits {column of --columns: values that did not fit
             its type and stayed in `metadata`}}
```
"""

from __future__ import annotations

VERSION = 5
"""The version of `data.json` that this module describes."""
