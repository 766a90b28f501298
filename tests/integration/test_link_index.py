"""The index of linking stays in step with the records: cards, keys, and what mentions asked by; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.store import captures, link_index
from listener.store.link_tables import LinkAskedRow, LinkCardRow, LinkKeyRow, LinkPendingRow
from listener.store.tables import CustomerRow, FactRow, IdentityLinkRow
from tests.factories import raw
from tests.installations import bare, bring_in

HEADINGS = ("客户编号", "姓名", "手机号", "地区", "车型", "经销商", "订单号", "购买日期", "客户类型")
CHEN = ("K1", "陈思远", "13800138001", "杭州", "白露", "城西店", "SY26103301", "2025-11-02", "consumer")
LINA = ("K2", "李娜", "13800138002", "成都", "霜降", "高新店", "SY26103302", "", "business")
PEOPLE = '[[people]]\nname = "李隐私"\nmail = "li@maker.example"\nrole = "privacy"\n'
SAID = "我的订单号 SY26103301，白露刹车异响，客服不理，要求退款！"


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    with bare(tmp_path, database_url, people=PEOPLE) as made:
        yield made


def load(listener: Listener, folder: Path, *rows: tuple[str, ...]) -> None:
    bring_in(listener, folder, HEADINGS, *rows)


def in_step(listener: Listener) -> int:
    """How many cards there are, each saying what the customer's row says."""
    with listener.database.read() as session:
        rows = {row.id: row for row in session.exec(select(CustomerRow))}
        cards = session.exec(select(LinkCardRow)).all()
        for card in cards:
            row = rows[card.customer_id]
            told = ("party", "region", "product", "dealer", "do_not_link")
            assert [getattr(card, name) for name in told] == [getattr(row, name) for name in told]
            assert card.since == (None if row.since is None else int(row.since.timestamp()))
        assert {key.customer_id for key in session.exec(select(LinkKeyRow))} == set(rows)
        return len(cards)


def test_cards_follow_imports_marks_and_erasing(listener: Listener, tmp_path: Path) -> None:
    load(listener, tmp_path, CHEN, LINA)
    assert in_step(listener) == 2
    load(listener, tmp_path, (*CHEN[:3], "上海", "青禾", "浦东店", CHEN[6], "2024-01-03", "business"), LINA)
    assert in_step(listener) == 2
    listener.set_do_not_link("K2", True, "李隐私")
    assert in_step(listener) == 2
    listener.set_do_not_link("K2", False, "李隐私")
    assert in_step(listener) == 2
    listener.erase_customer("K1", "李隐私")
    assert in_step(listener) == 1


def test_nobody_is_found_who_must_not_be_linked(listener: Listener, tmp_path: Path) -> None:
    load(listener, tmp_path, CHEN)
    listener.set_do_not_link("K1", True, "李隐私")
    with listener.database.write() as session:
        captures.save(session, [raw("1", content=SAID, author_id="7", thread_id="")], alert=True)
    listener.process()
    with listener.database.read() as session:
        assert session.exec(select(IdentityLinkRow)).all() == []


def test_an_index_of_another_version_is_made_anew_and_mentions_ask_again(listener: Listener, tmp_path: Path) -> None:
    load(listener, tmp_path, LINA)
    with listener.database.write() as session:
        captures.save(session, [raw("1", content=SAID, author_id="7", thread_id="")], alert=True)
    listener.process()
    with listener.database.write() as session:
        keys = sorted((key.digest, key.customer_id) for key in session.exec(select(LinkKeyRow)))
        asked = sorted((key.digest, key.mention_id) for key in session.exec(select(LinkAskedRow)))
        fact = session.get(FactRow, link_index.FACT)
        assert fact is not None and keys and asked
        fact.value = "1:of another version"
    with listener.database.write() as session:
        assert link_index.ensure(session, listener.vault) == 1
        assert session.exec(select(LinkAskedRow)).all() == []
        assert len(session.exec(select(LinkPendingRow)).all()) == 1
    with listener.database.write() as session:
        assert link_index.ensure(session, listener.vault) == 0
    listener.process()
    with listener.database.read() as session:
        assert keys == sorted((key.digest, key.customer_id) for key in session.exec(select(LinkKeyRow)))
        assert asked == sorted((key.digest, key.mention_id) for key in session.exec(select(LinkAskedRow)))
    assert in_step(listener) == 1
    load(listener, tmp_path, CHEN)  # whom the mention asked for comes later, and is found for it
    listener.process()
    assert [row["customer"] for row in listener.link_facts("zh", 9)] == ["K1"]
