"""The store: exactly once, edits, races, and no query for each mention. On SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from listener.cases.joining import Terms, decide
from listener.cases.matters import FoundCases, keys
from listener.errors import Retry
from listener.model import (
    CaseState,
    DedupeDecision,
    Evidence,
    IdentityKey,
    IdentityLink,
    Judgement,
    Outcome,
    Processed,
    Severity,
    TopicMatch,
)
from listener.store import captures, cases, crawls, mentions
from listener.store.engine import Database
from listener.store.tables import (
    AnalysisRow,
    CaseEventRow,
    CaseMentionRow,
    CaseRow,
    CustomerRow,
    IdentityLinkRow,
    MentionRow,
    PendingCaptureRow,
    RawMentionRow,
    TopicMatchRow,
)
from tests.factories import NOW, claim, complaint, key, mention, processed, raw


def save(database: Database, *made: object, **how: bool) -> int:
    with database.write() as session:
        return captures.save(session, list(made), **how)  # type: ignore[arg-type]


def test_the_same_capture_twice_is_kept_once(database: Database) -> None:
    assert save(database, raw("1"), raw("2"), raw("1")) == 2
    assert save(database, raw("1"), raw("2")) == 0
    with database.read() as session:
        assert [found.raw.native_id for found in captures.pending(session, 10)] == ["1", "2"]


def test_counts_that_move_are_no_new_capture_but_an_edit_is(database: Database) -> None:
    save(database, raw("1", metrics={"likes": 1}))
    assert save(database, raw("1", metrics={"likes": 99})) == 0
    assert save(database, raw("1", content="已经解决了")) == 1
    assert save(database, raw("1", fields={"status": "已回复"})) == 1


def test_a_capture_comes_back_as_it_was(database: Database) -> None:
    made = raw("1", title="标题 😡", metrics={"views": 3}, fields={"rating": "1"}, published_at=None)
    save(database, made)
    with database.read() as session:
        assert captures.pending(session, 1)[0].raw == made


@pytest.mark.parametrize("text", ["a\x00b", "half \ud83d emoji", "\x00"])
def test_text_that_a_database_would_refuse_is_kept(database: Database, text: str) -> None:
    assert save(database, raw("1", content=text, author_name=text)) == 1


def test_taking_twice_fails_the_second_time(database: Database) -> None:
    save(database, raw("1"), raw("2"))
    with database.write() as session:
        assert captures.take(session, [1, 2])
    with database.write() as session:
        assert not captures.take(session, [2])


def test_the_third_failure_sets_aside_and_blocks_nobody(database: Database) -> None:
    save(database, raw("1"), raw("2"))
    for _ in range(captures.MAX_TRIES):
        with database.write() as session:
            last = captures.record_failure(session, 1, "ValueError: broken", NOW)
    assert last
    with database.read() as session:
        assert [found.raw_id for found in captures.pending(session, 10)] == [2]
        assert captures.backlog(session) == (1, 1)
    with database.write() as session:
        assert captures.retry_set_aside(session) == 1
        assert captures.backlog(session) == (2, 0)


def test_asking_for_alerts_is_remembered(database: Database) -> None:
    save(database, raw("1"), alert=True)
    with database.read() as session:
        assert captures.pending(session, 1)[0].alert


def write(database: Database, *batch: Processed) -> dict[str, int]:
    with database.write() as session:
        ids = mentions.write(session, batch, NOW)
        return cases.write(session, batch, ids, NOW)


def opened(*numbers: str, found: FoundCases | None = None, severity: Severity = Severity.S2) -> list[Processed]:
    """Processed mentions whose complaints were decided together."""
    claims = [claim(n, mention=mention(n, int(n)), complaint=complaint(severity=severity)) for n in numbers]
    decisions = decide(claims, found or FoundCases(), {Severity.S2: Terms(NOW, NOW, NOW)})
    return [processed(n, int(n), case=decision) for n, decision in zip(numbers, decisions, strict=True)]


def test_a_batch_is_written_whole(database: Database) -> None:
    save(database, raw("1"), raw("2"))
    (number,) = write(database, *opened("1", "2")).values()
    with database.read() as session:
        assert [row.native_id for row in session.exec(select(MentionRow).order_by(col(MentionRow.id)))] == ["1", "2"]
        assert {row.sentiment for row in session.exec(select(AnalysisRow))} == {"negative"}
        assert [row.words for row in session.exec(select(TopicMatchRow))] == [[["晨曜", 0, 2]]] * 2
        case = session.exec(select(CaseRow)).one()
        assert (case.id, case.state, case.severity, case.first_contact_by) == (number, "new", "S2", NOW)
        joined = {row.joined_as for row in session.exec(select(CaseMentionRow))}
        assert joined == {"opener", "same_matter"}
        assert [row.action for row in session.exec(select(CaseEventRow))] == ["opened", "joined"]


def test_an_edited_mention_stays_one_and_keeps_its_case(database: Database) -> None:
    save(database, raw("1"), raw("1", content="更新：已经三天没人管"))
    write(database, *opened("1"))
    again = processed("1", case=opened("1")[0].case)
    edited = replace(again, mention=mention("1", 2, text="更新：已经三天没人管"), topics=(TopicMatch("乐家"),))
    edited = replace(edited, case=replace(edited.case, action="none"))
    write(database, edited)
    with database.read() as session:
        assert [row.text for row in session.exec(select(MentionRow))] == ["更新：已经三天没人管"]
        assert [row.topic for row in session.exec(select(TopicMatchRow))] == ["乐家"]
        assert len(session.exec(select(CaseMentionRow)).all()) == 1
        assert len(session.exec(select(RawMentionRow)).all()) == 2


def test_a_repost_points_at_its_original_in_the_batch_or_stored(database: Database) -> None:
    save(database, raw("1"), raw("2"), raw("3"))
    write(database, processed("1", 1), processed("2", 2, dedupe=DedupeDecision(key("1"), "相同", 1.0)))
    write(database, processed("3", 3, dedupe=DedupeDecision(key("1"), "相同", 1.0)))
    with database.read() as session:
        rows = session.exec(select(MentionRow).order_by(col(MentionRow.id))).all()
    assert [row.duplicate_of for row in rows] == [None, rows[0].id, rows[0].id]


def test_two_workers_that_open_one_case_meet_at_its_fingerprint(database: Database) -> None:
    save(database, raw("1"), raw("2"))
    write(database, *opened("1"))
    with pytest.raises(Retry):
        write(database, *opened("2"))
    with database.read() as session:
        assert [row.native_id for row in session.exec(select(MentionRow))] == ["1"]
        found = cases.found(session, keys([claim("2")]))
    write(database, *opened("2", found=found))
    with database.read() as session:
        assert {row.case_id for row in session.exec(select(CaseMentionRow))} == {1}


def test_joining_raises_severity_and_every_change_is_an_event(database: Database) -> None:
    save(database, raw("1"), raw("2"))
    write(database, *opened("1"))
    with database.read() as session:
        found = cases.found(session, keys([claim("2")]))
    write(database, *opened("2", found=found, severity=Severity.S1))
    with database.read() as session:
        assert session.exec(select(CaseRow)).one().severity == "S1"
        events = [(row.action, row.old, row.new) for row in session.exec(select(CaseEventRow))]
    assert events == [("opened", "", "new"), ("joined", "", "same_matter"), ("severity", "S2", "S1")]


def test_cases_are_found_by_mention_and_by_author_in_a_thread(database: Database) -> None:
    save(database, raw("1"))
    write(database, *opened("1"))
    later = claim("2", mention=mention("2", thread_id="t1"), dedupe=DedupeDecision(key("1")))
    with database.read() as session:
        found = cases.found(session, keys([later]))
    assert found.by_mention[key("1")].state is CaseState.NEW
    assert found.by_thread[("discuz", "forum.example", "t1", "7")].case_id == 1


def test_thread_topics_are_known_to_later_replies(database: Database) -> None:
    save(database, raw("1"))
    write(database, processed("1"))
    thread = ("discuz", "forum.example", "t1")
    with database.read() as session:
        assert mentions.thread_topics(session, [thread, ("x", "y", "z")]) == {thread: frozenset({"晨曜"})}


def test_links_and_identifiers_are_kept_with_their_evidence(database: Database) -> None:
    save(database, raw("1"))
    with database.write() as session:
        session.add(CustomerRow(external_id="C1", cipher=b"x", imported_at=NOW))
    link = IdentityLink(
        mention=key("1"),
        customer_id=1,
        judgement=Judgement.POSITIVE,
        score=0.99,
        evidence=(Evidence("phone", "138****1234", True),),
        reason="手机号唯一",
    )
    write(database, processed("1", links=(link,), keys=(IdentityKey("phone", "ab"),)))
    with database.read() as session:
        row = session.exec(select(IdentityLinkRow)).one()
    assert (row.judgement, row.evidence) == ("positive", [["phone", "138****1234", True]])


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def all_in_one(session: Session, size: int) -> None:
    """Save, look up, decide and write one batch of ``size`` mentions of as many authors."""
    numbers = [str(n) for n in range(1, size + 1)]
    captures.save(session, [raw(n, author_id=n) for n in numbers])
    waiting = captures.pending(session, size)
    captures.take(session, [found.raw_id for found in waiting])
    raw_ids = [found.raw_id for found in waiting]
    claims = [claim(n, mention=mention(n, id_, author_id=n)) for n, id_ in zip(numbers, raw_ids, strict=True)]
    found = cases.found(session, keys(claims))
    mentions.thread_topics(session, [("discuz", "forum.example", f"t{n}") for n in numbers])
    decisions = decide(claims, found, {Severity.S2: Terms(NOW, NOW, NOW)})
    batch = [
        processed(n, int(n), mention=c.mention, case=d) for n, c, d in zip(numbers, claims, decisions, strict=True)
    ]
    cases.write(session, batch, mentions.write(session, batch, NOW), NOW)


def test_a_large_batch_takes_as_many_statements_as_a_small_one(database_url: str) -> None:
    counts = []
    for size in (10, 200):
        database = Database(database_url)
        with counting(database) as seen, pytest.raises(ZeroDivisionError), database.write() as session:
            all_in_one(session, size)
            raise ZeroDivisionError  # roll back, so that the second size starts from nothing
        counts.append(len(seen))
        database.close()
    assert counts[0] == counts[1]


def test_a_source_remembers_its_state_and_since_when_it_is_blind(database: Database) -> None:
    from listener.model import CrawlReport

    def crawl(outcome: Outcome, minutes: int, new: int = 0) -> None:
        at = NOW + timedelta(minutes=minutes)
        made = CrawlReport(
            source="s", outcome=outcome, detail="", started_at=at, ended_at=at, new=new, state={"etag": str(minutes)}
        )
        with database.write() as session:
            crawls.save_report(session, made)

    for outcome, minutes in ((Outcome.OK, 0), (Outcome.BLOCKED, 10), (Outcome.UNREACHABLE, 20)):
        crawl(outcome, minutes, new=3)
    with database.read() as session:
        state = crawls.state_of(session, "s")
        assert crawls.new_since(session, "s", NOW + timedelta(minutes=5)) == (6, NOW)
    assert (state.outcome, state.state) == (Outcome.UNREACHABLE, {"etag": "20"})
    assert (state.bad_since, state.last_good_at) == (NOW + timedelta(minutes=10), NOW)
    crawl(Outcome.EMPTY, 30)
    with database.read() as session:
        assert crawls.states(session)["s"].bad_since is None
    with database.read() as session:
        assert session.exec(select(PendingCaptureRow)).all() == []
