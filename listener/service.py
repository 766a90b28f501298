"""``listener run``: the daemon with its duties, its pages and its heartbeat, put together; ``listener work``: a part.

Edited configuration takes effect without a restart: the files are looked at before each tick. Where an edit is
wrong, the last good configuration stays in force, and ``status`` and the log say so; it is never silently ignored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

from listener.bootstrap import Listener
from listener.crawls.collecting import together
from listener.daemon import CRAWL, Daemon, Duty, stop_on_signals
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.settings import TICKET_NEEDS
from listener.web.app import application
from listener.web.server import WebServer

log = logging.getLogger(__name__)

HEARTBEAT_TIMEOUT = 10.0
CONFIGURATION_ERROR = "configuration_error"
"""The installation fact that ``status`` shows while an edited configuration is not in force."""


QUEUES: Mapping[str, tuple[str, ...]] = {
    "crawl": (CRAWL,),
    "process": ("process",),
    "deliver": ("deliver", "clocks", "digest", "morning"),
    "mailbox": ("mailbox", "tickets"),
    "report": ("report",),
    "housekeeping": ("housekeeping",),
}
"""What a worker on another machine takes, by the name of a queue: how the slots of its duties begin. The heartbeat is
in none: it says that the daemon lives."""


def serve(listener: Listener) -> None:
    """Be the daemon until SIGTERM or SIGINT: all duties, the web pages."""
    _run(listener, Service(listener).duties, _web(listener))


def work(listener: Listener, queues: Collection[str]) -> None:
    """Do the duties of some ``QUEUES`` beside the daemon, from another machine, until SIGTERM or SIGINT.

    Each duty's slot is claimed in the database, so that one machine does it. ``BadInput`` where the database is a file:
    no other machine may write to that one.
    """
    if listener.database.is_sqlite:
        what = say("SQLite 只能在一台机器上用", "SQLite is for one machine")
        raise BadInput(Mistake("LISTENER_DATABASE_URL", what, "listener db migrate-to postgresql://…"))
    names = tuple(name for queue in queues for name in QUEUES[queue])
    service = Service(listener)
    _run(listener, lambda: {name: duty for name, duty in service.duties().items() if name.startswith(names)}, None)


def _run(listener: Listener, wanted: Callable[[], Mapping[str, Duty]], web: WebServer | None) -> None:
    daemon = Daemon(listener.database, wanted, listener.now, listener.settings.zone)
    stop_on_signals(daemon)
    log.warning("%s", say("守护进程已启动", "the daemon runs"))
    try:
        daemon.run()
    finally:
        if web is not None:
            web.close()
        listener.database.close()
    log.warning("%s", say("守护进程已结束", "the daemon ended"))


def _web(listener: Listener) -> WebServer | None:
    how = listener.settings.installation.web
    if not how.enabled:
        return None
    server = WebServer(application(listener.pages(), listener.links), how.host, how.port)
    server.start()
    log.warning("http://%s:%d/health", how.host, server.port)
    return server


class Service:
    """The duties of the configuration in force, read anew when its files change."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._seen = _stamp(listener.settings.config_dir)
        self._duties = duties(listener)

    def duties(self) -> dict[str, Duty]:
        """What is to be done, after a look at the files."""
        stamp = _stamp(self._listener.settings.config_dir)
        if stamp != self._seen:
            self._seen = stamp
            self._reload()
        return self._duties

    def _reload(self) -> None:
        try:
            self._listener.reload()
            self._duties = duties(self._listener)
            self._listener.set_fact(CONFIGURATION_ERROR, "")
            log.warning("%s", say("配置已重新载入", "the edited configuration is in force"))
        except BadInput as error:
            self._listener.set_fact(CONFIGURATION_ERROR, str(error))
            log.error("%s: %s", say("配置有误，沿用之前的配置", "mistakes; the last good one stays in force"), error)


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of the configuration files: what changes when one is edited, added or removed."""
    found = []
    for path in sorted(folder.rglob("*.toml")):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def duties(listener: Listener) -> dict[str, Duty]:
    """Every recurring duty of the installation, by its slot's name."""
    how = listener.settings.installation.schedule
    made = [
        Duty("process", lambda stop: listener.process(stop=stop), every=how.process),
        Duty("deliver", lambda stop: listener.deliver(stop=stop), every=how.deliver),
        Duty("clocks", lambda stop: listener.look_at_clocks(stop), every=how.clocks),
        Duty("digest", lambda stop: listener.gather_digests(), cron=how.digest, at_start=False),
        Duty("morning", lambda stop: listener.morning_lists(), cron=how.morning, at_start=False),
        Duty("report", lambda stop: listener.daily_report(), cron=how.report, at_start=False),
        Duty(
            "housekeeping",
            lambda stop: listener.housekeeping(),
            cron=how.housekeeping,
            at_start=False,
        ),
        *_crawls(listener),
    ]
    if listener.settings.installation.imap.host:
        made.append(Duty("mailbox", lambda stop: listener.read_mailbox(stop), every=how.mailbox))
    if any(one.kind in TICKET_NEEDS for one in listener.settings.notifiers):
        made.append(Duty("tickets", lambda stop: listener.follow_tickets(stop=stop), every=how.tickets))
    if listener.settings.installation.heartbeat_url:
        made.append(Duty("heartbeat", lambda stop: heartbeat(listener), every=how.heartbeat))
    return {duty.name: duty for duty in made}


def _crawls(listener: Listener) -> list[Duty]:
    """A duty for each enabled source with a schedule."""
    found = []
    for source in listener.settings.sources:
        if not source.enabled or (source.every is None and not source.cron):
            continue
        lease = source.timeout + timedelta(minutes=2)
        run, key = _crawl(listener, source.name), together(source, listener.settings)
        duty = Duty(f"{CRAWL}{source.name}", run, every=source.every, cron=source.cron, lease=lease)
        found.append(replace(duty, together=key, run_together=_crawl_together(listener)) if key else duty)
    return found


Stop = Callable[[], bool]


def _crawl(listener: Listener, name: str) -> Callable[[Stop], object]:
    def run(stop: Stop) -> object:
        return listener.crawl(name, stop=stop) if listener.may_crawl([name]) else None

    return run


def _crawl_together(listener: Listener) -> Callable[[Sequence[str], Stop], object]:
    def run(slots: Sequence[str], stop: Stop) -> object:
        names = listener.may_crawl([slot.removeprefix(CRAWL) for slot in slots])
        return listener.crawl_together(names, stop=stop) if names else None

    return run


def heartbeat(listener: Listener) -> bool:
    """Call the outside address while all is well; a dead daemon cannot alert, its missing call can.

    Nothing is called while health is bad, so that the outside service raises its alarm then too.
    """
    if not listener.health()["ok"]:
        return False
    address = listener.settings.installation.heartbeat_url
    proxy = listener.settings.installation.proxy or None
    try:
        with httpx.Client(timeout=HEARTBEAT_TIMEOUT, proxy=proxy, trust_env=False) as client:
            client.get(address).raise_for_status()
    except httpx.HTTPError as error:
        log.warning("heartbeat: %s", error)
        return False
    return True
