"""Refusals of the corpus kernels as errors that people read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tamis._core import KernelError
from tamis.errors import RecipeError, RunError, RunFailed
from tamis.messages import _


@contextmanager
def refusals(step: str) -> Iterator[None]:
    """Within it, what a kernel refuses is raised as OSError or as an error of tamis.

    Raises:
        OSError: a file could not be read or written; `errno` and `filename` are set.
        RecipeError: a splitting, hash or normalisation that does not exist.
        RunError: a stored file of the step is damaged, or cannot be read in place.
        RunFailed: more documents than one step can take.
    """
    try:
        yield
    except KernelError as refusal:
        kind, fields = refusal.args
        raise _translated(step, kind, fields) from refusal


def _translated(step: str, kind: str, fields: dict[str, str]) -> Exception:
    if kind == "io":
        return OSError(int(fields["errno"]), fields["message"], fields["path"])
    if kind == "damaged_file":
        what = _("{path} is damaged").format(path=fields["path"])
        return RunError(step, what, _("delete it; the same command makes it again"))
    if kind == "sketch_not_mapped":
        return RunError(step, _("the sketch file is compressed, so its parts cannot be read in place"))
    if kind == "too_many_documents":
        what = _("{documents} documents are more than one step can take").format(
            documents=fields["documents"]
        )
        return RunFailed(step, what, _("split the corpus, or deduplicate it in parts with --against"))
    name = fields.get("name", "")
    if kind == "unknown_splitting":
        return RecipeError(step, _("there is no splitting named {name}").format(name=name))
    if kind in {"unknown_hash", "unknown_normalisation"}:
        return RecipeError(step, _("{name} is not one of the choices").format(name=name))
    return RunFailed(step, f"{kind} {fields}")
