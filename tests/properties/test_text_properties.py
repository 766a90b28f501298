"""What holds for every text, however odd."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from listener.model import CaseState
from listener.text.clean import TEXT_LIMIT, TITLE_LIMIT, clean, excerpt
from listener.text.dates import DateReading, read_date_why
from listener.text.identifiers import email, order_number, phone, plate, vin
from listener.text.labels import label
from listener.text.markup import text_of
from listener.text.mask import mask, mask_name, mask_value
from listener.text.normalise import language, normalise
from listener.text.parts import KINDS, blank, own_words_end, parts
from tests.factories import NOW, ZONE, raw

# Any code point there is, lone surrogates too, and many of those that something here looks for
ODD = (
    "　 \t\n\r，。！…～（）［］＠＃＊@#*/:：-.·&<>\"'差退款這酒店"
    "e\u0301\u0323\u0344´¨㎡①ﾞｶᄀ\u1161\u200b\u202e\ufe0f👍🏻😡\ud800\x00"
)
TEXTS = st.text(
    st.one_of(st.sampled_from(ODD), st.characters(), st.sampled_from("0123456789aZ一三八〇京A")), max_size=60
)
PIECES = st.lists(
    st.sampled_from(
        [
            "13800138000",
            "138****8000",
            " ",
            "-",
            "6222 0212 3456 7890 123",
            "a***@b.co",
            "zs@b.co",
            "京A12345",
            "*",
            "**",
            "****",
            "1M8GDM9AXKP042788",
            "订单号：",
            "JD20231122",
            "一三八",
            "零零零",
            "+86",
            "12",
            "3456",
            "x",
            "差",
            "010-62345678",
            "@",
            "#",
            "/",
            "//@张三:",
            "https://t.cn/a",
            "来自 iPhone",
            "\n",
            "<div>",
            "</div>",
            '<div class="quote">',
            "&nbsp;",
            "，",
            "\u3000",
        ]
    ),
    max_size=8,
).map("".join)
ANY = st.one_of(TEXTS, PIECES)
CELLS = st.one_of(
    ANY,
    st.lists(
        st.sampled_from(
            [
                "1",
                "12",
                "2025",
                "0",
                "31",
                "99999",
                "-",
                "/",
                ":",
                ".",
                " ",
                "年",
                "月",
                "日",
                "点",
                "半",
                "前",
                "天",
                "小时",
                "分钟",
                "昨天",
                "上周",
                "周三",
                "下午",
                "晚",
                "十",
                "二",
                "个",
                "去年",
                "t",
                "z",
                "+0800",
                "oct",
                "tue,",
                "ago",
                "gmt",
                "民国",
                "今天",
                "秒",
            ]
        ),
        max_size=10,
    ).map("".join),
)


@given(ANY)
def test_normalise_is_done_once(text: str) -> None:
    form = normalise(text).text
    assert normalise(form).text == form
    assert normalise(text) == normalise(text)


@given(ANY)
def test_every_offset_lies_in_the_original(text: str) -> None:
    form = normalise(text)
    assert len(form.offsets) == len(form.ends) == len(form.text)
    assert list(form.offsets) == sorted(form.offsets)
    assert list(form.ends) == sorted(form.ends)
    for start, end in zip(form.offsets, form.ends, strict=True):
        assert 0 <= start < end <= len(text)
    assert form.span(0, len(form.text)) == ((form.offsets[0], form.ends[-1]) if form.text else (0, 0))


@given(st.text("刹车失灵退款這酒店abc123，。！", max_size=40))
def test_width_and_blanks_beside_marks_change_nothing(text: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    spaced = "".join(f" {sign}　" if sign in "，。！" else sign for sign in text)
    assert normalise(f"  {wide}\n").text == normalise(text).text == normalise(spaced).text


@given(ANY)
def test_no_control_character_and_no_run_is_left(text: str) -> None:
    form = normalise(text).text
    assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in form if sign != "\n")
    assert "  " not in form


@given(ANY)
def test_parts_lie_in_order_and_blanks_keep_the_length(text: str) -> None:
    found = parts(text)
    places = [place for part in found for place in (part.start, part.end)]
    assert places == sorted(places)
    assert all(part.start < part.end <= len(text) and part.kind in KINDS for part in found)
    assert len(blank(text)) == len(text)
    assert 0 <= own_words_end(text) <= len(text)
    assert language(text) in ("zh", "en", "mixed", "other", "none")


@given(ANY)
def test_a_mask_is_done_once_and_grows_little(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked
    assert len(masked) <= len(text) + 3 * masked.count("***")


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"), st.sampled_from(["", "电话", "：", "**", " ", "(", "vx", "a=", "\n"]))
def test_no_phone_is_left_in_a_masked_text(number: str, before: str) -> None:
    masked = mask(f"{before}{number}，急")
    assert number not in masked
    assert masked.startswith(before)
    assert masked.endswith("，急")


@given(st.text(st.sampled_from("刹车失灵没人管，。！ \nabcXYZ"), max_size=60))
def test_a_text_without_digits_and_at_signs_is_left_alone(text: str) -> None:
    assert mask(text) == text


@given(ANY, st.sampled_from(["phone", "email", "order", "vin", "plate", "name", "account", "id_number"]))
def test_a_masked_value_never_shows_the_whole(value: str, kind: str) -> None:
    assert mask_value(kind, mask_value(kind, value)) == mask_value(kind, value)
    assert mask_name(mask_name(value)) == mask_name(value)


@given(ANY)
def test_identifiers_are_none_or_their_own_normal_form(text: str) -> None:
    for normal in (phone, email, order_number, vin, plate):
        found = normal(text)
        assert found is None or normal(found) == found


@given(CELLS)
def test_a_date_is_never_far_ahead_and_never_raises(cell: str) -> None:
    found = read_date_why(cell, NOW, ZONE)
    if found.at is None:
        assert found == DateReading(None, "", found.reason)
        assert found.reason
    else:
        assert found.at.year >= 1990
        assert found.at <= NOW + timedelta(days=1)
        assert found.at.tzinfo is ZONE
        assert found.unit in ("second", "minute", "hour", "day", "week", "month", "year")


@given(st.datetimes(min_value=NOW.replace(tzinfo=None, year=1991), max_value=NOW.replace(tzinfo=None)))
def test_what_is_written_out_is_read_back(moment: object) -> None:
    at = moment.replace(microsecond=0, tzinfo=ZONE)  # type: ignore[attr-defined]
    for written in (
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"{at:%Y年%m月%d日 %H:%M:%S}",
        f"{at:%Y%m%d%H%M%S}",
        str(int(at.timestamp())),
    ):
        assert read_date_why(written, NOW, ZONE).at == at or at.fold == 1
    assert read_date_why(at.isoformat(), NOW, ZONE).at == at


@given(ANY, ANY)
def test_clean_never_raises_and_keeps_the_limits(content: str, title: str) -> None:
    for content_type in ("text/html", "text/plain"):
        made = clean(raw(content=content, title=title, content_type=content_type, author_name=title, url=content), 1)
        assert len(made.text) <= TEXT_LIMIT
        assert len(made.title) <= TITLE_LIMIT
        assert "\n" not in made.title + made.author_name
        again = clean(raw(content=made.text, title=made.title), 1)
        assert (again.text, again.title) == (made.text, made.title)
        assert "\x00" not in made.text + made.title + made.url
        (made.text + made.title + made.author_name + made.url).encode()


@given(st.text(max_size=80))
def test_markup_never_raises(markup: str) -> None:
    assert isinstance(text_of(f"<p>{markup}</p>"), str)


@given(ANY, st.integers(0, 40), st.integers(0, 60), st.integers(0, 20))
def test_an_excerpt_is_never_longer_and_holds_the_place(text: str, length: int, start: int, size: int) -> None:
    assert len(excerpt(text, length)) <= length
    assert len(excerpt(text, length, (start, start + size))) <= length


@given(st.integers(5, 40), st.integers(0, 99))
def test_an_excerpt_shows_what_it_is_about(length: int, place: int) -> None:
    text = "".join(chr(0x4E00 + each) for each in range(100))
    assert text[place] in excerpt(text, length, (place, place + 1))


@given(st.text(max_size=20))
def test_a_label_never_fails(code: str) -> None:
    assert isinstance(label(code), str)
    assert label(CaseState.NEW, code) == "待受理" or code == "en"
