"""What a printed page says: the text of each page of a PDF that Chromium made, glyphs turned back into letters."""

from __future__ import annotations

import base64
import re
import zlib

import chromium

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
WORDS = re.compile(rb"/F(\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> Tj")


def pages(browser: chromium.Chromium) -> list[str]:
    """The open page printed on A4, one string a sheet, without the spaces between its lines."""
    answer = browser.call("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)
    objects = {int(number): body for number, body in OBJECT.findall(base64.b64decode(answer["data"]))}
    sheets = [body for body in objects.values() if re.search(rb"/Type /Page\b(?!s)", body)]
    contents = [found for body in sheets if (found := re.search(rb"/Contents (\d+) 0 R", body))]
    assert len(contents) == len(sheets) > 0
    letters: dict[int, dict[int, str]] = {}
    return [_text(_stream(objects[int(found[1])]), objects, letters) for found in contents]


def _stream(body: bytes) -> bytes:
    found = STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _text(drawn: bytes, objects: dict[int, bytes], letters: dict[int, dict[int, str]]) -> str:
    said: list[str] = []
    font: dict[int, str] = {}
    for number, glyphs in WORDS.findall(drawn):
        if number:
            # Chromium names a font after its object.
            font = letters.setdefault(int(number), _letters(objects, int(number)))
        else:
            codes = (int(glyphs[k : k + 4], 16) for k in range(0, len(glyphs), 4))
            said.extend(font.get(code, "\ufffd") for code in codes)
    return "".join(said)


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Which text each glyph of a font stands for."""
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    if found is None:
        return {}
    table = _stream(objects[int(found[1])]).decode("ascii")
    letters: dict[int, str] = {}
    for block in re.findall(r"beginbfchar\n(.*?)endbfchar", table, re.DOTALL):
        for code, text in re.findall(r"<(\w+)> <(\w+)>", block):
            letters[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange\n(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
            for code in range(int(first, 16), int(last, 16) + 1):
                letters[code] = chr(int(text, 16) + code - int(first, 16))
    return letters
