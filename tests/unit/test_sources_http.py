"""HTTP bodies and charsets."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard

from tamis import _core
from tamis.sources import charsets, http
from tamis.sources.failures import Unreadable

PAGE = "<html><body><p>Größe, 大きさ, размер.</p></body></html>".encode()
CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
    "utf-8": bytes,
}


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def chunked(data: bytes, size: int = 7) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("coding", CODINGS)
def test_content_encodings(coding: str) -> None:
    body = CODINGS[coding](PAGE)
    headers = {"content-encoding": coding}
    assert http.decode_body(headers, body, 1000) == PAGE
    assert http.decode_body({**headers, "transfer-encoding": "chunked"}, chunked(body), 1000) == PAGE
    # Stored decoded under the old headers.
    assert http.decode_body(headers, PAGE, 1000) == PAGE
    if body != PAGE:
        cut = http.decode_body(headers, body[: len(body) - 12], 1000)
        assert cut
        assert PAGE.startswith(cut)


def test_encodings_of_encodings() -> None:
    body = brotli.compress(gzip.compress(PAGE))
    assert http.decode_body({"content-encoding": "gzip, br"}, body, 1000) == PAGE
    assert http.decode_body({"content-encoding": "deflate"}, raw_deflate(PAGE), 1000) == PAGE
    with pytest.raises(Unreadable, match="more than 4"):
        http.decode_body({"content-encoding": "gzip," * 5}, PAGE, 1000)
    with pytest.raises(Unreadable, match="not read"):
        http.decode_body({"content-encoding": "compress"}, PAGE, 1000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_budget_for_what_comes_out(coding: str) -> None:
    body = CODINGS[coding](bytes(4_000_000))
    with pytest.raises(Unreadable) as failure:
        http.decode_body({"content-encoding": coding}, body, 1_000_000)
    assert failure.value.kind == "size"
    assert len(http.decode_body({"content-encoding": coding}, CODINGS[coding](bytes(1000)), 1000)) == 1000
    with pytest.raises(Unreadable):
        http.decode_body({"content-encoding": coding}, CODINGS[coding](bytes(1001)), 1000)


def test_damage_in_the_middle() -> None:
    noise = bytes(range(256)) * 40
    body = bytearray(gzip.compress(noise * 3))
    body[len(body) // 2] ^= 255
    with pytest.raises(Unreadable) as failure:
        http.decode_body({"content-encoding": "gzip"}, bytes(body), 10**6)
    assert failure.value.kind == "encoding"


LONG = b"<html><body>" + b"".join(b"<p>The %d words of page %d.</p>" % (n, n * n) for n in range(90))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_cannot_be_decoded_is_no_page(coding: str) -> None:
    """Compressed bytes never go on as a text, and a body that is cut at once never as an empty one."""
    whole = CODINGS[coding](LONG)
    headers = {"content-encoding": coding}
    kinds: set[str] = set()
    for at in range(8):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            found = http.decode_body(headers, bytes(damaged), 10**6)
            # Brotli has no check sum: a bit may change its page, but never makes one of the raw bytes.
            assert found == LONG or (coding == "br" and found.startswith(b"<html><body>"))
        except Unreadable as failure:
            kinds.add(failure.kind)
    assert kinds == {"encoding"}
    for length in range(5, 12):
        with pytest.raises(Unreadable) as refused:
            http.decode_body(headers, whole[:length], 10**6)
        assert refused.value.kind == "encoding"
    assert http.decode_body(headers, CODINGS[coding](b""), 1000) == b""


def test_what_was_stored_decoded_is_a_text() -> None:
    for body in ("Größe".encode(), "größer".encode() * 900, "<p>Größe ".encode("latin-1") * 20):
        for coding in ("gzip", "deflate", "br", "zstd"):
            assert http.decode_body({"content-encoding": coding}, body, 10_000) == body
    utf16 = "\ufeffGröße".encode("utf-16-le")
    assert http.decode_body({"content-encoding": "gzip"}, utf16, 1000) == utf16
    image = b"\x89PNG\r\n\x1a\n\x00\x00"
    assert http.decode_body({"content-encoding": "gzip"}, image, 1000) == image


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3\nabc\n0\n\n", b"abc"),
        (b"3\r\nabc\r\nff\r\nde", b"abcde"),
        (b"3\r\nabc\r\nzz", b"abc"),
        (b"<html>", b"<html>"),
        (b"", b""),
        (b"ffffffffffffffffffffff\r\n", b"ffffffffffffffffffffff\r\n"),
    ],
)
def test_chunks(body: bytes, wanted: bytes) -> None:
    assert http.dechunk(body) == wanted


def test_messages() -> None:
    headers, body = http.split_message(
        b"HTTP/1.1 200\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-Long: one\r\n two\r\nbad line\r\n\r\nbody\r\n\r\n"
    )
    assert headers == {":status": "200", "set-cookie": "a, b", "x-long": "one two"}
    assert body == b"body\r\n\r\n"
    assert http.split_message(b"HTTP/1.0 404 No\nA: b\n\nx\r\n\r\ny") == (
        {":status": "404", "a": "b"},
        b"x\r\n\r\ny",
    )
    assert http.split_message(b"HTTP/1.1 200 OK") == ({":status": "200"}, b"")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"  \n<!-- a --> <HTML>", "text/html"),
        (b"plain words", "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_types_by_their_bytes(body: bytes, kind: str) -> None:
    assert http.sniff_type(body) == kind


RUSSIAN = "Все люди рождаются свободными и равными в своём достоинстве и правах. " * 3
JAPANESE = "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。" * 3
CHINESE = "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。" * 3
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. " * 3
GREEK = "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. " * 3


@pytest.mark.parametrize(
    ("text", "codec", "label", "domain", "wanted"),
    [
        (RUSSIAN, "windows-1251", None, "ru", "windows-1251 (detector)"),
        (RUSSIAN, "koi8-r", None, "ru", "koi8-u (detector)"),
        (RUSSIAN, "windows-1251", "utf-8", "ru", "windows-1251 (detector)"),
        (RUSSIAN, "utf-8", "utf-8", "ru", "utf-8 (header)"),
        (RUSSIAN, "utf-8", None, "ru", "utf-8 (detector)"),
        (RUSSIAN, "utf-16", None, None, "utf-16le (bom)"),
        (JAPANESE, "shift_jis", None, "jp", "shift_jis (detector)"),
        (JAPANESE, "shift_jis", "Shift_JIS", None, "shift_jis (header)"),
        (JAPANESE, "shift_jis", "x-sjis", None, "shift_jis (header)"),
        (JAPANESE, "euc_jp", None, "jp", "euc-jp (detector)"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", None, "iso-2022-jp (header)"),
        (JAPANESE, "shift_jis", "utf-8", "jp", "shift_jis (detector)"),
        (CHINESE, "gb18030", "gb18030", None, "gb18030 (header)"),
        (CHINESE, "gb18030", "gb2312", None, "gbk (header)"),
        (CHINESE, "gb18030", None, "cn", "gbk (detector)"),
        (KOREAN, "euc_kr", None, "kr", "euc-kr (detector)"),
        (KOREAN, "euc_kr", "ks_c_5601-1987", None, "euc-kr (header)"),
        (GREEK, "windows-1253", None, "gr", "iso-8859-7 (detector)"),
        ("naïve café — “quoted”", "windows-1252", "iso-8859-1", None, "windows-1252 (header)"),
        ("naïve café", "windows-1252", "no-such-charset", "fr", "windows-1252 (detector)"),
        ("plain", "ascii", None, None, "utf-8 (detector)"),
    ],
)
def test_charsets(text: str, codec: str, label: str | None, domain: str | None, wanted: str) -> None:
    content = text.encode(codec)
    url = f"http://example.{domain}/" if domain else None
    chosen = charsets.choose(content, label, True, url)
    assert chosen == wanted
    assert charsets.decode(content, chosen) == text


def test_charset_of_the_page_itself() -> None:
    page = b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=euc-kr">'
    body = page + KOREAN.encode("euc_kr")
    assert charsets.choose(body, None, True, None) == "euc-kr (meta)"
    assert charsets.choose(body, "big5", True, None) == "big5 (header)"
    assert charsets.choose(body, None, False, "http://a.kr/") == "euc-kr (detector)"


def test_as_datatrove() -> None:
    pytest.importorskip("cchardet")
    assert charsets.choose(b"\xef\xbb\xbfabc", "gbk", True, None, "datatrove") == "utf-8 (datatrove)"
    assert charsets.decode(b"\xef\xbb\xbfabc", "utf-8 (datatrove)") == "\ufeffabc"
    content = RUSSIAN.encode("windows-1251")
    chosen = charsets.choose(content, "koi8-r", True, None, "datatrove")
    assert charsets.decode(content, chosen) == RUSSIAN
    with pytest.raises(Unreadable) as failure:
        charsets.choose(bytes(range(128, 256)) * 3, None, True, None, "datatrove")
    assert failure.value.kind == "encoding"


def test_charsets_of_real_texts(shared_data: Callable[[str], Path]) -> None:
    """Aozora Bunko is Shift_JIS, and Gutenberg's `NNN-8.txt` Latin-1, without a label."""
    japanese = sorted((shared_data("languages") / "aozora_ja").rglob("*.txt"))
    chosen = Counter(charsets.choose(path.read_bytes(), None, False, None) for path in japanese)
    assert chosen.total() > 100
    assert chosen["shift_jis (detector)"] >= 0.98 * chosen.total()
    latin = sorted((shared_data("sources") / "gutenberg").rglob("*-8.txt"))
    found = Counter(charsets.choose(path.read_bytes(), None, False, None) for path in latin)
    assert set(found) <= {"windows-1252 (detector)", "windows-1254 (detector)"}
    assert found["windows-1252 (detector)"] > found.total() / 2


