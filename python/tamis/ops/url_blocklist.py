"""Rules on URLs."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis import _core
from tamis.errors import RecipeError
from tamis.messages import _
from tamis.op import Signal, operator

HINT = "--set url_blocklist.lists=DIR with a folder of lists, or --without url_blocklist"
# Under the names that FineWeb's lists have, beside `domains` and `urls`.
WORD_LISTS = {
    "banned_words": "banned_words.txt",
    "soft_words": "soft_banned_words.txt",
    "banned_subwords": "banned_subwords.txt",
}


def load(parameters: Mapping[str, Any]) -> _core.UrlBlocklist:
    """Read the lists; 8 bytes of memory for each domain and URL."""
    folder = _folder(parameters["lists"])
    listed = {name: _read(folder / name, wanted=False) for name in ("domains", "urls")}
    words = {}
    for parameter, name in WORD_LISTS.items():
        given = parameters[parameter]
        content = _read(Path(given), wanted=True) if given else _read(folder / name, wanted=False)
        words[parameter] = (content or b"").decode("utf-8", "replace")
    if not any(listed.values()) and not any(words.values()):
        what = _("no list in {folder}: neither domains nor urls nor a list of words").format(folder=folder)
        raise RecipeError("url_blocklist.lists", what, _(HINT))
    return _core.UrlBlocklist(**{name: [content or b""] for name, content in listed.items()}, **words)


def _folder(lists: str) -> Path:
    if not lists:
        raise RecipeError("url_blocklist.lists", _("no lists are named, and none are shipped"), _(HINT))
    folder = Path(lists)
    if not folder.is_dir():
        raise RecipeError("url_blocklist.lists", _("no such folder: {folder}").format(folder=folder), _(HINT))
    return folder


def _read(path: Path, *, wanted: bool) -> bytes | None:
    packed = path.with_name(path.name + ".gz")
    try:
        if path.is_file():
            return path.read_bytes()
        if packed.is_file():
            return gzip.decompress(packed.read_bytes())
    except (OSError, EOFError) as error:
        what = _("{path} cannot be read: {reason}").format(path=path, reason=error)
        raise RecipeError("url_blocklist", what, _(HINT)) from None
    if wanted:
        raise RecipeError("url_blocklist", _("no such list: {path}").format(path=path), _(HINT))
    return None


@operator(
    kind="signal",
    reads=["url"],
    writes=[
        Signal("domain_listed", "bool", _("the registered domain is listed"), reference="domain"),
        Signal("subdomain_listed", "bool", _("the whole host is listed"), reference="subdomain"),
        Signal("url_listed", "bool", _("the URL is listed as it stands"), reference="url"),
        Signal("hard_word_count", "int64", _("distinct banned words in the URL"), 0, reference="hard_blacklisted"),
        Signal("soft_word_count", "int64", _("distinct soft words in the URL"), 0, reference="soft_blacklisted"),
        Signal("subword_count", "int64", _("distinct banned sub-words"), 0, reference="blacklisted_subword"),
    ],
    cite="penedo2023refinedweb",
    load=load,
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

    Domains and URLs are held as sorted 64-bit hashes: 4.6 million in 37 MB. Of a billion URLs 0.0003 are taken for
    listed by chance.

    Args:
        lists: a folder in the layout of one UT1 category: `domains`, `urls`, one entry a line, `#` comments, also as
            `.gz`; `banned_words.txt`, `soft_banned_words.txt`, `banned_subwords.txt` beside them where present.
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
