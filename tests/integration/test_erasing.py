"""Erasing somebody: no byte of their values stays in the database, its log, the outbox, reports and exports."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, text
from sqlmodel import select

from listener.bootstrap import Listener
from listener.crm.erasing import Erased
from listener.errors import BadInput
from listener.keeping import nightly
from listener.loading import Environment
from listener.store import captures, residue
from listener.store.spellings import Wanted, strike, texts_of
from listener.store.tables import AuditRow, CaseRow, DeliveryRow, MentionRow, RawMentionRow
from tests.factories import HOUR, NOW, raw
from tests.installations import installed

VALUES = (
    "13800138001",
    "xue@example.com",
    "L0YBA5C23SH439563",
    "SY2403010001",
    "欧阳雪婷",
    "浙AD10236",
    "文三路 99 号院 6 幢",
)
SPELLED = (
    "138 0013 8001",
    "138-0013-8001",
    "１３８００１３８００１",
    "+86 13800138001",
    "XUE@example.com",
    "浙A·D10236",
)
TABLE = """客户编号,姓名,手机号,邮箱,平台账号,车牌号,地区,产品,详细地址,成为客户时间
K1,欧阳雪婷,13800138001,xue@example.com,discuz:55,浙A·D10236,浙江杭州,晨曜S7,文三路 99 号院 6 幢,2024-03-01
K2,王建国,13900139000,,,,浙江杭州,,,
"""
DEALINGS = """客户编号,类型,时间,订单号,车架号,内容
K1,购买,2024-03-01,SY2403010001,L0YBA5C23SH439563,欧阳雪婷 本人提车
"""
OTHERS = "听说晨曜售后推脱，网友{1}的电话 {0}，大家帮帮她"
PEOPLE = """
[[people]]
name = "李隐私"
mail = "li@example.com"
role = "privacy"
[[people]]
name = "小周"
mail = "zhou@example.com"
role = "agent"
"""


def made(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    with installed(tmp_path, database_url, people=PEOPLE) as listener:
        yield listener


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    """An installation, once on each kind of database."""
    yield from made(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    """An installation, where the database does not matter."""
    yield from made(tmp_path, sqlite_url)


def said(listener: Listener, native_id: str, content: str, **facts: object) -> None:
    with listener.database.write() as session:
        captures.save(session, [raw(native_id, content=content, published_at=NOW - HOUR, **facts)])


def lived_in(listener: Listener) -> Listener:
    """An installation in which K1 complained, was answered, and is spoken of by others."""
    home = listener.settings.home
    for name, content in {"c.csv": TABLE, "d.csv": DEALINGS}.items():
        (home / name).write_text(content, encoding="utf-8")
    listener.import_customers(home / "c.csv", {})
    listener.import_interactions(home / "d.csv", {})
    mine = {"author_id": "55", "author_name": "雪婷的车"}
    said(listener, "1", "晨曜S7刹车失灵，我叫欧阳雪婷，电话 138 0013 8001，车牌浙A·D10236", **mine)
    said(listener, "2", OTHERS.format("１３８００１３８００１", "欧阳雪婷"), author_id="66")
    said(listener, "3", "晨曜S7很好，王建国推荐", author_id="77")
    listener.process()
    listener.deliver()  # nobody listens: what could not be sent is stored, rendered
    with listener.database.write() as session:
        case = session.exec(select(CaseRow).where(CaseRow.customer_id == 1)).one()
        case.remedy = "已致电欧阳雪婷 13800138001，同意换车 L0YBA5C23SH439563"
        session.add(AuditRow(at=NOW, person="小周", action="show customer", subject="K1", note="xue@example.com"))
    listener.report(NOW - timedelta(days=2), NOW + HOUR, home / "var" / "reports" / "x", "zh")
    kept = home / "var" / "exports"
    kept.mkdir(parents=True)
    (kept / "a.json").write_text(json.dumps({"姓名": "欧阳雪婷", "tel": "13800138001"}), encoding="utf-8")
    (kept / "b.csv").write_text("王建国,13900139000\n欧阳雪婷,138 0013 8001\n", encoding="gb18030")
    return listener


def bytes_of(listener: Listener) -> bytes:
    """All that lies below var/ and in the database's files, mails unpacked."""
    url = make_url(listener.database.url)
    files = [path for path in (listener.settings.home / "var").rglob("*") if path.is_file()]
    if listener.database.is_sqlite:
        files += residue.files(Path(url.database or ""))
    content = b"\n".join(path.read_bytes() for path in set(files))
    with listener.database.read() as session:
        mails = [row.content for row in session.exec(select(DeliveryRow)) if row.content]
    return content + "\n".join(part for mail in mails for part in texts_of(mail)).encode()


