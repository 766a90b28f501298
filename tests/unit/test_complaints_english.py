"""Complaints in English, and English that is none."""

from __future__ import annotations

import pytest

from listener.complaints import judge
from listener.model import Tier
from listener.nlp.analyse import Analyser

COMPLAINTS = [
    "Third week waiting for a refund of my cancelled order. The dealer keeps saying next Monday.",
    "My rear door rattles over every bump, the service center told me it's normal and refused to fix it.",
    "Charger stopped working after two days, nobody answers the phone. I want my money back.",
    "They won't replace the defective battery although it is under warranty. I will file a complaint.",
]
OTHERS = [
    "Great car, smooth ride, very happy with the service.",
    "Does anyone know when the new model comes out?",
    "Battery lasts all day, charging is fast.",
    "The company opened a new store in Shanghai.",
]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.mark.parametrize("text", COMPLAINTS)
def test_a_complaint(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is not Tier.NO


@pytest.mark.parametrize("text", OTHERS)
def test_none(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is Tier.NO
