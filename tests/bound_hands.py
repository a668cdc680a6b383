"""Hands for the bounds of a report's page: what is pressed, dragged and read there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromium

NUMBERS = "[...document.querySelectorAll('.live b')].map(b => b.textContent)"
COMMAND = "document.querySelector('.command').textContent"
SHOWN = "document.querySelector('.chart-head b').textContent"


def opened(browser: chromium.Chromium, run: Path, signal: str, **how: Any) -> chromium.Chromium:
    browser.open((run / "report/index.html").as_uri(), **how)
    browser.until("document.documentElement.dataset.counts === '1'")
    browser.evaluate(
        f"[...document.querySelectorAll('.small button')].find(b => b.textContent.startsWith('{signal}'))?.click()"
    )
    browser.until(f"{SHOWN} === '{signal}' && document.querySelector('.handle').style.left !== ''")
    return browser


def press(browser: chromium.Chromium, *keys: str, shift: bool = False) -> None:
    for key in keys:
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=8 if shift else 0)


def handle(browser: chromium.Chromium, number: int = 0) -> tuple[float, float]:
    browser.evaluate(
        "document.querySelector('.tune').scrollIntoView({ behavior: 'instant', block: 'center' })"
    )
    place = browser.evaluate(
        f"(() => {{ const r = document.querySelectorAll('.handle')[{number}].getBoundingClientRect();"
        " return [r.x + r.width / 2, r.y + 100]; })()"
    )
    return place[0], place[1]


def drag(browser: chromium.Chromium, by: float, number: int = 0) -> None:
    x, y = handle(browser, number)
    for kind, to in (
        ("mousePressed", x),
        ("mouseMoved", x + by / 2),
        ("mouseMoved", x + by),
        ("mouseReleased", x + by),
    ):
        browser.call("Input.dispatchMouseEvent", type=kind, x=to, y=y, button="left", buttons=1, clickCount=1)


def numbers(browser: chromium.Chromium) -> list[int]:
    return [int(text.replace(",", "")) for text in browser.evaluate(NUMBERS)]
