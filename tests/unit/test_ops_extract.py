"""The operator extract and its engines."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tamis.errors import DocumentFailed, RecipeError
from tamis.extractors import ENGINES, declared, open_engine
from tamis.ops.extract import MAX_ATTRIBUTES, MAX_DEPTH, Loader, extract

STORY = [
    "The mill stands beside the river, and people still come on Sundays to see how its wheel once turned the stones. "
    "There is a bench in front of it, and in the evening the whole valley can be seen from there.",
    "For thirty years nobody ground flour there, but the roof is whole, the floor is dry, and the key hangs by the door. "
    "Whoever wants to look inside asks at the house across the road, and somebody will always come along.",
    "Last spring the village decided to open it again, and a young couple from the next valley moved in with their tools. "
    "They say that it will take them two years before the first sack can be filled, and nobody is in a hurry.",
]
PAGE = (
    '<html lang="en"><head><title>The old mill</title><meta property="article:published_time" content="2021-03-04">'
    "</head><body><nav><ul><li><a href=/>Home</a></li><li><a href=/a>About us</a></li></ul></nav><article><h1>The old "
    "mill</h1>"
    + "".join(f"<p>{part}</p>" for part in STORY)
    + "</article><footer>Copyright by somebody</footer></body>"
)


def run(
    content: str | bytes, engine: str = "resiliparse", kind: str = "text/html", charset: str | None = None
) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return extract(raw, kind, charset, engine=engine, state=open_engine(engine))


@pytest.mark.parametrize("engine", ENGINES)
def test_engines(engine: str) -> None:
    row = run(PAGE, engine)
    for part in STORY:
        assert part in row["text"]
    assert "About us" not in row["text"]
    assert "Copyright" not in row["text"]
    lines = [line for line in row["text"].split("\n") if line.strip()]
    assert [line for line in lines if line in STORY] == STORY
    assert (row["title"], row["date_declared"], row["language_declared"]) == (
        "The old mill",
        "2021-03-04",
        "en",
    )
    assert row["character_count"] == len(row["text"])
    assert 0 < row["link_density"] < 0.2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "page",
    [
        "",
        "\0",
        "<",
        "<p>",
        "<html></html>",
        "<!-- never closed",
        "<frameset><frame src=a></frameset>",
        "<p " + "a" * 100_000 + '="' + "b" * 100_000 + '">x',
        "<p>" + "&#x110000;&amp" * 1000,
        "<" * 10_000,
        "<p>x\x00\x01\ufffe" * 100,
        '<?xml version="1.0" encoding="utf-16"?><html><p>x',
        "<table><tr><td>" * 900,
        "<p><b>" * 900,
    ],
)
def test_hostile_pages(engine: str, page: str) -> None:
    row = run(page, engine)
    assert isinstance(row["text"], str)
    assert 0 <= row["link_density"] <= 1


@pytest.mark.parametrize("engine", ENGINES)
def test_bombs_cost_their_document(engine: str) -> None:
    for page in ("<div>" * (MAX_DEPTH + 1), "<p " + "a " * (MAX_ATTRIBUTES + 1) + ">", "<div>" * 1_000_000):
        with pytest.raises(DocumentFailed) as failure:
            run(page, engine)
        assert failure.value.kind == "size"


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "resiliparse"])
def test_slow_engines_have_a_limit(engine: str) -> None:
    """In bytes of UTF-8, whatever the script."""
    for page in ("<p>" + "word " * 400_001, "<p>" + "盐来自海水。" * 112_000):
        with pytest.raises(DocumentFailed, match="takes 2000000") as failure:
            run(page, engine)
        assert failure.value.kind == "size"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_answer_does_not_depend_on_what_came_before(engine: str) -> None:
    """trafilatura counts repeated strings in a table of the process."""
    alone = run(PAGE, engine)
    for _time in range(4):
        assert run(PAGE, engine) == alone
    assert alone["text"]


def test_plain_text_passes() -> None:
    row = run("a\r\nb\r\n\r\n<p>c ", kind="text/plain")
    assert row["text"] == "a\nb\n\n<p>c"
    assert row["title"] is None


def test_charsets_are_those_of_the_source() -> None:
    page = "<p>Все люди рождаются свободными</p>".encode("windows-1251")
    assert "свободными" in run(page, charset="windows-1251 (header)")["text"]
    assert "свободными" in run(page, charset="windows-1251 (datatrove)")["text"]


def test_stop_words_of_justext() -> None:
    state = open_engine("justext")
    german = (
        "<html lang=de><p>"
        + "Die Mühle steht am Fluss und die Leute kommen noch heute, um sie zu sehen. " * 4
    ).encode()
    assert extract(german, "text/html", None, engine="justext", state=state)["text"]
    assert not extract(german, "text/html", None, engine="justext", stop_words="English", state=state)["text"]
    with pytest.raises(RecipeError, match="no stop words"):
        extract(german, "text/html", None, engine="justext", stop_words="Klingon", state=state)


def test_versions_are_part_of_the_key() -> None:
    assert Loader().identity({"engine": "trafilatura"})["trafilatura"].startswith("1.11")
    assert set(Loader().identity({})) == {"resiliparse"}


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ('<meta name=date content="2020-05-06">', "2020-05-06"),
        ("<meta content='2020-05-06T07:08:09Z' property='og:published_time'>", "2020-05-06T07:08:09Z"),
        ('<script>{"datePublished":"2019-01-02T03:04:05.678+00:00"}</script>', "2019-01-02T03:04:05+00:00"),
        ('<time datetime="2018-12-31 23:59">', "2018-12-31T23:59"),
        ('<meta name=date content="5 May 2020"><meta name=date content="2020-13-45">', None),
        ("", None),
    ],
)
def test_declared_dates(page: str, wanted: str | None) -> None:
    assert declared.date_of(page) == wanted


def test_declared_titles_and_languages() -> None:
    assert declared.title_of("<TITLE lang=x>\n A &lt; B \n</TITLE>") == "A < B"
    assert declared.title_of("<title></title>") is None
    assert declared.language_of("<html class='a b' xml:lang='pt_BR'>") == "pt-br"
    assert declared.language_of("<html data-lang=x>") is None
    assert declared.head_of("<head>a</head>b") == "<head>a"


def test_random_markup_never_raises() -> None:
    pieces = [
        "<",
        ">",
        "</",
        "<p>",
        "<a href='",
        '"',
        "<!--",
        "-->",
        "<title>",
        "&amp;",
        "<table>",
        "</div>",
        "x ",
        "\0",
        "<meta ",
    ]
    chosen = random.Random(5)
    for _page in range(60):
        page = "".join(chosen.choices(pieces, k=60))
        for engine in ENGINES:
            assert isinstance(run(page, engine)["text"], str)