def test_inflate_reports_what_is_wrong() -> None:
    with pytest.raises(_core.KernelError):
        _core.Inflate("rar", 10)
    with pytest.raises(_core.KernelError):
        _core.Inflate("gzip", 10).feed(b"not gzip at all")
    with pytest.raises(_core.KernelError):
        _core.decode(b"x", "no-such-charset")


@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
@pytest.mark.parametrize("blank", [b"\r\n", b"\n"])
def test_a_head_of_mixed_line_ends(line: bytes, blank: bytes) -> None:
    block = b"HTTP/1.1 200 OK" + line + b"Content-Type: text/html" + line + blank + PAGE + b"\n\n\r\n\r\nend"
    headers, body = http.split_message(block)
    assert headers == {":status": "200", "content-type": "text/html"}
    assert body == PAGE + b"\n\n\r\n\r\nend"


@pytest.mark.parametrize("label", [None, "utf-8", "iso-8859-1", "shift_jis"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "iso-2022-jp"])
def test_what_no_label_says_is_seen_in_the_bytes(encoding: str, label: str | None) -> None:
    text = (
        "<html><head><title>大きさ</title></head><body><p>吾輩は猫である。名前はまだ無い。</p></body></html>"
    )
    body = text.encode(encoding)
    assert charsets.decode(body, charsets.choose(body, label, True, None)) == text


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"RIFF\x24\x40\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\n\x40\x00\x00WAVEfmt ", "audio/x-riff"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "application/x-ole-storage"),
        (b"\x7fELF\x02\x01", "application/x-executable"),
        (b"%PDF-1.4", "application/pdf"),
        (b"RIFF is a word, WEBP another", ""),
        (b"wheel", ""),
    ],
)
def test_binary_formats_by_their_first_bytes(start: bytes, kind: str) -> None:
    assert http.binary_type(start + bytes(100)) == kind
