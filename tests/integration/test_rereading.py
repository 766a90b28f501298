"""Known threads and the mentions behind open cases, read again by the crawls of a whole installation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.starter import Answers, write
from listener.store.tables import AlertRow, CaseEventRow, CaseRow, DeliveryRow, MentionCheckRow, MentionRow, ThreadRow
from tests.factories import NOW
from tests.forum_site import ForumSite, serving

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOURCE = 'name = "forum"\nplatform = "discuz"\nurl = "{url}"\nforums = [2]\nevery = "30m"\ntimeout = "20s"\n'
COMPLAINT = "我的晨曜上周高速上刹车突然失灵，4S店检测说没有故障码，到现在没人管，我要求退车并赔偿"


class World:
    """A forum, an installation that crawls it, and a clock that a test sets."""

    def __init__(self, site: ForumSite, folder: Path, url: str) -> None:
        self.site, self.at = site, NOW
        write(folder, Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com"))
        more = SOURCE.format(url=site.url) + "allow_private_addresses = true\n"
        (folder / "config" / "sources" / "forum.toml").write_text(more, encoding="utf-8")
        main = folder / "config" / "listener.toml"
        main.write_text('company_accounts = ["discuz:晨曜客服"]\n' + main.read_text(encoding="utf-8"), encoding="utf-8")
        self.listener = Listener.from_folder(folder / "config", environment=Environment(database_url=url))
        self.listener.now = lambda: self.at  # type: ignore[method-assign]

    def crawl(self, later: timedelta = timedelta()) -> str:
        """A crawl so much later, and the work that follows; its outcome."""
        self.at += later
        report = self.listener.crawl("forum")
        self.listener.process()
        return report.outcome.value

    def events(self) -> list[tuple[str, str, str]]:
        """What happened to the case beyond its opening."""
        with self.listener.database.read() as session:
            rows = session.exec(select(CaseEventRow).order_by(CaseEventRow.id)).all()  # type: ignore[arg-type]
        return [(row.action, row.old, row.new) for row in rows if row.action not in ("opened", "joined")]

    def gone(self) -> list[datetime | None]:
        with self.listener.database.read() as session:
            return list(session.exec(select(MentionCheckRow.gone_at)))


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    with serving(ForumSite()) as site:
        made = World(site, tmp_path, sqlite_url)
        yield made
        made.listener.database.close()


@pytest.fixture
def case(world: World) -> int:
    """A complaint became a case; its pid. Two threads about nothing stand beside it."""
    for tid in (1, 2):
        world.site.say(tid, f"路人{tid}", "今天天气不错", NOW - 2 * HOUR)
    pid = world.site.say(9, "车主老王", COMPLAINT, NOW - HOUR)
    assert world.crawl() == "ok"
    with world.listener.database.read() as session:
        assert session.exec(select(CaseRow.severity)).one() == "S1"
    return pid


def test_an_edit_is_an_event_an_alert_and_both_texts_are_kept(world: World, case: int) -> None:
    world.site.edit(case, COMPLAINT + "。电话13812345678")
    world.crawl(2 * HOUR)
    ((what, old, new),) = world.events()
    assert (what, "刹车突然失灵" in old, "138****5678" in new) == ("edited", True, True)
    page = world.listener.case_facts(1, "zh")
    assert "13812345678" not in str(page)
    assert any(event["action"] in ("edited", "原文被修改") for event in page["events"])
    with world.listener.database.read() as session:
        told = [alert for alert in session.exec(select(AlertRow)) if (alert.facts or {}).get("change")]
        assert [(alert.kind, alert.case_id, alert.digest) for alert in told] == [("case_updated", 1, False)]
        deliveries = session.exec(select(DeliveryRow.key)).all()
        assert sum("edited" in key for key in deliveries) == 1
        assert "13812345678" in session.exec(select(MentionRow.text).where(MentionRow.native_id == str(case))).one()
    world.site.edit(case, COMPLAINT)
    world.crawl(3 * HOUR)
    assert [what for what, _, _ in world.events()] == ["edited", "edited"]  # what it once said, it says again
    world.crawl(3 * HOUR)
    assert len(world.events()) == 2


def test_what_is_deleted_counts_after_a_second_look_and_comes_back(world: World, case: int) -> None:
    world.site.say(9, "路人", "顶一下", NOW - HOUR)
    kept = world.site.delete(case)
    world.crawl(2 * HOUR)
    assert (world.events(), world.gone()) == ([], [None])
    world.crawl(2 * HOUR)
    assert [what for what, _, _ in world.events()] == ["deleted"]
    facts = world.listener.case_facts(1, "zh")
    assert facts["mentions"][0]["gone_at"]
    assert "刹车" in facts["mentions"][0]["text"]
    world.crawl(12 * HOUR)
    assert len(world.events()) == 1
    world.site.threads[9].insert(0, kept)
    world.crawl(3 * DAY)
    assert [what for what, _, _ in world.events()] == ["deleted", "reappeared"]
    assert world.gone() == [None]


@pytest.mark.parametrize("trouble", ["503", "lost"])
def test_nothing_counts_as_deleted_while_the_forum_is_in_trouble(world: World, case: int, trouble: str) -> None:
    site = world.site
    for tid in (21, 22, 23):
        site.say(tid, f"车主{tid}", f"{COMPLAINT}，这是第{tid * 37}次了，{tid}万公里", NOW - HOUR)
    world.crawl(HOUR)
    if trouble == "lost":
        lost, site.threads = site.threads, {}  # lists answer, every thread is 404
    site.lists_answer = 503 if trouble == "503" else 200
    for _ in range(2):
        world.crawl(3 * HOUR)
    assert world.events() == []
    assert set(world.gone()) == {None}
    if trouble == "lost":
        site.threads = lost
    site.lists_answer = 200
    assert world.crawl(3 * DAY) in ("ok", "empty")
    assert world.events() == []


def test_the_companys_own_answer_is_seen_and_is_no_complaint(world: World, case: int) -> None:
    world.site.say(9, "晨曜客服", "非常抱歉，刹车失灵的问题我们已安排专人联系您退车", NOW + HOUR)
    world.crawl(2 * HOUR)
    world.crawl(2 * HOUR)
    assert [what for what, _, _ in world.events()] == ["company_replied"]
    with world.listener.database.read() as session:
        assert len(session.exec(select(CaseRow)).all()) == 1
        told = [alert for alert in session.exec(select(AlertRow)) if (alert.facts or {}).get("change")]
        assert [alert.digest for alert in told] == [True]


def test_a_thread_that_no_list_shows_any_more_is_opened_by_its_schedule(world: World, case: int) -> None:
    world.crawl(2 * HOUR)
    fresh = world.site.say(1, "车主小李", "我的晨曜刹车也失灵了，投诉没人管", NOW - DAY)  # the list hides it
    world.crawl(2 * HOUR)
    with world.listener.database.read() as session:
        found = session.exec(select(MentionRow.native_id)).all()
        thread = session.exec(select(ThreadRow).where(ThreadRow.thread_id == "1")).one()
    assert str(fresh) in found
    assert thread.visited_at == world.at
    assert thread.next_at is not None
    assert thread.next_at > world.at
