"""Extractors: one file an engine, each from a page's markup to the text of its content."""

from __future__ import annotations

import importlib
import importlib.metadata
from dataclasses import dataclass
from typing import Any, Protocol, cast

from tamis.errors import RecipeError
from tamis.messages import _

ENGINES = ("resiliparse", "trafilatura", "justext", "readability")


class EngineModule(Protocol):
    """What an engine's file offers."""

    PACKAGES: tuple[str, ...]
    """The packages whose versions shape the text."""
    MAX_BYTES: int | None
    """The longest page it takes, in UTF-8; None: any."""

    def extract(self, page: str, parameters: dict[str, Any]) -> str:
        """The text of the page's content; "" where it finds none."""
        ...


@dataclass(frozen=True)
class Engine:
    """An engine with the versions of its packages."""

    name: str
    module: EngineModule
    versions: dict[str, str]


def open_engine(name: str) -> Engine:
    """The engine of that name. Raises RecipeError where its packages are not installed."""
    try:
        module = cast(EngineModule, importlib.import_module(f"tamis.extractors.{name}"))
        found = {package: importlib.metadata.version(package) for package in module.PACKAGES}
    except ImportError as error:
        raise RecipeError(
            "extract",
            _("engine '{name}' needs a package that is not installed: {error}").format(
                name=name, error=error
            ),
            _("pip install 'tamis[extract]', or take engine = \"resiliparse\""),
        ) from error
    return Engine(name, module, found)
