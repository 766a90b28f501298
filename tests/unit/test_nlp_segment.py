"""Segmenter: nothing lost, both engines alike, user words added and taken away without a restart."""

from __future__ import annotations

import jieba
import pytest

from listener.nlp.segment import Engine, Segmenter

TEXT = "我上周在杭州买的星途T5，变速箱顿挫，4S店一直推脱。"
ENGINES: list[Engine] = ["jieba", "rjieba"]


@pytest.mark.parametrize("engine", ENGINES)
def test_tokens_concatenate_to_the_text(engine: Engine) -> None:
    segmenter = Segmenter(engine=engine)
    for text in (TEXT, "", " ", "a b\n\nc", "😡[怒]好", "３．５万元 abc@qq.com"):
        assert "".join(segmenter.cut(text)) == text


def test_engines_agree_on_han_words() -> None:
    han = "这家酒店的服务很差房间隔音不好早餐品种少前台态度冷淡不会再来"
    assert Segmenter(engine="jieba").cut(han) == Segmenter(engine="rjieba").cut(han)


@pytest.mark.parametrize("engine", ENGINES)
def test_added_words_stay_whole_and_can_go_again(engine: Engine) -> None:
    segmenter = Segmenter(engine=engine)
    assert "云岚优选" not in segmenter.cut("云岚优选的货")
    segmenter.add_words(["云岚优选"])
    assert "云岚优选" in segmenter.cut("云岚优选的货")
    segmenter.replace_words(["星远门店"])
    assert "云岚优选" not in segmenter.cut("云岚优选的货")
    assert "星远门店" in segmenter.cut("去星远门店")
    assert segmenter.words == {"星远门店"}


def test_words_do_not_leak_into_jieba_of_others() -> None:
    Segmenter(["云岚优选"], engine="jieba")
    assert "云岚优选" not in jieba.Tokenizer().lcut("云岚优选的货")


def test_unusable_words_are_left_out() -> None:
    assert Segmenter(["", " ", "a", "两 个", "长" * 41, " 云岚 "]).words == {"云岚"}


def test_a_dropped_word_of_the_dictionary_is_as_before() -> None:
    segmenter = Segmenter(engine="jieba")
    before = segmenter.cut("中华人民共和国成立")
    segmenter.add_words(["中华人民共和国"])
    segmenter.replace_words([])
    assert segmenter.cut("中华人民共和国成立") == before


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    Segmenter(engine="jieba").cut("安静")
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
