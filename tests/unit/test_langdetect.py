"""langdetect as a model of `language`: what it cannot tell, what must not shape its answers, what is missing."""

from __future__ import annotations

import importlib.util
import random
from typing import Any

import pyarrow as pa
import pytest

from tamis.errors import InputError
from tamis.models import langdetect
from tamis.op import find
from tamis.ops.language import language

TEXTS = [
    "The old mill stands beside the river, and people come to see it every summer.",
    "Die alte Mühle steht am Fluss, und im Sommer kommen viele Leute, um sie zu sehen.",
    "今天天气很好，我们去公园散步，然后回家吃饭。",
    "1 2 3 + 4 = 10",
    "",
]


def found(texts: list[str]) -> dict[str, list[Any]]:
    operator = find("language")
    assert operator is not None
    assert operator.load is not None
    parameters = {**operator.defaults(), "model": "langdetect"}
    made = language(pa.array(texts, pa.large_string()), **parameters, state=operator.load(parameters))
    return {name: values.to_pylist() for name, values in made.items()}


def test_labels_and_what_has_none() -> None:
    made = found(TEXTS)
    assert made["label"] == ["en", "de", "zh-cn", None, None]
    assert [score > 0.99 for score in made["score"]] == [True, True, True, False, False]
    assert made["score"][3:] == [0.0, 0.0]
    assert made["runner_up"] == [None] * 5


def test_what_was_asked_before_changes_nothing() -> None:
    mixed = [f"{TEXTS[0]} {TEXTS[1]}", f"{TEXTS[1]} and {TEXTS[0]}", "no se ti amo"]
    alone = [found([text]) for text in mixed]
    random.seed(5)
    together = found(mixed)
    assert together == {name: [one[name][0] for one in alone] for name in together}
    assert any(together["runner_up"])


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    langdetect.open_langdetect.cache_clear()
    with pytest.raises(InputError) as caught:
        found(TEXTS)
    assert caught.value.exit_code == 2
    assert "tamis[langdetect]" in caught.value.hint
