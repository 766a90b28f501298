"""A source's past read in rounds: stopped, killed and resumed, beside normal crawls, and no storm of mails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from listener.bootstrap import Listener
from listener.crawls.backfill import Backfilling, read_since
from listener.errors import BadInput
from listener.loading import Environment
from listener.model import CrawlReport, Outcome
from listener.starter import Answers, write
from listener.store import backfills, crawls
from listener.store.engine import Database
from listener.store.tables import AlertRow, BackfillRow, CaseRow, CrawlRow, RawMentionRow
from tests.factories import NOW
from tests.forum_site import ForumSite, serving

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SINCE = NOW - 365 * DAY
SOURCE = 'name = "forum"\nplatform = "discuz"\nforums = [2]\nmax_pages = 1\nallow_private_addresses = true\n'


@pytest.fixture
def site() -> Iterator[ForumSite]:
    with serving(ForumSite()) as forum:
        for tid in range(1, 13):
            for number in range(6):
                text = (
                    f"我的晨曜刹车失灵第{tid * 37}次，客服{tid}天没人管，要求退款{tid * 100}元"
                    if number == 0
                    else "路过"
                )
                forum.say(tid, f"车主{tid}" if number == 0 else "路人", text, NOW - (30 - tid) * DAY + number * HOUR)
        yield forum


@pytest.fixture
def listener(site: ForumSite, tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    write(tmp_path, Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com"))
    source = f'{SOURCE}url = "{site.url}"\n'
    (tmp_path / "config" / "sources" / "forum.toml").write_text(source, encoding="utf-8")
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=sqlite_url))
    made.now = lambda: NOW  # type: ignore[method-assign]
    yield made
    made.database.close()


def work(listener: Listener) -> Backfilling:
    """A backfill in small rounds."""
    source = listener.settings.source("forum")
    return Backfilling(listener.database, listener.settings, source, lambda: NOW, requests=12)


def stored(listener: Listener) -> list[int]:
    with listener.database.read() as session:
        return sorted(int(one) for one in session.exec(select(RawMentionRow.native_id)))


def everything(site: ForumSite) -> list[int]:
    return sorted(said.pid for thread in site.threads.values() for said in thread)


def test_a_stopped_backfill_goes_on_beside_normal_crawls_and_raises_one_summary(
    site: ForumSite, listener: Listener
) -> None:
    assert listener.crawl("forum").outcome is Outcome.OK  # capped at one page of lists
    with listener.database.read() as session:
        before = crawls.state_of(session, "forum")
    rounds: list[backfills.Backfill] = []
    first = work(listener)
    first.progress = rounds.append
    stopped = first.run(SINCE, stop=lambda: len(rounds) >= 2)
    assert (stopped.rounds, stopped.done_at, stopped.is_running) == (2, None, True)
    assert stopped.left > 0
    assert not rounds[0].done_at
    ended = work(listener).run(SINCE)
    assert ended.rounds >= 3
    assert ended.done_at is not None
    assert stored(listener) == everything(site)
    assert ended.oldest_at == min(said.at for thread in site.threads.values() for said in thread)
    with listener.database.read() as session:
        assert crawls.state_of(session, "forum") == before
        assert len(session.exec(select(CrawlRow)).all()) == 1
    listener.process()
    with listener.database.read() as session:
        assert len(session.exec(select(CaseRow)).all()) == 12
        assert [row.kind for row in session.exec(select(AlertRow))] == ["backlog_summary"]


def test_no_summary_comes_while_a_backfill_runs(listener: Listener) -> None:
    backfill = work(listener)
    backfill.progress = lambda _: listener.process() and None  # the daemon works beside it
    backfill.run(SINCE)
    with listener.database.read() as session:
        assert session.exec(select(AlertRow)).all() == []
    listener.process()
    listener.process()
    with listener.database.read() as session:
        assert len(session.exec(select(AlertRow)).all()) == 1


KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from listener.crawls.backfill import Backfilling
from listener.bootstrap import Listener
from listener.loading import Environment
folder, url, since, now = sys.argv[1:]
made = Listener.from_folder(Path(folder), environment=Environment(database_url=url))
source = made.settings.source("forum")
clock = lambda: datetime.fromisoformat(now)
Backfilling(made.database, made.settings, source, clock, lambda each: print(each.rounds, flush=True), 12).run(
    datetime.fromisoformat(since))
"""


