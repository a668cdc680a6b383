"""The page's words, in the language in use; placeholders are filled by the page."""

from __future__ import annotations

from tamis.messages import _, language
from tamis.report.wording_parts import duplicate_words, paper_words, slice_words


def wording() -> dict[str, str]:
    """All sentences and labels that the page's script needs, by key."""
    return {
        **_labels(),
        **_sentences(),
        **_bound_words(),
        **_document_words(),
        **slice_words(),
        **duplicate_words(),
        **paper_words(),
        **_of_one(),
    }


def scales() -> list[tuple[float, float, str, int]]:
    """How large numbers are shortened: from which on, divided by what, the name of that, and how many digits."""
    if language() == "zh":
        return [(1e8, 1e8, _("hundred millions"), 4), (1e4, 1e4, _("ten thousands"), 4)]
    return [(1e9, 1e9, _("B"), 3), (1e6, 1e6, _("M"), 3), (1e4, 1e3, _("k"), 3)]


def _of_one() -> dict[str, str]:
    """The forms for one of what is counted by `n`: the page takes them where it says `n` = 1."""
    return {
        "title_one": _("1 document in, {kept} kept."),
        "more_signals_one": _("1 signal without a rule"),
        "measured_one": _("The one document is measured."),
        "measured_some_one": _("1 document measured; a gate or an earlier step stopped {absent} before."),
        "basis_exact_one": _("Exact: the one document measured."),
        "not_judged_one": _("The one that comes back was never seen by {steps}, which may remove it."),
        "labels_label_one": _("{name}: 1 value"),
        "under_one": _("1 lies before the axis, at {min}."),
        "beyond_one": _("1 lies beyond the axis, at {max}."),
        "copied_lines_one": _("1 line is a copy, kept by"),
        "search_one": _("Search in 1 stored example"),
        "more_characters_one": _("… 1 more character"),
        "others_all_one": _("the only one, under {least} documents"),
        "others_small_one": _("1 more, under {least} documents"),
        "components_says_one": _(
            "Components: documents that share a bucket are joined; 1 pair was compared afterwards."
        ),
        "similarity_label_one": _("Similarity of 1 document to the kept one: {min}"),
        "words_differ_one": _("1 word differs in what is stored"),
    }


def _labels() -> dict[str, str]:
    return {
        "summary": _("Summary"),
        "funnel": _("Funnel"),
        "signals": _("Signals"),
        "documents_head": _("Documents"),
        "problems": _("Data problems"),
        "documents": _("documents"),
        "characters": _("characters"),
        "words": _("words"),
        "tokens": _("tokens"),
        "tokens_estimated": _("tokens, estimated by {tokenizer} from {n} documents, ± standard error"),
        "col_in": _("in"),
        "col_made": _("+ made"),
        "col_kept": _("= kept"),
        "col_removed": _("+ removed"),
        "col_failed": _("+ failed"),
        "col_edited": _("+ edited out"),
        "share_kept": _("share kept"),
        "kept": _("kept"),
        "removed": _("removed"),
        "failed": _("failed"),
        "detected": _("detected"),
        "rule": _("rule"),
        "step": _("step"),
        "what": _("what"),
        "outcome": _("outcome"),
        "first": _("message of the first"),
        "in_order": _("in order"),
        "only": _("only by it"),
        "alone": _("alone"),
        "step_rule": _("step and rule"),
        "keeps": _("keeps"),
        "left": _("left"),
        "from": _("from"),
        "to": _("to"),
        "kept_total": _("Kept"),
        "removed_in_order": _("removed in order"),
        "numbers": _("The numbers as a table"),
        "copied": _("Copied"),
        "show_all": _("show all"),
        "colon": _(": "),
        "comma": _(", "),
    }


def _sentences() -> dict[str, str]:
    return {
        "title": _("{came} documents in, {kept} kept."),
        "title_made": _("{came} documents in, {made} made, {kept} kept."),
        "bar_label": _("{kept} kept, {removed} removed, {failed} failed"),
        "looks_wrong": _("What looks wrong"),
        "nothing_in": _("No document went in."),
        "nothing_wrong": _("Nothing looks wrong."),
        "more": _("{n} more"),
        "removes_most": _("What removes most"),
        "removed_nothing": _("No document was removed."),
        "funnel_says": _("Each step and rule in recipe order. The blue shape is what is left."),
        "funnel_caption": _("Documents removed by each step and rule"),
        "alone_says": _("fail this rule, whatever the others say"),
        "in_order_says": _("removed here; these add up"),
        "only_says": _("fail no other rule; would come back without it"),
        "left_of": _("left of {n}"),
        "share_to": _("share removed, 0 to {share}"),
        "rule_label": _("{rule}: {order} removed in order, {only} only by it, {alone} alone"),
        "gate_note": _("gate: not measured further"),
        "not_run": _("did not run"),
        "failed_here": _("{n} failed"),
        "made_here": _("{n} made"),
        "came": _("{n} in"),
        "fold_none": _("{n} rules that remove nothing"),
        "fold_some": _("{n} rules that remove 0 to {most} each"),
        "signals_says": _(
            "What was measured. Drag the bound, or focus it and press the arrow keys: nothing is run again, "
            "the numbers come from stored counts. Click a small chart to see it large."
        ),
        "key_other": _("removed, and another rule agrees"),
        "key_only": _("removed only by this rule"),
        "key_later": _("passed all row rules, removed as a duplicate"),
        "key_kept": _("kept"),
        "no_signals": _("No signal was measured on any document."),
        "more_signals": _("{n} signals without a rule"),
        "rule_says": _("keeps {keeps}: removes {order} in order, {only} only by it"),
        "measured": _("All {n} documents measured."),
        "measured_some": _("{n} documents measured; a gate or an earlier step stopped {absent} before."),
        "log_axis": _("Logarithmic axis."),
        "beyond": _("{n} lie beyond the axis, up to {max}."),
        "under": _("{n} lie before the axis, down to {min}."),
        "bound_outside": _("The bound ({keeps}) lies outside the axis."),
        "histogram_label": _("{name}: {removed} removed in order, median {median}"),
        "only_n": _("only by it {n}"),
        "loads_nothing": _("This page loads nothing from outside."),
    }


