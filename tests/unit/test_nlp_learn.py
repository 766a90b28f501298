"""Learning from corrections: it helps, it cannot spoil, and it says so."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from listener.model import Sentiment
from listener.nlp.adapt import MANY, Shape, loss, probabilities, solved
from listener.nlp.confidence import sureness_of
from listener.nlp.evaluate import Figures, calibration_error, figures, macro_f1
from listener.nlp.learn import FEWEST, Correction, _probabilities, _worse, forgets, held_out, learn, measure
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import CALM, SentimentModel
from listener.nlp.stored import write_weights

NEG, NEU, POS = Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE
# A domain with words of its own: 溜冰 is praise there, 搬砖 is blame.
_GOOD = ["溜冰得很", "真是葱油饼", "葱油饼，溜冰", "一路操作溜冰", "葱油饼"]
_BAD = ["全程搬砖", "又搬砖", "队长搬砖", "搬砖一整场", "种菜搬砖"]
_WHO = ["上单", "打野", "中单", "辅助", "射手", "教练", "解说", "队伍", "主队", "客队"]
_PLAIN = [("准点到了", POS), ("到得早", POS), ("声音大", NEG), ("没到", NEG)]
TAUGHT = [Correction(f"{who}{what}", POS) for who, what in itertools.product(_WHO, _GOOD)]
TAUGHT += [Correction(f"{who}{what}", NEG) for who, what in itertools.product(_WHO, _BAD)]


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.fixture(scope="module")
def model() -> SentimentModel:
    return SentimentModel.load(None)


def test_corrections_of_a_new_domain_help(model: SentimentModel, segmenter: Segmenter) -> None:
    lesson = learn(model, TAUGHT, segmenter, "site-1")
    assert lesson.accepted, lesson.reason
    assert lesson.after.accuracy > lesson.before.accuracy
    fresh = [Correction("新人溜冰得很", POS), Correction("新人全程搬砖", NEG)]
    assert measure(lesson.model, fresh, segmenter).accuracy == 1.0
    assert lesson.model.version == "site-1" and lesson.model.facts["based_on"] == model.version


def test_what_was_known_stays_known(model: SentimentModel, segmenter: Segmenter) -> None:
    lesson = learn(model, TAUGHT, segmenter, "site-1")
    known = [Correction("服务态度恶劣，太差了", NEG), Correction("质量很好，非常满意", POS)]
    assert measure(lesson.model, known, segmenter).accuracy == 1.0


def test_contradictory_corrections_are_refused(model: SentimentModel, segmenter: Segmenter) -> None:
    noise = [Correction(f"{c.text}{i}", (POS, NEU, NEG)[i % 3]) for i, c in enumerate(TAUGHT)]
    lesson = learn(model, noise, segmenter, "site-2")
    assert not lesson.accepted
    assert lesson.model is model


def test_what_the_held_out_part_speaks_against_is_refused(model: SentimentModel, segmenter: Segmenter) -> None:
    """Taught is the opposite of what the held-out texts say, which the model has right."""
    known = [
        ("说话和气", POS),
        ("办事利落", POS),
        ("表现出色", POS),
        ("态度恶劣", NEG),
        ("敷衍了事", NEG),
        ("表现糟糕", NEG),
    ]
    sides = {POS: NEG, NEG: POS}
    said = [Correction(who + what, side) for who in _WHO for what, side in known]
    lesson = learn(
        model, [c if held_out(c.text) else Correction(c.text, sides[c.sentiment]) for c in said], segmenter, "-"
    )
    assert not lesson.accepted and "更差" in lesson.reason
    assert lesson.model is model


def test_a_model_worse_than_the_one_in_use_is_refused(model: SentimentModel, segmenter: Segmenter) -> None:
    kept, taught = [c for c in TAUGHT if held_out(c.text)], [c for c in TAUGHT if not held_out(c.text)]
    few = kept + taught[::5]
    assert learn(model, few, segmenter, "-").accepted
    lesson = learn(model, few, segmenter, "-", in_use=learn(model, TAUGHT, segmenter, "site-1").twin)
    assert not lesson.accepted and lesson.before.accuracy == 1.0


def test_contradictory_sides_move_none(model: SentimentModel, segmenter: Segmenter) -> None:
    """That nobody says neutral may be learnt of them, no side."""
    noise = [Correction(f"{c.text}{i}", (POS, NEG)[i % 2]) for i, c in enumerate(TAUGHT)]
    taught = learn(model, noise, segmenter, "site-2").model
    assert {name: weight for name, weight in taught.weights.items() if not name.startswith(CALM)} == model.weights


def test_a_domain_without_neutral_texts_is_told_neutral_less_often(model: SentimentModel, segmenter: Segmenter) -> None:
    """What corrections never say is expected less: here every plain remark was good or bad news."""
    plain = [Correction(f"{day}{what}", side) for day in _WHO for what, side in _PLAIN]
    fresh = [Correction(f"替补{what}", side) for what, side in _PLAIN]
    lesson = learn(model, plain, segmenter, "site-4")
    assert lesson.accepted, lesson.reason

    def neutral(judge: SentimentModel) -> float:
        return sum(_probabilities(judge, c.text, segmenter)[1] for c in fresh)

    assert neutral(lesson.model) < neutral(model) / 2
    assert lesson.model.hints < model.hints or lesson.model.width < model.width


def test_a_tempered_answer_keeps_its_label() -> None:
    """Powers make the answers as sure as they are right, each label by itself, and move no text to another one."""
    rng = np.random.default_rng(3)
    scores, signs = rng.normal(0.0, 2.0, 600), rng.uniform(0.0, 1.0, (600, 4))
    said = probabilities(scores, signs, Shape(1.0, 0.65))
    truth = np.where(said.argmax(axis=1) == 1, 1, rng.integers(0, 3, 600))  # neutral is right, the others are chance
    sureness = sureness_of(truth, [said])
    powers, quiet = sureness.powers, sureness.of(said)
    assert powers[1] > max(powers[0], powers[2]) and max(powers[0], powers[2]) < 1.0
    assert (quiet.argmax(axis=1) == said.argmax(axis=1)).all()
    assert loss(truth, quiet).mean() < loss(truth, said).mean()
    assert quiet.sum(axis=1) == pytest.approx(1.0)


def test_a_learnt_shape_is_kept_on_disk(model: SentimentModel, tmp_path: Path) -> None:
    calmed = {**model.weights, CALM + "w:通知": 2.0}
    taught = {"bias": 0.2, "hints": (0.1, 0.9, 0.2, 0.3), "powers": (0.7, 0.9, 0.8), "doubt": (0.02, 0.0, 0.02)}
    shaped = SentimentModel(calmed, "x", 0.8, 0.1, **taught)  # type: ignore[arg-type]
    shaped.save(tmp_path / "m.npz")
    back = SentimentModel.load(tmp_path / "m.npz")
    assert (back.temperature, back.width, back.bias, back.hints) == (0.8, 0.1, 0.2, (0.1, 0.9, 0.2, 0.3))
    assert (back.powers, back.doubt) == ((0.7, 0.9, 0.8), (0.02, 0.0, 0.02))
    assert back.weights[CALM + "w:通知"] == 2.0


def test_a_model_of_before_the_powers_is_read(tmp_path: Path) -> None:
    write_weights(tmp_path / "m.npz", {"w:好": 1.0}, {"version": "site-1", "power": 0.7})
    assert SentimentModel.load(tmp_path / "m.npz").powers == (0.7, 0.7, 0.7)


def test_too_few_teach_nothing(model: SentimentModel, segmenter: Segmenter) -> None:
    lesson = learn(model, TAUGHT[: FEWEST - 1], segmenter, "site-3")
    assert not lesson.accepted and str(FEWEST) in lesson.reason
    assert not learn(model, [], segmenter, "site-3").accepted


def test_learning_is_deterministic(model: SentimentModel, segmenter: Segmenter) -> None:
    first, second = (learn(model, TAUGHT, segmenter, "x").model for _ in range(2))
    assert first.weights == second.weights
    assert (first.temperature, first.width) == (second.temperature, second.width)


def test_the_last_word_on_a_text_counts(model: SentimentModel, segmenter: Segmenter) -> None:
    turned = [Correction(c.text, POS if c.sentiment is NEG else NEG) for c in TAUGHT]
    twice = learn(model, [*turned, *TAUGHT], segmenter, "x")
    assert twice.model.weights == learn(model, TAUGHT, segmenter, "x").model.weights


def test_held_out_is_about_a_fifth_and_stays() -> None:
    share = sum(held_out(f"文本{i}") for i in range(1000)) / 1000
    assert 0.15 < share < 0.25
    assert held_out("甲") == held_out("甲")


def test_figures() -> None:
    sure_right = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
    found = figures([NEG, NEU, POS], sure_right)
    assert (found.accuracy, found.macro_f1, found.calibration_error) == (1.0, 1.0, 0.0)
    assert figures([NEG, POS], [(0.3, 0.6, 0.1), (0.1, 0.6, 0.3)]).accuracy == 1.0  # no neutral among the labels
    assert figures([], []).as_facts() == {"texts": 0, "accuracy": 0, "macro_f1": 0, "calibration_error": 0}
    assert macro_f1([NEG, NEG, POS], [NEG, POS, POS]) == pytest.approx(2 / 3)
    assert calibration_error([0.9, 0.9], [True, False]) == pytest.approx(0.4)
    assert calibration_error([0.95, 0.15], [False, True]) == pytest.approx(0.9)  # each bin by itself


def measured(accuracy: float, macro: float) -> Figures:
    return Figures(100, accuracy, macro, 0.0)


def test_a_little_of_what_was_known_may_be_lost() -> None:
    assert not forgets(measured(0.90, 0.9), measured(0.89, 0.9))
    assert forgets(measured(0.90, 0.9), measured(0.87, 0.9))


def kept_texts(*counts: int) -> list[Correction]:
    return [Correction(str(n), side) for side, count in zip((NEG, NEU, POS), counts, strict=True) for n in range(count)]


@pytest.mark.parametrize(
    ("kept", "accuracy", "macro", "worse"),
    [
        (kept_texts(4, 3, 4), 0.89, 0.95, True),  # fewer are right
        (kept_texts(4, 3, 4), 0.91, 0.895, False),
        (kept_texts(4, 3, 4), 0.91, 0.88, True),  # few texts: macro-F1 falls by more than accuracy rises
        (kept_texts(10, 10, 10), 0.91, 0.88, False),  # that may be chance
        (kept_texts(10, 10, 10), 0.91, 0.86, True),
        (kept_texts(20, 4, 20), 0.91, 0.60, False),  # of a class with four texts macro-F1 tells nothing
        (kept_texts(20, 4, 20), 0.89, 0.95, True),
    ],
)
def test_when_the_held_out_speak_against_a_model(
    kept: list[Correction], accuracy: float, macro: float, worse: bool
) -> None:
    assert _worse(measured(0.9, 0.9), measured(accuracy, macro), kept) is worse


def test_many_texts_are_solved_as_few_are() -> None:
    rng = np.random.default_rng(1)
    features, root, wanted = rng.normal(size=(700, 5)), rng.uniform(0.5, 1.0, 700), rng.normal(size=700)
    alike = features @ features.T
    assert len(root) > MANY
    exact = np.linalg.solve(np.eye(700) + root[:, None] * alike * root[None, :], wanted)
    assert np.allclose(solved(alike, root, wanted), exact, atol=1e-4)


def test_faces_and_marks_are_taught(model: SentimentModel, segmenter: Segmenter) -> None:
    """What no word tells: here 🦐 stands for good news and qwx for bad."""
    told = [Correction(f"{who}{day}的比赛🦐", POS) for who in _WHO for day in ("今天", "昨天", "周五", "周六", "晚上")]
    told += [
        Correction(f"{who}{day}的比赛qwx", NEG) for who in _WHO for day in ("今天", "昨天", "周五", "周六", "晚上")
    ]
    lesson = learn(model, told, segmenter, "site-5")
    assert lesson.accepted, lesson.reason
    fresh = [Correction("周日替补的比赛🦐", POS), Correction("周日替补的比赛qwx", NEG)]
    assert measure(lesson.model, fresh, segmenter).accuracy == 1.0
    assert lesson.model.weights["f:🦐"] > 0 > lesson.model.weights["f:qwx"]
    assert not any(name.startswith("f:") for name in model.weights)


def test_three_classes_teach_how_often_neutral_is_said(model: SentimentModel, segmenter: Segmenter) -> None:
    plain = [
        Correction(f"{who}{what}", NEU) for who in _WHO for what in ("上场了", "太太来了", "很忙", "在笑", "说好的")
    ]
    lesson = learn(model, [*TAUGHT, *plain], segmenter, "site-6")
    assert lesson.accepted, lesson.reason
    assert lesson.after.accuracy >= lesson.before.accuracy
    assert lesson.after.macro_f1 > lesson.before.macro_f1


def test_words_that_say_neither_are_taught(model: SentimentModel, segmenter: Segmenter) -> None:
    """Where a word tells that a text is neither good nor bad news, it does so beside words of feeling, too."""
    calm = [f"{who}{day}{what}开奖" for who in _WHO for day in ("今天", "昨天", "周五") for what in ("很好", "差评")]
    told = [Correction(text, NEU) for text in calm]
    told += [Correction(f"{who}{day}很好", POS) for who in _WHO for day in ("今天", "昨天", "周五", "周六")]
    told += [Correction(f"{who}{day}差评", NEG) for who in _WHO for day in ("今天", "昨天", "周五", "周六")]
    lesson = learn(model, told, segmenter, "site-7")
    assert lesson.accepted, lesson.reason
    assert lesson.model.weights[CALM + "w:开奖"] > 0
    fresh = [Correction("替补晚上很好开奖", NEU), Correction("替补晚上很好", POS), Correction("替补晚上差评", NEG)]
    assert measure(lesson.model, fresh, segmenter).accuracy == 1.0


def test_what_says_neutral_moves_no_score(model: SentimentModel, segmenter: Segmenter) -> None:
    calmed = SentimentModel({**model.weights, CALM + "w:质量": 20.0, CALM + "f:[怒]": 20.0}, "x")
    for text in ("质量很好", "质量[怒]"):
        tokens = segmenter.cut(text) if "[" not in text else ["质量", "[怒]"]
        plain, calm = model.judge(text, tokens), calmed.judge(text, tokens)
        assert calm.score == plain.score and calm.deciding == plain.deciding
        assert calm.sentiment is NEU and plain.sentiment is not NEU


def test_few_that_take_a_side_move_none_to_the_other(model: SentimentModel, segmenter: Segmenter) -> None:
    """Of many neutral texts and few others nothing is learnt of good against bad news: they are too few to tell."""
    plain = [
        Correction(f"{who}{what}", NEU) for who in _WHO for what in ("上场了", "太太来了", "很忙", "在笑", "说好的")
    ]
    some = TAUGHT[::4]
    lesson = learn(model, [*some, *plain], segmenter, "site-8")
    sides = [name for name in lesson.model.weights if not name.startswith(CALM)]
    assert all(lesson.model.weights[name] == model.weights.get(name) for name in sides)
    assert lesson.model.bias == model.bias


def test_the_held_out_teach_once_the_way_is_proven(model: SentimentModel, segmenter: Segmenter) -> None:
    """The figures are those of a twin that never saw them; the model itself was taught them, too."""
    lesson = learn(model, TAUGHT, segmenter, "site-9")
    kept = [c for c in TAUGHT if held_out(c.text)]
    assert lesson.accepted and measure(lesson.twin, kept, segmenter) == lesson.after
    assert lesson.model.facts["corrections"] == len(TAUGHT)
    assert lesson.twin.facts["corrections"] == len(TAUGHT) - len(kept)
    assert lesson.model.weights != lesson.twin.weights


def test_what_is_known_may_forbid_the_boldest(model: SentimentModel, segmenter: Segmenter) -> None:
    """A model that loses more of what is known than it may is not taken."""
    known = [Correction(f"{who}{what}", NEG) for who in ("甲", "乙", "丙", "丁", "戊") for what in _GOOD]
    known += [Correction(f"{who}{what}", POS) for who in ("甲", "乙", "丙", "丁", "戊") for what in _BAD]
    free, held = learn(model, TAUGHT, segmenter, "x"), learn(model, TAUGHT, segmenter, "x", known=known)
    before = measure(model, known, segmenter)
    assert forgets(before, measure(free.model, known, segmenter))
    assert not forgets(before, measure(held.model, known, segmenter))
