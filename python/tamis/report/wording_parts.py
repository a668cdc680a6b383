"""The words of the page's parts on slices and duplicates, in the language in use."""

from __future__ import annotations

from tamis.messages import _


def slice_words() -> dict[str, str]:
    """Labels and sentences of the slices; `by_NAME` names a slice."""
    return {
        "slices": _("Slices"),
        "slices_says": _(
            "Who gains and who loses: share among the kept, divided by share among all that went in."
        ),
        "by_domain": _("Domain"),
        "by_tld": _("Top-level domain"),
        "by_language": _("Language"),
        "by_month": _("Date"),
        "by_source": _("Source"),
        "by_input": _("Input"),
        "by_length": _("Length"),
        "slice_choice": _("Slice by"),
        "slice_in": _("in"),
        "share_in": _("share in"),
        "slice_kept": _("kept"),
        "share_of_kept": _("share kept"),
        "ratio": _("ratio"),
        "ratio_low": _("interval from"),
        "ratio_high": _("interval to"),
        "flag_true": _("yes"),
        "flag_false": _("no"),
        "numbers_from": _("{from} to {to}"),
        "numbers_says": _(
            "Numbers in parts that hold about equally many documents, where more than eight differ."
        ),
        "quarter_1": _("lowest quarter"),
        "quarter_2": _("second quarter"),
        "quarter_3": _("third quarter"),
        "quarter_4": _("highest quarter"),
        "kept_more": _("kept more than its share"),
        "kept_less": _("kept less"),
        "interval": _("95% interval"),
        "nothing_kept": _("nothing kept"),
        "no_value": _("none"),
        "characters_from": _("{from} – {to} characters"),
        "no_characters": _("no characters"),
        "others_small": _("{n} more, each under {least} documents"),
        "others_all": _("all {n}, each under {least} documents"),
        "others_many": _("{n} more, those under {least} documents among them"),
        "slice_caption": _("Documents by slice: {name}"),
        "ratio_label": _("{name}: ×{ratio}, 95% interval ×{low} to ×{high}"),
        "no_slices": _("Removed documents were not stored: shares of what went in are not known."),
        "slice_none_kept": _("No document was kept: there is no ratio."),
        "show_next": _("show {n} more"),
    }


def duplicate_words() -> dict[str, str]:
    """Labels and sentences of the duplicates."""
    return {
        "duplicates": _("Duplicates"),
        "no_duplicates": _("No step of the recipe looks for duplicates."),
        "no_clusters": _("{step} found no duplicates."),
        "clusters_hold": _("{clusters} clusters hold {documents} documents; {removed} are removed."),
        "cluster_holds": _("1 cluster holds {documents} documents; removed: {removed}."),
        "checked_says": _("Checked: each removed document was compared with its kept one."),
        "components_says": _(
            "Components: documents that share a bucket are joined; {n} pairs were compared afterwards."
        ),
        "exact_says": _("Documents of one cluster are the same in what was compared."),
        "only_kept": _("only in the kept one"),
        "only_removed": _("only in the removed one"),
        "cluster_sizes": _("Cluster sizes"),
        "cluster_size": _("size"),
        "clusters": _("clusters"),
        "all": _("all"),
        "similarity_head": _("Similarity to the kept one"),
        "similarity_caption": _(
            "True Jaccard similarity to the kept one of the cluster; documents compared: {n}."
        ),
        "similarity_label": _("Similarity of {n} documents to the kept one, from {min} to 1"),
        "equal": _("equal"),
        "false_none": _(
            "Removed documents below the threshold {threshold}: 0 of {removed}. False positives 0%, 95% interval up to {high}%."
        ),
        "false_some": _(
            "Removed documents below the threshold {threshold}: {below} of {removed}. False positives {share}, 95% interval {low}% to {high}%."
        ),
        "largest_clusters": _("Largest clusters"),
        "reach": _("Of {n} clusters, some hold documents of different origin: {list}."),
        "reach_inputs": _("{n} across inputs"),
        "reach_sources": _("{n} across sources"),
        "reach_months": _("{n} across months"),
        "reach_domains": _("{n} across domains"),
        "of_inputs": _("inputs"),
        "of_sources": _("sources"),
        "of_months": _("months"),
        "of_domains": _("domains"),
        "beginning": _("begins"),
        "least_pair": _("Least similar pair"),
        "previous": _("Previous"),
        "next_pair": _("Next pair"),
        "jaccard": _("Jaccard"),
        "same_words": _("no word differs in what is stored"),
        "words_differ": _("{n} words differ in what is stored"),
        "stored_chars": _("the first {n} characters of {all}"),
    }


def paper_words() -> dict[str, str]:
    """What stands beside a rule of which the recipe's paper reports a number."""
    return {
        "paper": _("paper → ours"),
        "paper_says": _("Paper: share removed, as reported in"),
        "of_documents": _("documents"),
        "of_characters": _("characters"),
        "of_tokens": _("tokens"),
        "charset_by_detector": _("No declared encoding; read as {charset}"),
        "charset": _("encoding"),
        "charset_how": _("found by"),
        "charsets": _("Encodings of all documents"),
        "misfit": _("Values of column {column} that did not fit its type"),
    }