def _bound_words() -> dict[str, str]:
    return {
        "key_gain": _("would come back"),
        "recipe_bound": _("recipe {bound}"),
        "pass_alone": _("pass this rule alone"),
        "kept_others": _("kept, all other rules as they are"),
        "at_most": _("at most"),
        "basis_exact": _("Exact: all {n} documents measured."),
        "basis_counted": _("Counted over all {n} documents measured, at round bounds."),
        "between_bounds": _("This value lies between two counted bounds."),
        "not_judged": _("The {n} that come back were never seen by {steps}, which may remove some."),
        "before_corpus": _("Before {steps} is decided again: duplicates of what goes may come back."),
        "not_counted": _("The rule binds only some documents: no counts are stored for its other bounds."),
        "not_stored": _("No counts are stored for other bounds of this rule."),
        "not_counted_table": _(
            "{table} sets several bounds at once, each row its own: no counts are stored for another one of them."
        ),
        "binds_some": _("The rule binds {n} of these documents; the others pass it whatever its bound."),
        "by_table": _("{table} gives each {by} its own bound; moved, one bound counts for all."),
        "one_for_all": _("One bound for all documents, in place of those of {table}."),
        "spoken": _("{alone} pass this rule alone; {kept} kept, all other rules as they are"),
        "keep": _("keep"),
        "reset": _("reset"),
        "copy_retune": _("Copy retune command"),
        "handle_label": _("{kind} of {rule}"),
        "value_min": _("at least {bound}; {n} pass"),
        "value_above": _("above {bound}; {n} pass"),
        "value_max": _("at most {bound}; {n} pass"),
        "value_below": _("below {bound}; {n} pass"),
        "labels_label": _("{name}: {n} values"),
        "value": _("value"),
    }


def _document_words() -> dict[str, str]:
    return {
        "documents_says": _(
            "What a rule removed, in the document's own words; what was kept; what was edited."
        ),
        "key_mark": _("what counts against the document; a bar marks whole lines"),
        "one_of_each": _("One of each"),
        "search": _("Search in {n} stored examples"),
        "found": _("{n} of {all}"),
        "found_none": _("No stored example matches “{query}”."),
        "part_of": _("{n} of {all}"),
        "copied_lines": _("{n} lines are copies, kept by"),
        "kept_here": _("this document, once"),
        "show_keeper": _("show"),
        "view_both": _("Show edits"),
        "view_before": _("Show before"),
        "view_after": _("Show after"),
        "key_box": _("a control character, shown, never obeyed"),
        "tab_removed": _("Removed"),
        "tab_kept": _("Kept"),
        "tab_edited": _("Edited"),
        "stored": _("Removed by this rule: {n}. Stored here: {sets}."),
        "stored_random": _("{n} random"),
        "stored_near": _("{n} just past the bound"),
        "stored_extreme": _("{n} extreme"),
        "purpose_random": _("Random"),
        "purpose_near": _("Just past the bound"),
        "purpose_extreme": _("Extreme"),
        "purpose_kept": _("Kept"),
        "purpose_edited": _("Kept, edited"),
        "no_kept": _("No document was kept."),
        "no_edited": _("No kept document was edited."),
        "no_text": _("No text was stored."),
        "show_more": _("show more ({n})"),
        "also_fails": _("also fails"),
        "fails_no_other": _("fails no other rule"),
        "and_more": _("and {n} more"),
        "characters_to": _("{before} → {after} characters"),
        "more_characters": _("… {n} more characters"),
        "copy_explain": _("Copy explain command"),
        "problems_says": _(
            "What was wrong with the input or the run, apart from what rules removed on purpose."
        ),
        "no_problems": _("No document failed, and nothing was repaired."),
        "same_id": _("Id on more than one document"),
        "without_text": _("No text"),
        "skipped": _("Records of other types, not counted as documents: {list}."),
    }