def left(listener: Listener) -> list[str]:
    content = bytes_of(listener)
    escaped = [json.dumps(value)[1:-1] for value in (*VALUES, *SPELLED)]
    return [value for value in (*VALUES, *SPELLED, *escaped) if value.encode() in content or
            value.encode("gb18030") in content]  # fmt: skip


def test_no_byte_of_the_values_stays_anywhere(listener: Listener) -> None:
    lived_in(listener)
    assert "欧阳雪婷" in left(listener)
    found = listener.erase_customer("K1", "李隐私")
    assert (found.complete, found.after) == (True, {}), found
    assert found.before["mention.text"] == 2 and found.before["raw_mention.content"] == 2
    assert found.before["delivery.content"] >= 1 and found.before["complaint_case.remedy"] == 1
    assert left(listener) == []
    assert sorted(Path(path).name for path in found.files_changed)[:2] == ["a.json", "b.csv"]
    if listener.database.is_sqlite:
        assert (found.left_in_bytes, found.truncated) == (0, True)
        with closing(sqlite3.connect(make_url(listener.database.url).database or "")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_copies_that_still_hold_the_values_are_named_wherever_they_are_kept(on_sqlite: Listener) -> None:
    lived_in(on_sqlite)
    home, url, other = on_sqlite.settings.home, on_sqlite.settings.database_url, "another disk"
    file = home / "config" / "listener.toml"
    asked = file.read_text(encoding="utf-8").replace("keep = 7", f'folder = "{other}"\nkeep = 7')
    file.write_text(asked, encoding="utf-8")
    listener = Listener.from_folder(home / "config", environment=Environment(database_url=url, now=NOW))
    copies = [nightly(listener.database, folder, 7, NOW) for folder in (home / "var/backups", home / other)]
    found = listener.erase_customer("K1", "李隐私")
    assert sorted(found.backups) == sorted(map(str, copies)) and found.complete
    listener.database.close()


def test_what_is_the_companys_and_others_stays(on_sqlite: Listener) -> None:
    listener = on_sqlite
    lived_in(listener)
    listener.erase_customer("K1", "李隐私")
    assert listener.customer_facts("K2", "zh", unmask=False, person="")["name"] == "王**"
    assert "13900139000" in (listener.settings.home / "var/exports/b.csv").read_bytes().decode("gb18030")
    with listener.database.read() as session:
        texts = {row.native_id: row.text for row in session.exec(select(MentionRow))}
        case = session.get(CaseRow, 1)
        subjects = {row.subject for row in session.exec(select(AuditRow))}
    assert texts["3"] == "晨曜S7很好，王建国推荐"
    assert texts["2"] == OTHERS.format("*" * 11, "*" * 4)
    assert case is not None and (case.customer_id, case.title) == (None, "（已按本人要求删除）")
    assert "K1" not in subjects and len(subjects) == 1
    with pytest.raises(BadInput, match="没有客户 K1"):
        listener.customer_facts("K1", "zh", unmask=False, person="")
    assert listener.replay(write=True).read == 2  # there is nothing left to understand of what was erased


def test_the_same_capture_and_the_same_customer_do_not_come_back(listener: Listener) -> None:
    lived_in(listener)
    listener.erase_customer("K1", "李隐私")
    said(
        listener,
        "1",
        "晨曜S7刹车失灵，我叫欧阳雪婷，电话 138 0013 8001，编辑过",
        author_id="55",
        author_name="雪婷的车",
    )
    again = listener.import_customers(listener.settings.home / "c.csv", {})
    assert (again["new"], again["rejected"]) == (0, 1)
    assert again["remarks"] == ["第 2 行：K1 已按本人要求删除，不再导入"]
    assert listener.process().mentions == 0
    listener.renew_index()
    said(listener, "1", "晨曜S7刹车失灵，我叫欧阳雪婷", author_id="55")
    assert listener.process().mentions == 0
    said(listener, "9", "晨曜S7又坏了，新的投诉", author_id="55")  # a new complaint is heard
    assert listener.process().mentions == 1


def test_mails_still_to_be_sent_are_made_anew_without_them(on_sqlite: Listener) -> None:
    listener = on_sqlite
    lived_in(listener)
    listener.erase_customer("K1", "李隐私")
    listener.settings = listener.settings  # the same installation goes on
    listener.deliver()
    assert left(listener) == []


def test_who_is_no_customer_can_be_erased_too_and_not_by_everybody(on_sqlite: Listener) -> None:
    listener = on_sqlite
    lived_in(listener)
    with pytest.raises(BadInput, match="无权删除"):
        listener.erase_customer("K1", "小周")
    with pytest.raises(BadInput, match="没有 discuz:404"):
        listener.erase_customer("", "李隐私", "discuz:404")
    found = listener.erase_customer("", "李隐私", "discuz:66")
    assert found.complete and found.done["mentions"] == 1
    with listener.database.read() as session:
        assert {row.author_id for row in session.exec(select(RawMentionRow))} == {"", "55", "77"}


def test_a_table_of_a_later_version_is_searched_too(listener: Listener) -> None:
    lived_in(listener)
    with listener.database.write() as session:
        session.execute(text("CREATE TABLE later (id INTEGER PRIMARY KEY, customer_id BIGINT NOT NULL, note TEXT, "
                             "FOREIGN KEY (customer_id) REFERENCES customer (id))"))  # fmt: skip
        session.execute(text("INSERT INTO later VALUES (1, 1, 'theirs'), (2, 2, '打给 13800138001')"))
    assert listener.erase_customer("K1", "李隐私").complete
    with listener.database.read() as session:
        assert [tuple(row) for row in session.execute(text("SELECT * FROM later"))] == [(2, 2, "打给 ***********")]


def test_a_reader_that_stays_is_told_and_nothing_is_claimed(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(residue, "WAIT", 0.05)
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        lived_in(listener)
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM mention").fetchone()
            found = listener.erase_customer("K1", "李隐私")
            assert (found.truncated, found.complete, found.after) == (False, False, {})
        with pytest.raises(BadInput):
            listener.erase_customer("K1", "李隐私")


NUMBERS = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
GAPS = st.lists(st.sampled_from(["", " ", "-", "  ", "·"]), min_size=10, max_size=10)
AROUND = st.text("，我的电话是打给她 abc", max_size=8)


@given(number=NUMBERS, gaps=GAPS, before=AROUND, behind=AROUND, wide=st.booleans(), own=st.booleans())
@settings(max_examples=60)
def test_a_number_is_struck_out_however_it_is_spelled(
    number: str, gaps: list[str], before: str, behind: str, wide: bool, own: bool
) -> None:
    spelled = number[0] + "".join(gap + digit for gap, digit in zip(gaps, number[1:], strict=True))
    if wide:
        spelled = "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in spelled)
    pattern = Wanted((("phone", "+86" + number),)).pattern(own=own)
    struck = strike(before + spelled + behind, pattern)
    assert struck == before + "*" * len(spelled) + behind
    longer = f"{before}9{number}{behind}"
    assert strike(longer, pattern) == longer


def test_what_is_others_too_is_struck_out_of_their_own_records_only() -> None:
    wanted = Wanted(
        (("order", "12345"), ("address", "浙江省杭州市"), ("account", "discuz:7")), ("王伟",), ("匿名用户",)
    )
    text = "王伟和匿名用户在浙江省杭州市花了 12345 元，discuz:7 与 discuz:77"
    assert strike(text, wanted.pattern(own=False)) == text.replace("discuz:7 ", "******** ")
    assert strike(text, wanted.pattern(own=True)) == "**和****在******花了 ***** 元，******** 与 discuz:77"
    assert wanted.exact() == []


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("email", "xue@example.com", "邮箱xue@example.com，谢谢"), ("account", "weibo:77", "账号weibo:77的回复"),
        ("address", "文三路 99 号院", "住在文三路99号院的人"), ("plate", "浙AD10236", "车牌浙A·D10236的车"),
        ("vin", "L0YBA5C23SH439563", "车架号L0YBA5C23SH439563，"), ("phone", "+8657187654321", "电话0571-87654321转2"),
        ("phone", "+8613800138001", "打 0086 138 0013 8001 找我"), ("order", "SY2403010001", "订单SY-2403-010001到了"),
    ],
)  # fmt: skip
def test_a_value_is_found_amid_chinese_text(kind: str, value: str, text: str) -> None:
    struck = strike(text, Wanted(((kind, value),)).pattern(own=False))
    assert len(struck) == len(text) and "****" in struck
    assert not any(part in struck for part in (value, value[-4:]))


TEXTS = st.text(max_size=30)


@given(text_=TEXTS, values=st.lists(st.tuples(st.sampled_from(["order", "email", "plate", "account"]),
                                              st.text("AB12@.浙:京", min_size=4, max_size=9)), max_size=4))  # fmt: skip
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_striking_out_keeps_every_offset_and_leaves_nothing(text_: str, values: list[tuple[str, str]]) -> None:
    pattern = Wanted(tuple(values)).pattern(own=True)
    struck = strike(text_, pattern)
    assert len(struck) == len(text_)
    assert strike(struck, pattern) == struck


def test_the_report_of_an_erasure_is_complete_only_where_nothing_is_left() -> None:
    assert Erased("x").complete
    for left_over in ({"after": {"a": 1}}, {"files_left": ["f"]}, {"left_in_bytes": 1}, {"truncated": False}):
        assert not Erased("x", **left_over).complete  # type: ignore[arg-type]
