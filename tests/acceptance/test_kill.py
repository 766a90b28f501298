"""kill -9 of the daemon at any moment: no mention lost, no row twice, no mail lost (a repeat keeps its Message-ID)."""

from __future__ import annotations

import email
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from listener.bootstrap import Listener
from listener.demo.files import write_customers
from listener.demo.mentions import load_content
from listener.demo.setting import write_setting
from listener.demo.sink import MailSink
from listener.demo.site import DemoSite, serve
from listener.loading import Environment
from listener.store.engine import Database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Path, MailSink, DemoSite]]:
    """The demo's site and mail sink, and its configuration with quick duties."""
    sink = MailSink(tmp_path / "mails")
    port = sink.start()
    site = serve(datetime.now(UTC), 0)
    config = write_setting(tmp_path / "config", site.url, port)
    main = config / "listener.toml"
    main.write_text(
        main.read_text(encoding="utf-8") + '\n[schedule]\nprocess = "1s"\ndeliver = "1s"\n[web]\nport = 0\n',
        encoding="utf-8",
    )
    yield tmp_path, sink, site
    site.close()
    sink.close()


LATER = lambda: datetime.now(UTC) + timedelta(minutes=30)  # noqa: E731 - every lease of the killed has ended


def start(folder: Path, url: str, *words: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LISTENER_")}
    with (folder / "daemon.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "listener", "--config", str(folder / "config"), *(words or ("run",))],
            cwd=folder,
            env=clean | {"LISTENER_DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


def killed(folder: Path, url: str, seconds: float) -> None:
    """A daemon that runs for so long and is then killed without warning."""
    child = start(folder, url)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(timeout=seconds)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


def drain(listener: Listener) -> None:
    """Do by hand what is left to do, as the next daemon would after the leases of the killed ended."""
    for source in listener.settings.sources:
        listener.crawl(source.name)
    listener.process()
    listener.deliver(clock=LATER)
    listener.gather_digests()
    listener.deliver(clock=LATER)


def check(database: Database, sink: MailSink, kills: int) -> None:
    content = load_content()
    seen = {str(mention.native_id) for mention in content.forum_mentions}
    with database.read() as session:
        ask = session.connection().execute
        stored = [row[0] for row in ask(text("select native_id from mention where platform = 'discuz'"))]
        assert sorted(stored) == sorted(seen)
        assert ask(text("select count(*) from pending_capture")).scalar() == 0
        assert ask(text("select count(*) from mention where id not in (select mention_id from analysis)")).scalar() == 0
        sent = Counter(row[0] for row in ask(text("select message_id from delivery where status = 'sent'")))
        assert ask(text("select count(*) from delivery where status in ('pending', 'failed')")).scalar() == 0
    arrived = Counter(str(email.message_from_bytes(path.read_bytes())["Message-ID"]).strip() for path in sink.mails())
    assert sent
    assert set(arrived) == set(sent)
    assert max(sent.values()) == 1
    assert sum(arrived.values()) - len(arrived) <= kills


def loop(world: tuple[Path, MailSink, DemoSite], url: str, kills: int) -> None:
    folder, sink, _ = world
    environment = Environment(database_url=url)
    listener = Listener.from_folder(folder / "config", environment=environment)
    listener.import_customers(write_customers(folder / "files"), {})
    random.seed(kills)
    for _ in range(kills):
        killed(folder, url, random.uniform(2.5, 7.0))
    drain(listener)
    check(listener.database, sink, kills)
    listener.database.close()


def test_a_few_kills(world: tuple[Path, MailSink, DemoSite], sqlite_url: str) -> None:
    loop(world, sqlite_url, 3)


@pytest.mark.deep
@pytest.mark.timeout(1200)
def test_many_kills(world: tuple[Path, MailSink, DemoSite], database_url: str) -> None:
    loop(world, database_url, 30)


def begun(folder: Path, daemons: Sequence[subprocess.Popen[bytes]], seconds: float) -> None:
    """Returns so many seconds after all of them have begun; the test's time limit ends one that never does."""
    log = folder / "daemon.log"
    while log.read_text(encoding="utf-8").count("守护进程已启动") < len(daemons):
        assert [child.poll() for child in daemons] == [None] * len(daemons), log.read_text(encoding="utf-8")
        with suppress(subprocess.TimeoutExpired):
            daemons[0].wait(timeout=0.2)
    with pytest.raises(subprocess.TimeoutExpired):
        daemons[0].wait(timeout=seconds)


def test_sigterm_ends_it_cleanly(world: tuple[Path, MailSink, DemoSite], sqlite_url: str) -> None:
    folder, _, _ = world
    child = start(folder, sqlite_url)
    begun(folder, [child], 3)  # into its first crawls
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=60) == 0  # ten seconds are the promise, on a machine that does not run three suites
    database = Database(sqlite_url)
    with database.read() as session:
        assert session.connection().execute(text("select count(*) from slot where owner <> ''")).scalar() == 0
    database.close()


def test_two_daemons_on_one_database_do_nothing_twice(world: tuple[Path, MailSink, DemoSite], sqlite_url: str) -> None:
    folder, sink, _ = world
    listener = Listener.from_folder(folder / "config", environment=Environment(database_url=sqlite_url))
    listener.import_customers(write_customers(folder / "files"), {})
    both = [start(folder, sqlite_url) for _ in range(2)]
    begun(folder, both, 12)
    for child in both:
        child.send_signal(signal.SIGTERM)
    assert [child.wait(timeout=60) for child in both] == [0, 0]
    drain(listener)
    check(listener.database, sink, 0)
    listener.database.close()


def test_workers_on_other_machines_share_the_work(world: tuple[Path, MailSink, DemoSite], postgres_url: str) -> None:
    folder, sink, _ = world
    listener = Listener.from_folder(folder / "config", environment=Environment(database_url=postgres_url))
    listener.import_customers(write_customers(folder / "files"), {})
    workers = [start(folder, postgres_url, "work", "--queues", queues) for queues in ("crawl", "process, deliver")]
    begun(folder, workers, 0.1)
    while len(sink.mails()) < 3:
        assert [child.poll() for child in workers] == [None, None], (folder / "daemon.log").read_text(encoding="utf-8")
        with suppress(subprocess.TimeoutExpired):
            workers[0].wait(timeout=0.2)
    for child in workers:
        child.send_signal(signal.SIGTERM)
    assert [child.wait(timeout=60) for child in workers] == [0, 0]
    with listener.database.read() as session:
        slots = set(session.connection().execute(text("select name from slot")).scalars())
    assert {"process", "deliver", "clocks"} <= slots and not {"report", "housekeeping"} & slots
    assert {name for name in slots if name.startswith("crawl:")}
    drain(listener)
    check(listener.database, sink, 0)
    listener.database.close()


def test_a_worker_wants_a_database_that_other_machines_reach(tmp_path: Path, sqlite_url: str) -> None:
    write_setting(tmp_path / "config", "http://127.0.0.1:9", 9)
    for words, told in (
        (("work",), "SQLite 只能在一台机器上用"),
        (("work", "--queues", "crawl,proces"), "没有队列「proces」"),
    ):
        child = start(tmp_path, sqlite_url, *words)
        assert child.wait(timeout=60) == 2
        assert told in (tmp_path / "daemon.log").read_text(encoding="utf-8")
