"""Reads for reports and exports, on both databases: every mention once, joined, in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from listener.model import Outcome, Sentiment, Severity, Tier, Word
from listener.model.reported import Figures, MentionFact
from listener.store import facts
from listener.store.engine import Database
from listener.store.facts import Window
from listener.store.tables import IdentityLinkRow
from tests.factories import mention as mention_of
from tests.report_samples import DAY, END, HOUR, START, Writer, fill

WINDOW = Window(START, END)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def read(database: Database, window: Window = WINDOW, page: int = facts.PAGE) -> list[MentionFact]:
    with facts.snapshot(database) as session:
        return list(facts.mentions(session, window, page))


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


def test_the_window_is_half_open_and_newest_come_first(filled: Database) -> None:
    assert [fact.native_id for fact in read(filled)] == ["n9", "n8", "n7", "n6", "n5", "n4", "n3", "n2", "n1"]
    assert [fact.native_id for fact in read(filled, Window())][::10] == ["n10", "n11"]


def test_a_mention_comes_with_all_that_was_found_out(filled: Database) -> None:
    found = read(filled)[-1]
    assert (found.sentiment, found.tier, found.severity) == (Sentiment.NEGATIVE, Tier.YES, Severity.S1)
    assert found.score == pytest.approx(0.05 - 0.8)
    assert found.problems == ("car.brake", "core.no_reply")
    assert found.products == ("晨曜X5",)
    assert found.topics == ("晨曜",)
    assert found.words[0] == Word("刹车失灵", -2.1, 8, 12)
    assert found.customer == "C-1001"
    assert (found.case_id is not None, found.joined_as, found.repost) == (True, "opener", False)


def test_a_repost_names_its_original(filled: Database) -> None:
    repost = read(filled)[-2]
    assert (repost.duplicate_of, repost.repost) == ("n1", True)


def test_a_mention_without_a_time_goes_by_its_capture(filled: Database) -> None:
    found = next(fact for fact in read(filled) if fact.native_id == "n8")
    assert (found.published_at, found.happened_at) == (None, START + 4 * DAY + HOUR)


@pytest.mark.parametrize("page", [1, 2, 3, 9, 10])
def test_pages_of_any_size_give_every_mention_once(filled: Database, page: int) -> None:
    assert read(filled, page=page) == read(filled)


def test_many_mentions_of_one_second_are_not_lost_between_pages(database: Database) -> None:
    writer = Writer(database)
    made = {writer.mention(START) for _ in range(7)}
    assert {fact.id for fact in read(database, page=2)} == made
    assert len(read(database, page=2)) == 7


def test_no_statement_a_mention(filled: Database) -> None:
    with counted(filled) as statements:
        read(filled, page=100)
    assert len(statements) == 3


def test_only_a_positive_link_counts_and_the_surest_wins(database: Database) -> None:
    writer = Writer(database)
    first, second, third = (writer.customer(f"C-{n}") for n in range(3))
    said = writer.mention(START, customer=first)
    with database.write() as session:
        for customer, judgement, score in ((second, "positive", 0.999), (third, "negative", 1.0)):
            session.add(
                IdentityLinkRow(
                    mention_id=said, customer_id=customer, judgement=judgement, score=score, decided_at=START
                )
            )
    assert [fact.customer for fact in read(database)] == ["C-1"]


def test_totals_by_the_database_are_the_same_as_counted_one_by_one(filled: Database) -> None:
    with facts.snapshot(filled) as session:
        assert facts.totals(session, WINDOW) == Figures(9, 2, 4, 3, 2, 2, 1)
        assert facts.totals(session, Window(START - 7 * DAY, START)) == Figures(volume=1, negative=1)


def test_cases_of_a_window_are_those_of_which_something_was_said_in_it(filled: Database) -> None:
    writer = Writer(filled)
    writer.number = 100
    silent = writer.case()
    with facts.snapshot(filled) as session:
        inside = list(facts.cases(session, WINDOW))
        assert [case.mentions for case in inside] == [2, 1]
        assert [case.customer for case in inside] == ["C-1001", ""]
        assert silent in [case.id for case in facts.cases(session)]


def test_cases_are_paged(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "PAGE", 2)
    writer = Writer(database)
    made = [writer.case() for _ in range(5)]
    with facts.snapshot(database) as session:
        assert [case.id for case in facts.cases(session)] == made


def test_deliveries_come_without_their_bytes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "PAGE", 2)
    writer = Writer(database)
    for hour in range(5):
        writer.delivery(created_at=START + hour * HOUR, content=b"mail")
    with counted(database) as statements, facts.snapshot(database) as session:
        assert len(list(facts.deliveries(session))) == 5
        assert len(list(facts.deliveries(session, Window(START + HOUR, START + 3 * HOUR)))) == 2
    assert not any("content" in statement for statement in statements)


def test_crawls_of_a_window_come_with_the_last_one_before_it(filled: Database) -> None:
    with facts.snapshot(filled) as session:
        found = [crawl for crawl in facts.crawls(session, WINDOW) if crawl.source == "news"]
    assert [crawl.ended_at for crawl in found[:2]] == [START - 6 * HOUR, START]
    assert found[-1].outcome is Outcome.BLOCKED
    assert len(found) == 1 + 28


def test_sources_know_their_first_crawl_and_their_outage(filled: Database) -> None:
    with facts.snapshot(filled) as session:
        found = facts.sources(session)
    assert set(found) == {"owners-forum", "news", "reviews"}
    assert found["news"].bad_since == START + 4 * DAY + 6 * HOUR
    assert found["news"].last_good_at == START + 4 * DAY
    assert found["owners-forum"].bad_since is None


def test_a_snapshot_does_not_see_what_is_written_meanwhile(filled: Database) -> None:
    with facts.snapshot(filled) as session:
        before = facts.totals(session, WINDOW)
        writer = Writer(filled)
        writer.number = 100
        writer.mention(START + HOUR)
        assert facts.totals(session, WINDOW) == before
        assert len(list(facts.mentions(session, WINDOW))) == before.volume
    assert len(read(filled)) == before.volume + 1


def test_full_text_is_the_string_that_offsets_count_in() -> None:
    for title, text in (("标题", "正文"), ("标题", "标题，正文"), ("标题", ""), ("", "正文")):
        said = mention_of(title=title, text=text)
        fact = MentionFact(
            id=1, source="s", platform="p", native_id="1", url="", title=title, text=text, captured_at=START,
            happened_at=START,
        )  # fmt: skip
        assert fact.full_text == said.full_text
