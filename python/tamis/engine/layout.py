"""What lies in a run directory: one entry for each sort of file, from which its reference page is made."""

from __future__ import annotations

import re
from typing import NamedTuple


class Sort(NamedTuple):
    """A sort of file: its path with N for a number, NAME for a step and DIGEST for 8 hex digits; what it holds.

    `collected`: garbage collection removes a file of this sort that no manifest names.
    """

    path: str
    format: str
    meaning: str
    collected: bool = False

    @property
    def folder(self) -> str:
        """The folder of the run directory that it lies in, empty for the directory itself."""
        return self.path.split("/", 1)[0] if "/" in self.path else ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the relative paths of its files look like.

        Examples:
            >>> bool(Sort("kept/N-DIGEST.parquet", "", "").pattern.fullmatch("kept/000017-3fa9c2d1.parquet"))
            True
        """
        spelled = re.escape(self.path).replace("DIGEST", "[0-9a-f]{8}").replace("NAME", "[^/]+")
        return re.compile(re.sub(r"\bN(?=\b|_)|(?<=_)N\b", "[0-9]+", spelled))


SORTS = (
    Sort(
        "run.json",
        "JSON",
        "what the run was asked: the recipe's text and digest, operators and their versions, options, inputs with "
        "their identity, the seed, versions, machine, times, and `status` (running, complete, failed)",
    ),
    Sort("plan.parquet", "Parquet", "the frozen shard plan: which byte or row-group ranges each shard holds"),
    Sort("lock", "JSON", "who is writing here now; empty when nobody is"),
    Sort("parts.json", "JSON", "into how many parts the run is cut; written by the first call with `--part`"),
    Sort(
        "lease/NAME",
        "JSON",
        "who is writing here now, on a folder that several machines see; gone when nobody is",
    ),
    Sort(
        "phases/N/N.json",
        "JSON",
        "the manifest of one shard in one phase, written last: its keys `measured` and `decided`, counts, and the "
        "files it made with size and digest; a file that no manifest names does not count",
        collected=True,
    ),
    Sort(
        "phases/N/_index-N.parquet",
        "Parquet",
        "up to 4,096 manifests of a phase in one file, so that a reader need not open each",
        collected=True,
    ),
    Sort(
        "kept/N-DIGEST.parquet",
        "Parquet",
        "the documents that stay: `id`, `origin` (input and place in it), `url`, `date`, `source`, `text`, columns that "
        "travelled, `row`, and each signal as `STEP.SIGNAL`",
        collected=True,
    ),
    Sort(
        "removed/N-DIGEST.parquet",
        "Parquet",
        "the documents that a rule removed: the same columns, and `removed_by`, `removed_value`, `removed_bound`, "
        "`failed_rules` (all rules that they fail), `failed_step`, `last_step`",
        collected=True,
    ),
    Sort(
        "failed/N-DIGEST.parquet",
        "Parquet",
        "documents that raised an error or met a guard of time, size or memory: `id`, `origin`, step, kind, message",
        collected=True,
    ),
    Sort(
        "originals/N-DIGEST.parquet",
        "Parquet",
        "`row` and `text` before the edits of transforms, for the documents that one edited",
        collected=True,
    ),
    Sort(
        "clusters/N-DIGEST.parquet",
        "Parquet",
        "members of duplicate clusters: `id`, `step`, `cluster`, `rank` (0: the one that others are copies of), "
        "`cluster_size`, `similarity` to the kept one",
        collected=True,
    ),
    Sort(
        "statistics/N-DIGEST.parquet",
        "Parquet",
        "counts of a shard by step and rule, from which funnels are added up",
        collected=True,
    ),
    Sort(
        "corpus/N-NAME/NAME/N-DIGEST.arrow",
        "Arrow IPC",
        "signatures, verdicts and evidence of a corpus step; `--corpus drop` leaves them out",
        collected=True,
    ),
    Sort(
        "corpus/N-NAME/NAME/N-DIGEST.bin",
        "binary",
        "a corpus step's exchange between shards, sorted by bucket",
        collected=True,
    ),
    Sort(
        "corpus/N-NAME/N-DIGEST.parquet",
        "Parquet",
        "which file of a corpus step answers which shard",
        collected=True,
    ),
    Sort("report/index.html", "HTML", "the report, one page that opens from disk"),
    Sort("report/data.json", "JSON", "every number of the page; its shape: `tamis.report.shape`"),
    Sort("report/card.md", "Markdown", "the data card, with Hugging Face front matter"),
    Sort("report/examples.parquet", "Parquet", "the documents that the page shows, whole"),
    Sort("report/against-NAME.html", "HTML", "the page of `tamis report --against`"),
    Sort("report/against-NAME.json", "JSON", "its numbers"),
    Sort("ops/DIGEST/NAME.py", "Python", "the files of `--ops`, from which workers import them"),
    Sort(
        "review/NAME.json",
        "JSON",
        "the key of a blind sheet: which document each row is, and its weight",
    ),
    Sort(
        "work/NAME",
        "any",
        "temporary: attempts, logs of workers, what only the next phase reads; gone after success",
    ),
)
"""All sorts of files, in the order of a reader's interest."""

COLLECTED = tuple(dict.fromkeys(one.folder for one in SORTS if one.collected))
"""Folders in which a file that no manifest names goes."""
OWN = tuple(dict.fromkeys(one.folder for one in SORTS if one.folder not in ("", "ops", "review")))
"""Folders that a run writes."""
