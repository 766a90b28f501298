"""What machines bring in by themselves: pushed requests and files in a folder, each with a typed outcome."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from listener.alerts import rules
from listener.desk.teaching import Teaching
from listener.errors import BadInput, Mistake, NeedsOperator, Retry
from listener.files.toml_files import did_you_mean, nearest
from listener.intake import folder, pushed, signatures
from listener.intake.importing import Import, Wanted
from listener.language import say
from listener.model import CrawlReport, Origin, Outcome
from listener.settings import Settings, SourceSettings
from listener.spiders.arriving import INBOX, WEBHOOK, InboxParameters, WebhookParameters
from listener.store import arrivals, captures, crawls, outbox, slots
from listener.store.arrivals import Arrival
from listener.store.crawls import SourceState
from listener.system_words import in_words
from listener.web.pushing import Taken, refusal

__all__ = ["Limiter", "Receiving", "unknown_mappings"]

BUSY_SECONDS = 30
"""After so long a sender may try again where the store was busy."""

_RACES = 5
_SIGNED = {
    "missing_header": "webhook-id, webhook-timestamp and webhook-signature are needed",
    "bad_timestamp": f"webhook-timestamp is more than {signatures.TOLERANCE_SECONDS} seconds from now",
    "bad_signature": "no signature is right for this body and this key",
}


@dataclass
class Limiter:
    """A bucket of a minute's requests by name, filled evenly; ``clock`` gives seconds that never go back."""

    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, name: str, per_minute: int) -> float:
        """Seconds until one more is taken; 0 where it is taken now."""
        with self._lock:
            now = self.clock()
            left, at = self._left.get(name, (float(per_minute), now))
            left = min(float(per_minute), left + (now - at) * per_minute / 60)
            taken = left >= 1
            self._left[name] = (left - 1 if taken else left, now)
            return 0.0 if taken else (1 - left) * 60 / per_minute


