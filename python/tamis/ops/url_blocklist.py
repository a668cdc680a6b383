"""Rules on URLs."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis import _core
from tamis.errors import RecipeError
from tamis.messages import _, later
from tamis.op import Signal, operator

# Under the names that FineWeb's lists have, beside `domains` and `urls`.
WORD_LISTS = {
    "banned_words": "banned_words.txt",
    "soft_words": "soft_banned_words.txt",
    "banned_subwords": "banned_subwords.txt",
}


NAMED = 8
"""Categories of UT1 that an error names."""


class Lists:
    """The `load` of the operator: finds the lists, reads them, and tells one state of them from another."""

    def __call__(self, parameters: Mapping[str, Any]) -> _core.UrlBlocklist:
        content = {name: _read(path) for name, path in self.check(parameters).items()}
        words = {name: content.get(name, b"").decode("utf-8", "replace") for name in WORD_LISTS}
        return _core.UrlBlocklist(
            domains=[content.get("domains", b"")],
            urls=[content.get("urls", b"")],
            banned_words=words["banned_words"],
            soft_words=words["soft_words"],
            banned_subwords=words["banned_subwords"],
        )

    def check(self, parameters: Mapping[str, Any]) -> dict[str, Path]:
        """The lists that are there, by name, without reading them."""
        folder = Path(parameters["lists"] or ".").expanduser()
        if not parameters["lists"]:
            raise _refusal(_("no lists are named, and none are shipped"))
        if not folder.is_dir():
            raise _refusal(_("no lists at {folder}").format(folder=parameters["lists"]))
        wanted = {"domains": folder / "domains", "urls": folder / "urls"}
        for parameter, name in WORD_LISTS.items():
            given = parameters[parameter]
            wanted[parameter] = Path(given).expanduser() if given else folder / name
        found = {name: path for name, plain in wanted.items() if (path := _present(plain))}
        for parameter in WORD_LISTS:
            if parameters[parameter] and parameter not in found:
                raise _refusal(_("no such list: {path}").format(path=parameters[parameter]))
        if not found:
            raise _empty(folder, parameters["lists"])
        return found

    def files(self, parameters: Mapping[str, Any]) -> list[Path]:
        """What is read, for its size."""
        return list(self.check(parameters).values())

    def identity(self, parameters: Mapping[str, Any]) -> str:
        """The digests of the lists: a changed list is another measurement."""
        found = self.check(parameters)
        return " ".join(f"{name}={_core.digest_file(str(path))}" for name, path in sorted(found.items()))


def _present(path: Path) -> Path | None:
    packed = path.with_name(path.name + ".gz")
    return next((one for one in (path, packed) if one.is_file()), None)


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise _refusal(_("{path} cannot be read: {reason}").format(path=path, reason=error)) from None


def _empty(folder: Path, given: str) -> RecipeError:
    """No list in the folder; the categories below it, where it holds all of UT1."""
    what = _("no list in {folder}: neither domains nor urls nor words").format(folder=given)
    below = sorted(one.parent.name for one in (*folder.glob("*/domains"), *folder.glob("*/domains.gz")))
    if not below:
        return _refusal(what)
    names = ", ".join(below[:NAMED]) + (" ..." if len(below) > NAMED else "")
    chosen = "adult" if "adult" in below else below[0]
    hint = _("name one of its categories ({names}): --set STEP.lists={path}")
    return RecipeError("url_blocklist", what, hint.format(names=names, path=Path(given) / chosen))


def _refusal(what: str) -> RecipeError:
    hint = _("give a folder of lists with --set STEP.lists=DIR, or run --without STEP")
    return RecipeError("url_blocklist", what, hint)


@operator(
    kind="signal",
    reads=["url"],
    writes=[
        Signal("domain_listed", "bool", later("the registered domain is listed"), reference="domain"),
        Signal("subdomain_listed", "bool", later("the whole host is listed"), reference="subdomain"),
        Signal("url_listed", "bool", later("the URL is listed as it stands"), reference="url"),
        Signal(
            "hard_word_count",
            "int64",
            later("distinct banned words in the URL"),
            0,
            reference="hard_blacklisted",
        ),
        Signal(
            "soft_word_count",
            "int64",
            later("distinct soft words in the URL"),
            0,
            reference="soft_blacklisted",
        ),
        Signal(
            "subword_count", "int64", later("distinct banned sub-words"), 0, reference="blacklisted_subword"
        ),
    ],
    cite="penedo2023refinedweb",
    load=Lists(),
)
def url_blocklist(
    url: pa.Array,
    *,
    lists: str = "",
    banned_words: str = "",
    soft_words: str = "",
    banned_subwords: str = "",
    state: _core.UrlBlocklist,
) -> dict[str, pa.Array]:
    r"""Listed domains and URLs, banned words in URLs.

    Penedo et al. 2023, section 3.1, in the exact form of datatrove's `URLFilter`, which FineWeb used. No list is
    shipped: UT1's (https://dsi.ut-capitole.fr/blacklists/) are CC BY-SA 4.0, FineWeb's lie in datatrove's package.

    - `domain_listed`: the registered domain (public suffix and one label, private suffixes such as `blogspot.com` not
      counted as public) is in `domains`; `subdomain_listed`: the whole host is; names between are not tried. Capitals
      count: `BAD.com` is not `bad.com`. IP addresses and `localhost` have neither.
    - `url_listed`: the URL, whole and as it stands, is in `urls`. UT1's have no scheme, so this seldom fires.
    - `hard_word_count`, `soft_word_count`: distinct listed words among the URL's runs of ASCII letters and digits.
      List words are lower-cased and lose all other characters (`a-b` is `ab`), the URL's words keep their capitals.
    - `subword_count`: listed sub-words in the URL's letters and digits, lower-cased and joined: across `/`, `-` and the
      scheme.

    Domains and URLs are held as sorted 64-bit hashes: 4.6 million in 37 MB (`bench/url_blocklist.py`). Of a billion URLs 0.0003 are taken for
    listed by chance.

    Args:
        lists: a folder in the layout of one UT1 category (its `adult` is what FineWeb used): `domains`, `urls`, one
            entry a line, `#` comments, also as `.gz`; beside them, where present, `banned_words.txt`,
            `soft_banned_words.txt`, `banned_subwords.txt`.
        banned_words: path of the list of banned words, where it lies elsewhere.
        soft_words: path of the list of soft words, where it lies elsewhere.
        banned_subwords: path of the list of banned sub-words, where it lies elsewhere.

    Returns:
        Three bool and three int64 columns, one value a URL; false and 0 for a document without URL.

    Raises:
        RecipeError: no folder named, none there, or no list in it.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis import _core
        >>> from tamis.ops.url_blocklist import url_blocklist
        >>> state = _core.UrlBlocklist(
        ...     domains=[b"bad.com\n"], urls=[], banned_words="", soft_words="", banned_subwords="")
        >>> url_blocklist(pa.array(["http://www.bad.com/", None]), state=state)["domain_listed"].to_pylist()
        [True, False]
    """
    return {name: pa.array(column) for name, column in state.measure(url).items()}
