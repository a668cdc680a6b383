"""What looks wrong in a run: found from the other parts of `data.json`, said in sentences by `sentence`.

`level` is "wrong" for what was not asked (not run, failed, does not add up) and "look" for the rest.

Examples:
    >>> sentence({"kind": "without", "step": "url_blocklist"}).head
    'Step url_blocklist did not run.'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tamis.messages import _, together
from tamis.report.proportions import wilson
from tamis.report.words import share

DOMAIN_SHARE = 0.10
"""One domain that holds more of what is kept than this is worth a look."""
FEW = 20
"""Nothing is said about shares of fewer documents than this."""
NEARLY_ALL = 0.95
SOURCE_LOSS = 0.5
"""A source whose share kept is surely below this times the run's share kept."""
LANGUAGE_SHARE = 0.01
NAMED = 5


class Sentence(NamedTuple):
    """What, in one short sentence; then how much and where."""

    head: str
    body: str


def alerts(parts: Mapping[str, Any], *, complete: bool) -> list[dict[str, Any]]:
    """All alerts, those that are wrong first. `parts` holds the other parts of `data.json`."""
    found = [
        *_not_run(parts),
        *_idle(parts),
        *_failed(parts),
        *_adding_up(parts, complete),
        *_rules(parts),
        *_capped(parts),
        *_domains(parts),
        *_sources(parts),
        *_languages(parts),
        *_repaired(parts),
        *_input(parts),
    ]
    return sorted(found, key=lambda alert: alert["level"] != "wrong")


