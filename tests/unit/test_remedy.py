"""What is asked for in words that no list of demands begins with, and what only sounds like it."""

from __future__ import annotations

import pytest

from listener.nlp.analyse import Analyser


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("耽误一整天，谁来赔我的误工费", "赔偿"),
        ("希望厂家三个工作日内给出事故原因和整改方案", "解释"),
        ("我要求出具书面的检测报告", "解释"),
        ("什么时候能修好，请给一个明确的日期", "解释"),
        ("医生给出的方案很好，点赞", ""),
        ("谁知道这家几点开门", ""),
    ],
)
def test_remedy(analyser: Analyser, text: str, remedy: str) -> None:
    assert remedy in analyser.analyse(text).remedy if remedy else not analyser.analyse(text).remedy
