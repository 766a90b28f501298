"""How an installation fares: its sources, its daemon, its queues, and what is unwise in its configuration."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from sqlmodel import Session

from listener.installation import Facts, Installation
from listener.language import say
from listener.nlp.taxonomy import Taxonomy
from listener.reports.known import healths, hours, runs_in_quiet_hours, source_facts
from listener.settings import SourceSettings
from listener.spiders.registry import is_experimental
from listener.store import backfills, captures, crawls, outbox, slots, views
from listener.store import facts as stored_facts
from listener.store.backfills import Backfill
from listener.text.labels import label

STALLED = timedelta(minutes=15)
"""Captures or mails that wait for longer than this are a sign that the daemon does not do its work."""


MISSED = timedelta(seconds=30)
"""A daemon that let its shortest duty wait for this long, and does not do it just now, is not there."""


class Watching(Installation):
    """What a ``listener.bootstrap.Listener`` tells of its own health."""

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The problem and cause codes."""
        raise NotImplementedError

    def _worded(self, facts: Facts, lang: str, *codes: str) -> Facts:
        """The facts with times in the installation's zone and codes in words."""
        found = {name: self._local(value) if isinstance(value, datetime) else value for name, value in facts.items()}
        return found | {name: label(str(found[name]), lang) for name in codes if found.get(name)}

    def source_rows(self, lang: str) -> list[Facts]:
        """Each configured source with its last outcome."""
        with self.database.read() as session:
            states = crawls.states(session)
        return [self._source_row(source, states.get(source.name), lang) for source in self.settings.sources]

    def _source_row(self, source: SourceSettings, state: crawls.SourceState | None, lang: str) -> Facts:
        outcome = label(state.outcome, lang) if state and state.outcome else say("尚未采集", "never crawled")
        if state and state.paused:
            outcome += say("（已暂停）", " (paused)")
        if source.is_quiet(self.now().astimezone(self.settings.zone)):
            outcome += say("（安静时段）", " (quiet hours)")
        experimental = is_experimental(source.platform)
        return {
            "name": source.name,
            "platform": source.platform,
            "platform_shown": source.platform + (say("（试验性）", " (experimental)") if experimental else ""),
            "experimental": experimental,
            "url": source.url,
            "every": source.cron or (str(source.every) if source.every else ""),
            "enabled": source.enabled,
            "outcome": outcome,
            "outcome_code": state.outcome.value if state and state.outcome else None,
            "detail": state.detail if state else "",
            "bad_since": self._local(state.bad_since) if state else None,
            "last_good_at": self._local(state.last_good_at) if state else None,
        }

    def is_paused(self, name: str) -> bool:
        """True where the daemon is to leave the source alone."""
        with self.database.read() as session:
            return crawls.state_of(session, name).paused

    def pause_source(self, name: str, paused: bool) -> None:
        """Pause or resume a source; ``BadInput`` for an unknown one."""
        source = self.settings.source(name)
        with self.database.write() as session:
            crawls.set_paused(session, source.name, paused)

    def status(self, lang: str) -> Facts:
        """Sources, backlog, outbox, next runs, and an edited configuration that is not in force."""
        with self.database.read() as session:
            waiting, set_aside = captures.backlog(session)
            upcoming = dict(slots.upcoming(session))
            boxes = outbox.counts(session)
            wrong = views.fact(session, "configuration_error")
            past = backfills.every(session, self.now())
            seen = self._seen(session)
            daemon = self._daemon(session, upcoming.get("process"))
        sources = self.source_rows(lang)
        for row in sources:
            row["next_at"] = self._local(upcoming.get(f"crawl:{row['name']}"))
            row["seen_24h"] = seen.get(row["name"], "")
        return {
            "backlog": {"waiting": waiting, "set_aside": set_aside},
            "outbox": boxes,
            "sources": sources,
            "daemon": daemon,
            "next_runs": {name: self._local(at) for name, at in upcoming.items()},
            "configuration_error": wrong or None,
            "backfills": [self._backfill_row(each, lang) for each in past],
        }

    def _daemon(self, session: Session, due: datetime | None) -> Facts:
        """Whether a daemon does its work, and since when it has not: its shortest duty is due every few seconds."""
        if due is None:
            return {"running": False, "due_at": None}
        running = self.now() - due <= MISSED or slots.is_held(session, "process", self.now())
        return {"running": running, "due_at": self._local(due)}

    def _seen(self, session: Session) -> dict[str, str]:
        """The last 24 hours of each source, an hour a character."""
        end = self.now()
        window = stored_facts.Window(end - timedelta(days=1), end)
        known = source_facts(stored_facts.sources(session), self.settings.sources)
        found = healths(stored_facts.crawls(session, window), known, end - timedelta(days=1), end)
        return {each.source: hours(each, end) for each in found}

    def _backfill_row(self, found: Backfill, lang: str) -> Facts:
        state = "done" if found.done_at else "running" if found.is_running else "stopped"
        return {
            "source": found.source,
            "since": self._local(found.since),
            "state": label(state, lang),
            "rounds": found.rounds,
            "found": found.found,
            "new": found.new,
            "left": found.left,
            "oldest_at": self._local(found.oldest_at),
            "outcome": found.outcome.value if found.outcome else None,
            "detail": found.detail,
        }

    def health(self) -> Facts:
        """Whether all is well: the database answers, nothing has waited for too long, sources are seen."""
        try:
            with self.database.read() as session:
                waiting, set_aside = captures.backlog(session)
                boxes = outbox.counts(session)
                late = [name for name, at in slots.upcoming(session) if self.now() - at > STALLED]
                blind = sorted(name for name, state in crawls.states(session).items() if state.bad_since)
        except Exception as error:
            return {"ok": False, "database": type(error).__name__}
        late = [name for name in late if name in ("process", "deliver")]
        return {
            "ok": not late and not boxes.get("failed"),
            "database": "ok",
            "waiting": waiting,
            "set_aside": set_aside,
            "outbox": boxes,
            "late": late,
            "blind_sources": blind,
        }

    def metrics(self) -> bytes:
        """Figures for Prometheus, read at this moment."""
        from prometheus_client import CollectorRegistry, Gauge, generate_latest  # for this page alone

        registry = CollectorRegistry()
        with self.database.read() as session:
            waiting, set_aside = captures.backlog(session)
            boxes = outbox.counts(session)
            states = crawls.states(session)
        Gauge("listener_captures_waiting", "Captures that wait", registry=registry).set(waiting)
        Gauge("listener_captures_set_aside", "Captures that broke three times", registry=registry).set(set_aside)
        sent = Gauge("listener_deliveries", "Deliveries by status", ["status"], registry=registry)
        for name, count in boxes.items():
            sent.labels(status=name).set(count)
        seen = Gauge("listener_source_blind", "1 where the last crawl was bad", ["source"], registry=registry)
        for source in self.settings.sources:
            state = states.get(source.name)
            seen.labels(source=source.name).set(bool(state and state.bad_since))
        return generate_latest(registry)

    def set_fact(self, name: str, value: str) -> None:
        """Keep a single fact about the installation."""
        with self.database.write() as session:
            views.set_fact(session, name, value)

    def warnings(self) -> list[str]:
        """What is allowed and still unwise."""
        found = []
        if not self.settings.people:
            found.append(say("people.toml 中没有人：预警无人接收", "nobody in people.toml: alerts reach nobody"))
        if not self.settings.topics:
            found.append(say("没有监测主题：所有投诉都会立案", "no topics: every complaint becomes a case"))
        if not any(source.enabled for source in self.settings.sources):
            found.append(say("没有启用的来源", "no source is enabled"))
        public = [one for one in self.settings.sources if one.enabled and one.url and not one.allow_private_addresses]
        if public and not self.settings.installation.contact:
            found.append(
                say("contact 为空：对方站长找不到我们", "contact is empty: nobody whose site is read finds us")
            )
        for name in (one.name for one in self.settings.sources if runs_in_quiet_hours(one)):
            found.append(
                say(f"{name}：定时都在安静时段，不会采集", f"{name}: its times are all quiet hours; never crawled")
            )
        from listener.topics import warnings  # what only shows the state does not wait for it

        platforms = {source.platform for source in self.settings.sources}
        found += [str(each) for each in warnings(self.settings.topics, platforms)]
        return found
