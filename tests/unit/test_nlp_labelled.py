"""Short texts, kinds and severities written for Listener: those that rules were written by, and those held out."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.complaints import judge
from listener.model import Complaint, Sentiment, Severity, Tier
from listener.nlp.analyse import Analyser

HERE = Path(__file__).parent


def cases(name: str) -> list[list[str]]:
    """The lines of ``<name>.txt`` as their fields, without comments."""
    lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line[:1] != "#"]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


def judged(analyser: Analyser, text: str) -> Complaint:
    return judge(text, analyser.analyse(text))


def share(wrong: list[str], all_of_them: int) -> float:
    return 1 - len(wrong) / all_of_them


def test_fresh_short_texts(analyser: Analyser) -> None:
    """Written before the rules of 2026-11-28, two labels where readers may differ."""
    found = cases("short_texts/fresh")
    wrong = [text for label, text in found if analyser.analyse(text).sentiment not in label.split("|")]
    assert len(found) > 100
    assert share(wrong, len(found)) >= 0.95, wrong


@pytest.mark.parametrize(("part", "floor"), [("second", 0.95), ("third", 0.5), ("slang", 0.95), ("fourth", 0.45)])
def test_short_texts_of_every_turn(analyser: Analyser, part: str, floor: float) -> None:
    """Comparison, irony, dialect, faces, notices: those looked at, and those only counted."""
    found = cases(f"short_texts/{part}")
    wrong = [text for label, text in found if analyser.analyse(text).sentiment != label]
    assert share(wrong, len(found)) >= floor, wrong


@pytest.mark.parametrize(
    ("part", "heard", "quiet"),
    [
        ("looked_at", 0.8, 0.94),
        ("counted", 0.6, 0.94),
        ("second", 0.65, 0.94),
        ("fresh", 0.65, 0.94),
        ("titles", 0.7, 0.85),
    ],
)
def test_complaints_told_without_a_word_of_complaining(
    analyser: Analyser, part: str, heard: float, quiet: float
) -> None:
    """Passengers, patients, parents, tenants, customers of banks; beside news, adverts, praise, questions, sadness."""
    texts: dict[str, list[str]] = {"yes": [], "no": []}
    for complains, text in cases(f"told/{part}"):
        texts[complains].append(text)
    missed = [text for text in texts["yes"] if judged(analyser, text).tier is Tier.NO]
    false = [text for text in texts["no"] if judged(analyser, text).tier is not Tier.NO]
    assert share(missed, len(texts["yes"])) >= heard, missed
    assert share(false, len(texts["no"])) >= quiet, false


def test_sarcasm_and_contrast_at_complaint_length(analyser: Analyser) -> None:
    found = cases("short_texts/contrast")
    wrong = [text for label, _, text in found if analyser.analyse(text).sentiment != label]
    missed = [t for _, complains, t in found if (judged(analyser, t).tier is not Tier.NO) != (complains == "yes")]
    assert share(wrong, len(found)) >= 0.7, wrong
    assert share(missed, len(found)) >= 0.75, missed


@pytest.mark.parametrize(("part", "floor"), [("rules", 0.94), ("held_out", 0.8)])
def test_kinds(analyser: Analyser, part: str, floor: float) -> None:
    found = cases(f"kinds/{part}")
    wrong = [text for kind, text in found if judged(analyser, text).kind != kind]
    assert share(wrong, len(found)) >= floor, wrong


def right_severity(found: Complaint, wanted: str) -> bool:
    if wanted == "-S1":
        return found.severity is not Severity.S1 and not found.safety
    if wanted == "S1":
        return found.severity is Severity.S1 and found.safety and found.tier is not Tier.NO
    return found.severity == wanted


@pytest.mark.parametrize(("part", "floor"), [("rules", 0.95), ("held_out", 0.7)])
def test_severities(analyser: Analyser, part: str, floor: float) -> None:
    found = cases(f"severities/{part}")
    wrong = [text for wanted, text in found if not right_severity(judged(analyser, text), wanted)]
    assert share(wrong, len(found)) >= floor, wrong


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("not good at all", Sentiment.NEGATIVE),
        ("I do not recommend this phone", Sentiment.NEGATIVE),
        ("never had a problem with it", Sentiment.POSITIVE),
        ("no issues so far, works great", Sentiment.POSITIVE),
        ("the parcel will arrive on monday", Sentiment.NEUTRAL),
    ],
)
def test_english_under_a_negation(analyser: Analyser, text: str, sentiment: Sentiment) -> None:
    assert analyser.analyse(text).sentiment is sentiment


@pytest.mark.parametrize("text", ["", "。。。", "13800000000", "https://example.com/p/1", "the shop opens at nine"])
def test_nothing_to_judge_is_neutral_with_a_reason(analyser: Analyser, text: str) -> None:
    analysis = analyser.analyse(text)
    assert analysis.sentiment is Sentiment.NEUTRAL and analysis.reason


def test_what_is_granted_before_a_turn_weighs_less(analyser: Analyser) -> None:
    def score(text: str) -> float:
        negative, _, positive = analyser.analyse(text).probabilities
        return positive - negative

    assert score("味道不错，但是送来全洒了，没人处理") < score("味道不错。送来全洒了，没人处理")
    assert score("等得有点久，但是味道很惊艳") > 0


def test_priors_of_sources(analyser: Analyser) -> None:
    """A page of complaints is one by nature, a headline and advertising are none, smear copy is marked."""
    bare = "颜色和图片上的不太一样"
    analysis = analyser.analyse(bare)
    assert judge(bare, analysis, platform="heimao").tier is not Tier.NO
    assert judge(bare, analysis, source_prior="news").tier is Tier.NO
    for text in ("失恋了，心里好难过，整晚睡不好", "考试没过，感觉什么都做不好"):
        assert judged(analyser, text).tier is Tier.NO, text
    smear = "某某牌的净化器全是假货，质量太差，还是选我们家的，质保十年，私我拿内部价"
    assert judged(analyser, smear).kind == "advert" and judged(analyser, smear).tier is not Tier.YES