class Receiving(Teaching):
    """The part of a ``listener.bootstrap.Listener`` that takes in what arrives."""

    @cached_property
    def _limiter(self) -> Limiter:
        return Limiter()

    # pushed over HTTP

    def take_push(self, source: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """Take in what was pushed to a source. Where it is taken, it is committed before this returns."""
        how = next((each for each in self.settings.sources if each.name == source), None)
        if how is None or how.platform != WEBHOOK or not how.enabled:
            return refusal(404, "no_such_source", "no source takes pushed mentions under this name")
        refused = self._unsigned(how, headers, body)
        if refused is not None:
            return refused
        wait = self._limiter.wait(source, WebhookParameters.model_validate(how.options).per_minute)
        if wait:
            return refusal(429, "too_many", "too many requests a minute", retry_after=str(int(wait) + 1))
        try:
            return self._take(how, headers["webhook-id"], body)
        except pushed.BadPush as error:
            return refusal(error.status, error.code, error.message, error.details)
        except (NeedsOperator, Retry):
            return refusal(503, "busy", "the store is busy; send it again", retry_after=str(BUSY_SECONDS))

    def _unsigned(self, how: SourceSettings, headers: Mapping[str, str], body: bytes) -> Taken | None:
        try:
            known = signatures.keys(self.settings.secret(how.secret))
        except NeedsOperator:
            return refusal(503, "no_key", "the operator has set no usable secret for this source")
        why = signatures.wrong(known, headers, body, self.now())
        if why:
            return refusal(400 if why == "missing_header" else 401, why, _SIGNED[why])
        if self.is_paused(how.name):
            return refusal(503, "paused", "the operator has paused this source", retry_after="300")
        return None

    def _take(self, how: SourceSettings, name: str, body: bytes) -> Taken:
        """Store a push, its outcome and its answer in one transaction; a second of its name gets the same answer."""
        batch, digest = pushed.read(body), hashlib.sha256(body).hexdigest()
        for _ in range(_RACES):
            try:
                return self._take_once(how, Arrival(source=how.name, name=name, kind="push", digest=digest), batch)
            except _LostRace:
                continue
        english = "the same push was taken by another process again and again"
        raise Retry(say("同一次推送一再被另一个进程抢先处理", english))

    def _take_once(self, how: SourceSettings, arrival: Arrival, batch: pushed.Batch) -> Taken:
        now = self.now()
        with self.database.write() as session:
            earlier = arrivals.find(session, arrival.source, arrival.name)
            if earlier is not None and earlier.digest != arrival.digest:
                return refusal(409, "id_reused", "this webhook-id came before with another body")
            if earlier is not None:
                return Taken(200, {**(earlier.answer or {}), "repeated": True})
            found = pushed.captures(batch, how.name, now)
            new = captures.save(session, found)
            slots.poke(session, "process", now + slots.TOGETHER)
            given = {"accepted": len(found), "new": new, "known": len(found) - new}
            if arrivals.keep(session, arrival, now, given) is None:
                raise _LostRace
            before = crawls.state_of(session, how.name)
            report = _pushed_report(before, how.name, now, len(found), new)
            crawls.save_report(session, report)
            raised = rules.source_alerts(before.outcome, report)
            outbox.add_alerts(session, [(alert, None, None, self.recipients(alert)) for alert in raised], now)
        return Taken(200, {**given, "repeated": False})

    def recipients(self, alert: Any) -> Any:
        """Who gets an alert that no mention raised."""
        raise NotImplementedError

    # looked at by schedule

    def gather(
        self, source: SourceSettings, before: SourceState, *, alert: bool = False, stop: Callable[[], bool]
    ) -> CrawlReport:
        """Look at a source that nothing is fetched for: import its folder, or see when it last pushed."""
        if source.platform == INBOX:
            return self._folder_report(source, before, alert, stop)
        return self._quiet_report(source, before)

    def _quiet_report(self, source: SourceSettings, before: SourceState) -> CrawlReport:
        """Whether a sender has been quiet for longer than it may be; the first look begins the wait."""
        now = self.now()
        state = {"pushed_at": now.isoformat(), **before.state}
        last = datetime.fromisoformat(str(state["pushed_at"]))
        limit = WebhookParameters.model_validate(source.options).quiet_after
        quiet = limit is not None and now - last > limit
        at = f"{last.astimezone(self.settings.zone):%Y-%m-%d %H:%M}"
        detail = say(f"自 {at} 起没有推送", f"nothing was pushed since {at}") if quiet else ""
        outcome = Outcome.SUSPECT if quiet else Outcome.EMPTY
        return CrawlReport(
            source=source.name, outcome=outcome, detail=detail, started_at=now, ended_at=now, state=state
        )

    def _folder_report(
        self, source: SourceSettings, before: SourceState, alert: bool, stop: Callable[[], bool]
    ) -> CrawlReport:
        now, how = self.now(), InboxParameters.model_validate(source.options)
        place = self.settings.home / (how.folder or f"inbox/{source.name}")
        report = CrawlReport(
            source=source.name,
            outcome=Outcome.UNREACHABLE,
            detail="",
            started_at=now,
            ended_at=now,
            state=before.state,
        )
        try:
            seen = folder.look_through(
                place,
                lambda path, digest, aside: self._import(source, how, path, digest, aside, alert),
                settle=how.settle,
                largest=how.largest_mb * 1_000_000,
                now=now.astimezone(self.settings.zone),
                wall=time.time(),
                stop=stop,
            )
        except OSError as error:
            return replace(report, detail=f"{place}：{in_words(error)}")
        return replace(
            report,
            outcome=seen.outcome,
            detail=seen.detail[:500],
            ended_at=max(self.now(), now),
            found=seen.found,
            new=seen.new,
            bytes=seen.bytes,
            audit=tuple(seen.audit[:50]),
        )

    def _import(
        self, source: SourceSettings, how: InboxParameters, path: Path, digest: str, aside: Path, alert: bool
    ) -> folder.Table | None:
        """Import one file; None where a file of the same bytes was imported before."""
        name = f"sha256:{digest}"
        with self.database.read() as session:
            if arrivals.find(session, source.name, name) is not None:
                return None
        wanted = Wanted(
            mapping=how.map,
            kept=how.mapping,
            sheet=how.sheet,
            source=source.name,
            platform=how.stored_as or ("" if how.mapping else source.name),
            alert=alert,
        )
        done = Import(self.database, self.settings, self.now(), wanted, origin=Origin.INTAKE, reject_path=aside)
        counts: Any = done.run(path)
        if not counts["read"]:
            raise BadInput(Mistake(path.name, say("没有数据行", "holds no rows")))
        given = {name: counts[name] for name in ("read", "new", "changed", "known", "rejected")}
        arrival = Arrival(source=source.name, name=name, kind="file", digest=digest, subject=path.name)
        with self.database.write() as session:
            if counts["rejected"] < counts["read"]:
                arrivals.keep(session, arrival, self.now(), given)
        fresh = int(counts["new"]) + int(counts["changed"])
        return folder.Table(int(counts["read"]), fresh, int(counts["rejected"]), counts["reject_file"])


def unknown_mappings(settings: Settings, known: Collection[str]) -> list[Mistake]:
    """A mistake for each folder source that names a kept mapping which is not there."""
    found = []
    for source in settings.sources:
        name = str(source.options.get("mapping", "")) if source.platform == INBOX else ""
        if name and name not in known:
            near = nearest(name, known)
            mend = did_you_mean(near) if near else say("现有：", "there are: ") + "、".join(sorted(known))
            what = say(f"config/imports/ 中没有 {name}.toml", f"config/imports/ has no {name}.toml")
            found.append(Mistake(source.name, what, mend, "mapping"))
    return found


class _LostRace(Exception):
    """Another process took the same push first."""


def _pushed_report(before: SourceState, source: str, now: datetime, found: int, new: int) -> CrawlReport:
    state = {**before.state, "pushed_at": now.isoformat()}
    outcome = Outcome.OK if found else Outcome.EMPTY
    return CrawlReport(
        source=source, outcome=outcome, detail="", started_at=now, ended_at=now, found=found, new=new, state=state
    )