def _not_run(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for step in parts["steps"]:
        if not step["ran"]:
            yield {"kind": "without", "level": "wrong", "part": "funnel", "step": step["step"]}


def _idle(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Steps that measured none of the documents that reached them; of one that failed later no value is stored."""
    measured: dict[str, int] = {}
    for signal in parts["signals"]:
        measured[signal["step"]] = measured.get(signal["step"], 0) + signal["measured"]
    for place, step in enumerate(parts["steps"]):
        documents = step["in"] - sum(later["failed"] for later in parts["steps"][place:])
        if step["ran"] and documents > 0 and measured.get(step["step"]) == 0:
            yield {
                "kind": "idle",
                "level": "look",
                "part": "funnel",
                "step": step["step"],
                "op": step["op"],
                "where": step["where"],
                "documents": documents,
            }


def _failed(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    problems = parts["problems"]
    kinds: dict[str, int] = {}
    for row in problems["failed"]:
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + row["documents"]
    if kinds:
        listed = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
        documents = parts["summary"]["documents"]
        yield {
            "kind": "failed" if documents["kept"] or documents["removed"] else "only_failed",
            "level": "wrong",
            "part": "problems",
            "documents": sum(kinds.values()),
            "kinds": dict(listed),
            "unstable": problems["unstable"],
        }


def _adding_up(parts: Mapping[str, Any], complete: bool) -> Iterator[dict[str, Any]]:
    documents = parts["summary"]["documents"]
    if not complete:
        yield {"kind": "incomplete", "level": "wrong", "part": "summary", "documents": documents["in"]}
    elif not parts["summary"]["balanced"]:
        yield {"kind": "unbalanced", "level": "wrong", "part": "summary", "documents": documents["in"]}


def _rules(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    idle = []
    for rule in parts["rules"]:
        measured, alone = rule["measured"]["documents"], rule["alone"]["documents"]
        if measured < FEW or rule["signal"] is None or rule["step"] == "source":
            continue
        if alone == 0:
            idle.append(rule["rule"])
        elif alone > NEARLY_ALL * measured:
            yield {
                "kind": "nearly_all",
                "level": "look",
                "part": "signals",
                "rule": rule["rule"],
                "keeps": rule["keeps"],
                "documents": alone,
                "measured": measured,
            }
    if idle:
        listed = {"rules": idle[:NAMED], "count": len(idle)}
        yield {"kind": "nothing", "level": "look", "part": "funnel", **listed}


def _capped(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in parts["duplicates"]:
        if part["capped"]:
            facts = {"step": part["step"], "documents": part["capped"]}
            yield {"kind": "capped", "level": "look", "part": "funnel", **facts}


def _domains(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kept = parts["summary"]["documents"]["kept"]
    came = _came(parts)
    part = parts["slices"].get("domain")
    if part is None or kept < FEW or len(part["groups"]) + part["rest"]["groups"] < 2:
        return
    over = [group for group in part["groups"] if group["kept"]["documents"] > DOMAIN_SHARE * kept]
    over = [group for group in over if group["value"] is not None]
    if over:
        most = max(over, key=lambda group: (group["kept"]["documents"], group["value"]))
        yield {
            "kind": "domain",
            "level": "look",
            "part": "slices",
            "domain": most["value"],
            "documents": most["kept"]["documents"],
            "kept": kept,
            "in": most["in"]["documents"],
            "came": came,
            "limit": DOMAIN_SHARE,
            "others": len(over) - 1,
        }


def _sources(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Sources (or input files where no source is named) whose share kept is surely far below the run's."""
    documents = parts["summary"]["documents"]
    name = "source" if "source" in parts["slices"] else "input"
    part = parts["slices"].get(name)
    if part is None or not documents["kept"] or len(part["groups"]) < 2:
        return
    usual = documents["kept"] / max(1, _came(parts))
    for group in part["groups"]:
        came, kept = group["in"]["documents"], group["kept"]["documents"]
        if group["value"] is not None and came >= FEW and wilson(kept / came, came)[1] < SOURCE_LOSS * usual:
            yield {
                "kind": "source",
                "level": "look",
                "part": "slices",
                "source": group["value"],
                "documents": kept,
                "in": came,
                "kept": documents["kept"],
                "came": _came(parts),
            }


def _came(parts: Mapping[str, Any]) -> int:
    """Documents that came in and that steps made: those that a slice holds."""
    documents = parts["summary"]["documents"]
    return int(documents["in"] + documents["made"])


def _languages(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Languages that came in and of which nothing is left, but for those that a rule leaves out by name."""
    part = parts["slices"].get("language")
    documents = parts["summary"]["documents"]
    if part is None or not documents["kept"]:
        return
    allowed = [
        rule["bounds"]
        for rule in parts["rules"]
        if f"{rule['step']}.{rule['signal']}" == part["column"] and not rule["conditional"]
    ]
    for group in part["groups"]:
        value, came = group["value"], group["in"]["documents"]
        named = any(
            ("in" in bounds and value not in bounds["in"]) or value in (bounds.get("not_in") or [])
            for bounds in allowed
        )
        if value is None or named or group["kept"]["documents"]:
            continue
        if came >= FEW and came >= LANGUAGE_SHARE * _came(parts):
            yield {
                "kind": "language",
                "level": "look",
                "part": "slices",
                "language": value,
                "documents": came,
            }


def _repaired(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Documents whose characters a step repaired that looks for texts read in a wrong encoding."""
    repairing = {step["step"] for step in parts["steps"] if step["op"] == "fix_text"}
    for signal in parts["signals"]:
        if signal["step"] in repairing and signal["name"] == "text_changed":
            changed = sum(one["documents"] for one in signal["labels"] or [] if one["value"] == "true")
            if changed:
                facts = {"step": signal["step"], "documents": changed, "measured": signal["measured"]}
                yield {"kind": "repaired", "level": "look", "part": "documents", **facts}


def _input(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    problems = parts["problems"]
    if problems["detected"]:
        yield {"kind": "encoding", "level": "look", "part": "problems", "documents": problems["detected"]}
    twice = problems["duplicate_ids"]
    if twice["ids"]:
        yield {"kind": "duplicate_ids", "level": "look", "part": "problems", **twice}
    for column, values in problems["misfits"].items():
        yield {"kind": "misfits", "level": "look", "part": "problems", "column": column, "values": values}


def sentence(alert: Mapping[str, Any]) -> Sentence:
    """The alert in the language in use."""
    values = {key: f"{value:,}" if type(value) is int else value for key, value in alert.items()}
    head, body = _SENTENCES[alert["kind"]](alert, values)
    return Sentence(head, body)


def _without(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    head = _("Step {step} did not run.").format(**v)
    return head, _("Started with --without {step}: no document was judged by it.").format(**v)


def _say_idle(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    head = _("Step {step} had nothing to do.").format(**v)
    if alert["op"] == "extract":
        return head, _("All {documents} documents came with a text.").format(**v)
    if alert["where"]:
        return head, _("Its where let in none of the {documents} documents that reached it.").format(**v)
    head = _("Step {step} gave no value.").format(**v)
    return head, _("Each of its signals is null for all {documents} documents that reached it.").format(**v)


def _say_failed(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in alert["kinds"].items())
    head = (
        _("{documents} documents failed.") if alert["documents"] != 1 else _("{documents} document failed.")
    )
    if alert["kind"] == "only_failed":
        head = _("Nothing but failures came out: {documents} in all.")
    body = _("By kind: {kinds}.").format(kinds=kinds)
    if alert["unstable"]:
        more = _("A time, memory or crash guard stopped {n} of them: another run may differ in these.")
        body = together((body, more.format(n=f"{alert['unstable']:,}")))
    return head.format(**v), body


def _incomplete(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    head = _("The run is not complete.")
    return head, _("This page shows the {documents} documents that are done so far.").format(**v)


def _unbalanced(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    head = _("The numbers do not add up.")
    return head, _(
        "The manifests counted another number in than the {documents} that the files hold."
    ).format(**v)


def _nearly_all(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    head = _("{rule} removes nearly all.").format(**v)
    body = _("It keeps {keeps}; {documents} of {measured} documents measured lie beyond ({share}).")
    return head, body.format(share=share(alert["documents"], alert["measured"]), **v)


def _nothing(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    if alert["count"] == 1:
        head = _("One rule removes nothing.")
    else:
        head = _("{count} rules remove nothing.").format(**v)
    listed = ", ".join(alert["rules"])
    if alert["count"] > len(alert["rules"]):
        listed = _("{names} and {n} more").format(names=listed, n=alert["count"] - len(alert["rules"]))
    return head, _("{names}: no document measured lies beyond the bounds.").format(names=listed)


def _say_capped(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    if alert["documents"] == 1:
        head = _("{step} stopped looking for the duplicates of one document.")
    else:
        head = _("{step} stopped looking for the duplicates of {documents} documents.")
    body = _(
        "It compared each with as many kept documents as max_candidates allows, found none alike and kept it."
    )
    return head.format(**v), body


def _say_domain(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    part = share(alert["documents"], alert["kept"])
    head = _("One domain holds {share} of what is kept.").format(share=part)
    body = _("{domain}: {documents} of {kept}; the limit set is {limit}. It is {came} of what went in.")
    came = share(alert["in"], alert["came"])
    body = body.format(**{**v, "limit": f"{100 * alert['limit']:g}%", "came": came})
    if alert["others"]:
        if alert["others"] == 1:
            body = _("{said} One more domain holds more than the limit.").format(said=body)
        else:
            more = _("{said} {n} more domains hold more than the limit.")
            body = more.format(said=body, n=v["others"])
    return head, body


def _say_source(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    head = _("Source {source} loses more than its share.").format(**v)
    body = _("It keeps {documents} of {in_} ({mine}); the whole run keeps {all}.")
    mine, whole = share(alert["documents"], alert["in"]), share(alert["kept"], alert["came"])
    return head, body.format(documents=v["documents"], in_=v["in"], mine=mine, all=whole)


def _say_language(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    head = _("Language {language} vanished.").format(**v)
    return head, _("{documents} documents came in and none is kept; no rule leaves it out by name.").format(
        **v
    )


def _say_repaired(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    if alert["documents"] == 1:
        head = _("{step} repaired the characters of one document.")
    else:
        head = _("{step} repaired the characters of {documents} documents.")
    body = _("{share} of the {measured} that it saw had been read in a wrong encoding.")
    return head.format(**v), body.format(share=share(alert["documents"], alert["measured"]), **v)


def _encoding(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    if alert["documents"] == 1:
        head = _("One document declared no encoding.")
    else:
        head = _("{documents} documents declared no encoding.").format(**v)
    return head, _("A detector chose one from their bytes, which can be wrong.")


def _duplicate_ids(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    if alert["ids"] == 1:
        head = _("One id stands on more than one document.")
    else:
        head = _("{ids} ids stand on more than one document.").format(**v)
    return head, _("{documents} documents carry them; the same record was read more than once.").format(**v)


def _misfits(alert: Mapping[str, Any], v: dict[str, Any]) -> tuple[str, str]:
    if alert["values"] == 1:
        head = _("One value of column {column} does not fit its type.")
    else:
        head = _("{values} values of column {column} do not fit its type.")
    body = _("They stay in metadata; the column, whose first lines settle the type, is empty there.")
    return head.format(**v), body


_SENTENCES = {
    "without": _without,
    "idle": _say_idle,
    "failed": _say_failed,
    "only_failed": _say_failed,
    "incomplete": _incomplete,
    "unbalanced": _unbalanced,
    "nearly_all": _nearly_all,
    "nothing": _nothing,
    "capped": _say_capped,
    "domain": _say_domain,
    "source": _say_source,
    "language": _say_language,
    "repaired": _say_repaired,
    "encoding": _encoding,
    "duplicate_ids": _duplicate_ids,
    "misfits": _misfits,
}