def test_a_killed_backfill_goes_on_where_it_was(site: ForumSite, listener: Listener, sqlite_url: str) -> None:
    program = [sys.executable, "-c", KILLED, str(listener.settings.config_dir), sqlite_url, str(SINCE), str(NOW)]
    child = subprocess.Popen(program, stdout=subprocess.PIPE, env=dict(os.environ))
    assert child.stdout is not None
    assert [child.stdout.readline() for _ in range(2)] == [b"1\n", b"2\n"]
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    read = set(site.opened()[:10])  # what the first rounds had read
    ended = work(listener).run(SINCE)
    assert ended.done_at is not None
    assert ended.rounds >= 3
    assert stored(listener) == everything(site)
    assert not read & set(site.opened())


def test_a_forum_that_refuses_ends_it_for_now(site: ForumSite, listener: Listener) -> None:
    site.lists_answer = 403
    refused = work(listener).run(SINCE)
    assert (refused.outcome, refused.done_at, refused.rounds) == (Outcome.BLOCKED, None, 1)
    site.lists_answer = 200
    assert work(listener).run(SINCE).done_at is not None
    assert stored(listener) == everything(site)


def report(outcome: Outcome = Outcome.OK, left: int = 0) -> CrawlReport:
    state = {"left": [{"url": str(n)} for n in range(left)]}
    return CrawlReport(
        source="s", outcome=outcome, detail="", started_at=NOW, ended_at=NOW, found=5, new=3, state=state
    )


def test_the_store_keeps_how_far_it_came(database: Database) -> None:
    lease = timedelta(minutes=5)
    with database.write() as session:
        backfills.begin(session, "s", SINCE, NOW, lease, "elsewhere:1:2")
        one = backfills.keep(session, report(left=2), NOW - DAY, NOW, lease)
        two = backfills.keep(session, report(left=1), NOW - HOUR, NOW, lease)
    assert (one.left, two.left, two.found, two.new, two.oldest_at) == (2, 1, 10, 6, NOW - DAY)
    with database.read() as session:
        assert backfills.running(session, NOW)
        assert not backfills.running(session, NOW + HOUR)
    with pytest.raises(BadInput), database.write() as session:
        backfills.begin(session, "s", SINCE, NOW, lease, "here:1:1")
    with database.write() as session:
        backfills.release(session, "s", "elsewhere:1:2")
        resumed = backfills.begin(session, "s", SINCE, NOW, lease, "here:1:1")
        assert (resumed.rounds, resumed.left) == (2, 1)
        bad = backfills.keep(session, report(Outcome.BLOCKED), None, NOW, lease)
        assert (bad.done_at, dict(bad.state)) == (None, {})
        assert backfills.keep(session, report(), None, NOW, lease).done_at == NOW
        backfills.release(session, "s", "here:1:1")
        assert backfills.begin(session, "s", SINCE, NOW, lease, "here:1:1").rounds == 0  # a finished one begins anew
    with database.read() as session:
        assert session.exec(select(BackfillRow.owner).order_by(col(BackfillRow.source))).all() == ["here:1:1"]


@pytest.mark.parametrize("text", ["yesterday", "2999-01-01", "", "2026-13-01"])
def test_what_is_no_day_of_the_past_is_refused(listener: Listener, text: str) -> None:
    with pytest.raises(BadInput, match="--since"):
        read_since(text, listener.settings, NOW)
