"""Segmenter: nothing lost, both engines alike, user words added and taken away without a restart."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


ADDED = ("晨曜X5", "云岚优选", "2.0T", "刹车失灵", "没有问题", "v2.0-b")
PIECES = (
    *ADDED,
    *"的了很好不车买修过这家店在和人 ,。!\n",
    "2.0",
    "T",
    "-",
    "a",
    "%",
    "3",
    "_",
    "+",
    "#",
    "...",
    "\r\n",
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=20),
    st.text(max_size=20),
)


@pytest.fixture(scope="module")
def jieba_itself() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = jieba.Tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_tokens_are_those_of_jieba_itself(jieba_itself: jieba.Tokenizer, text: str) -> None:
    assert ENGINE_JIEBA.cut(text) == jieba_itself.lcut(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS.filter(lambda text: max(text, default="") < "\U00020000"))  # to rjieba rare Han (𠮷) are Han, to jieba not
def test_ascii_of_the_native_engine_is_cut_as_jieba_cuts_it(text: str) -> None:
    ascii_of = [[token for token in engine.cut(text) if token.isascii()] for engine in (ENGINE_JIEBA, ENGINE_NATIVE)]
    assert ascii_of[0] == ascii_of[1]


ENGINE_JIEBA, ENGINE_NATIVE = Segmenter(engine="jieba"), Segmenter(engine="rjieba")


def test_with_added_words_the_tokens_are_still_those_of_jieba(jieba_itself: jieba.Tokenizer) -> None:
    theirs = jieba.Tokenizer()
    theirs.FREQ, theirs.total, theirs.initialized = dict(jieba_itself.FREQ), jieba_itself.total, True
    for word in sorted(ADDED):
        theirs.add_word(word)
    ours = Segmenter(ADDED, engine="jieba")
    for text in ("晨曜X5刹车失灵了", "云岚优选没有问题", "这车2.0T的v2.0-b版", "没有问题2.0T刹车"):
        assert ours.cut(text) == theirs.lcut(text)
    ours.replace_words(["别的词"])
    ours.replace_words(ADDED)
    assert ours.cut("晨曜X5刹车失灵了") == theirs.lcut("晨曜X5刹车失灵了")


def test_a_planted_cache_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    planted = tmp_path / "jieba.cache"
    planted.write_bytes(b"not a dictionary")
    assert Segmenter(engine="jieba").cut("服务很差") == ["服务", "很差"]
    assert planted.read_bytes() == b"not a dictionary"


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    Segmenter(engine="jieba").cut("安静")
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_rjieba_makes_no_second_dictionary() -> None:
    """Its package makes a segmenter when it is imported, of 24 MB, that nobody here would use."""
    code = (
        "import sys; from listener.nlp.segment import Segmenter as S\n"
        "print(S().cut('刹车失灵'), 'rjieba' in sys.modules)\n"
        "import rjieba; print(rjieba.cut('刹车失灵'), S().cut('刹车失灵'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    cut = ["刹车", "失灵"]
    assert done.stdout.splitlines() == [f"{cut} False", f"{cut} {cut}"]
