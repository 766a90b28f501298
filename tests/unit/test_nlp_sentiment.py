"""Sentiment: the short texts, exact weights, probabilities, storing, and what is no model."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from listener.errors import BadInput
from listener.model import Sentiment
from listener.nlp.analyse import Analyser
from listener.nlp.faces import split_faces
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel, corpus_lines
from listener.nlp.stored import model_file, read_weights
from listener.nlp.table import number_of

CASES = Path(__file__).parent / "short_texts"
HELD_OUT_RIGHT = 0.85


def cases(name: str) -> list[tuple[str, str]]:
    lines = (CASES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [(label, text) for label, _, text in (x.partition("\t") for x in lines if x[:1] != "#")]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.fixture(scope="module")
def model() -> SentimentModel:
    return SentimentModel.load(None)


@pytest.mark.parametrize(("label", "text"), cases("rules"))
def test_short_text(analyser: Analyser, label: str, text: str) -> None:
    assert analyser.analyse(text).sentiment == label


def test_short_texts_held_out_while_rules_were_written(analyser: Analyser) -> None:
    held_out = cases("held_out")
    wrong = [(label, text) for label, text in held_out if analyser.analyse(text).sentiment != label]
    assert len(held_out) > 70
    assert len(wrong) <= (1 - HELD_OUT_RIGHT) * len(held_out), wrong


def kinds() -> list[tuple[str, str, str]]:
    lines = (CASES / "kinds.txt").read_text(encoding="utf-8").splitlines()
    return [(kind, label, text) for kind, label, text in (x.split("\t") for x in lines if x[:1] != "#")]


@pytest.mark.parametrize(("kind", "label", "text"), kinds())
def test_short_text_of_a_kind(analyser: Analyser, kind: str, label: str, text: str) -> None:
    assert analyser.analyse(text).sentiment == label, kind


@pytest.mark.parametrize("text", ["周二上午闭馆", "请到三楼缴费", "多久能到", "屏幕六点一英寸"])
def test_what_only_informs_sounds_plain_and_a_bare_mishap_does_not(model: SentimentModel, text: str) -> None:
    """Neither has a word of feeling; how plain each word sounds tells them apart."""
    mishap = "第三天鞋底就掉了"

    def plain(what: str) -> float:
        heard = model.hear(split_faces(read(what).text, Segmenter().cut))
        return model.signs(heard)[1]

    assert plain(text) > 0 > plain(mishap)


@pytest.mark.parametrize(
    "text", ["服务很差，再也不来了", "味道不错，就是有点贵[泪]", "整体不错，但发动机漏油", "好评", "😡"]
)
def test_weights_add_up_to_the_score(model: SentimentModel, text: str) -> None:
    tokens = split_faces(text, Segmenter().cut)
    judged = model.judge(text, tokens)
    known = max(model.hear(tokens).known, 1)
    assert judged.score == pytest.approx(sum(part for _, _, part in judged.weights) / known**0.5)
    if len(judged.weights) <= 8:
        assert judged.score == pytest.approx(sum(weight for _, _, weight in judged.deciding))


def test_words_come_weightiest_first_and_stand_where_they_say(analyser: Analyser) -> None:
    text = "  房间很脏，服務態度恶劣，不过早餐还不错"
    words = analyser.analyse(text).words
    sizes = [abs(word.weight) for word in words]
    assert sizes == sorted(sizes, reverse=True)
    assert all(text[word.start : word.end] == word.word for word in words)
    bad = "".join(word.word for word in words if word.weight < 0)
    assert "恶劣" in bad and "脏" in bad


def test_probabilities_sum_to_one_and_follow_the_score(model: SentimentModel) -> None:
    before = -1.0
    for score in (-9.0, -2.0, -0.5, 0.0, 0.5, 2.0, 9.0):
        negative, neutral, positive = model.probabilities(score, 0.8)
        assert negative + neutral + positive == pytest.approx(1.0)
        assert min(negative, neutral, positive) >= 0
        assert positive > before
        before = positive


def test_contrast_is_decided_by_the_weightier_clause(analyser: Analyser) -> None:
    assert analyser.analyse("整体不错，但发动机漏油，4S店拒绝赔偿").sentiment is Sentiment.NEGATIVE


def test_reason_names_the_words(analyser: Analyser) -> None:
    assert "恶劣" in analyser.analyse("态度恶劣").reason
    assert analyser.analyse("").reason == "空白"
    assert analyser.analyse("12345").reason == "没有文字"


def test_english_has_a_small_lexicon(analyser: Analyser) -> None:
    assert analyser.analyse("terrible service, broken phone").sentiment is Sentiment.NEGATIVE
    assert analyser.analyse("the shop opens at nine").sentiment is Sentiment.NEUTRAL


def test_a_saved_model_is_the_same_and_its_bytes_too(model: SentimentModel, tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    model.save(first)
    SentimentModel.load(first).save(second)
    assert first.read_bytes() == second.read_bytes()
    assert SentimentModel.load(first).weights == model.weights


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"[1, 2]"])
def test_what_is_no_model_is_said_clearly(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"model\.npz") as caught:
        SentimentModel.load(path)
    assert "rollback" in str(caught.value)
    with pytest.raises(BadInput):
        SentimentModel.load(tmp_path / "none.npz")


def test_shipped_models_say_what_they_are() -> None:
    weights, facts = read_weights(model_file("sentiment"))
    assert len(weights) <= 40_000
    assert facts["version"] == "listener-1"
    assert model_file("sentiment").stat().st_size < 2_000_000


def test_corpus_lines_are_unique_and_clear() -> None:
    lines = corpus_lines()
    assert len(lines) == len({text for text, _ in lines}) > 17_000
    assert 0.4 < sum(positive for _, positive in lines) / len(lines) < 0.6


def test_forwarded_words_of_others_do_not_count(analyser: Analyser) -> None:
    own = "这家店的服务真的很好，推荐"
    forwarded = analyser.analyse(own + "//@路人甲:垃圾，太差了，骗子")
    assert forwarded.sentiment is analyser.analyse(own).sentiment is Sentiment.POSITIVE


def test_read_is_lower_case_and_simplified() -> None:
    assert read("這個ＡＰＰ").text == "这个app"


def test_words_made_ready_say_what_they_say_otherwise_and_are_still_known_after_many_new_ones() -> None:
    plain, ready = SentimentModel.load(), SentimentModel.load()
    ready.make_ready()
    tokens = ["客服", "态度", "不", "好", ",", "真", "让人", "失望", "[怒]", "12", "!"]
    assert ready.hear(tokens) == plain.hear(tokens)
    assert ready.hear([*ready.owns]) == plain.hear([*ready.owns])
    kept = [ready._ready.get(number_of(word)) or ready._entries.get(word) for word in ("失望", "无法自拔")]
    assert None not in kept
    ready.hear([f"词{number}" for number in range(25_000)])
    again = [ready._ready.get(number_of(word)) or ready._entries.get(word) for word in ("失望", "无法自拔")]
    assert list(map(id, again)) == list(map(id, kept))
    assert len(ready._entries) <= len(ready._kept) + 20_000
    assert ready.hear(tokens) == plain.hear(tokens)


def test_short_words_have_a_number_each() -> None:
    chars = ["\0", "\1", "a", "车", "\ud800", "\uffff", "\U00010000", "\U0010ffff"]
    words = ["".join(each) for size in (1, 2, 3) for each in product(chars, repeat=size)]
    numbers = {number_of(word) for word in words}
    assert len(numbers) == len(words)
    assert min(numbers) > 0
    assert max(numbers) < 2**63
    assert number_of("") == number_of("没有人管") == 0
