"""What people do to alerts in an installation: silences, and deliveries tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from listener.alerts.silences import matcher
from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, nearest
from listener.installation import Facts
from listener.language import say
from listener.model import Severity
from listener.settings import Person
from listener.showing import Showing
from listener.store import outbox, silences
from listener.text.mask import mask

__all__ = ["Alerting"]


class Alerting(Showing):
    """An installation whose alerts are seen to."""

    def retry_delivery(self, number: int) -> None:
        """Try a failed or held-back delivery again; ``BadInput`` where it is neither."""
        with self.database.write() as session:
            if not outbox.retry(session, number, self.now()):
                what = say(f"#{number} 不是失败或未发的记录", f"#{number} is neither failed nor held back")
                raise BadInput(Mistake("delivery", what, "listener alerts deliveries"))

    def add_silence(self, texts: Sequence[str], person: Person, reason: str, lasts: timedelta) -> int:
        """Mute what matches for a while; the silence's number."""
        if not reason.strip():
            raise BadInput(Mistake("--reason", say("缺少原因", "says no reason"), say("请写明原因", "say why")))
        wanted, now = matcher(texts), self.now()
        unknown = [self._unknown(name, value) for name, values in wanted.items() for value in values]
        if mistakes := [mistake for mistake in unknown if mistake is not None]:
            raise BadInput(*mistakes)
        with self.database.write() as session:
            return silences.add(session, wanted, person.name, reason, now, now + lasts)

    def _unknown(self, name: str, value: str) -> Mistake | None:
        """What nothing here is called: a silence for it would mute nothing, and nobody would notice."""
        known = {
            "topic": [topic.name for topic in self.settings.topics],
            "source": [source.name for source in self.settings.sources],
            "severity": [severity.value for severity in Severity],
        }.get(name)
        if known is None or value in known:
            return None
        near = nearest(value, known)
        mend = did_you_mean(near) if near else "、".join(known[:8])
        return Mistake(f"{name}={value}", say("没有这个值", "nothing is called so"), mend)

    def end_silence(self, number: int) -> None:
        """End a silence now; ``BadInput`` where none of that number holds."""
        with self.database.write() as session:
            if not silences.end(session, number, self.now()):
                what = say(f"没有生效中的免打扰 #{number}", f"no silence #{number} holds")
                raise BadInput(Mistake(say("免打扰", "silence"), what, "listener alerts silence list"))

    def silence_rows(self) -> list[Facts]:
        """Every silence, the newest first."""
        with self.database.read() as session:
            found = silences.rows(session)
        return [self._silence(row) for row in found]

    def _silence(self, row: Mapping[str, Any]) -> Facts:
        wanted = "；".join(f"{name}={','.join(values)}" for name, values in (row["matcher"] or {}).items())
        return {
            "number": row["id"],
            "matcher": wanted,
            "author": row["author"],
            "reason": mask(row["reason"]),
            "starts_at": self._local(row["starts_at"]),
            "ends_at": self._local(row["ends_at"]),
            "holds": self._holds(row["starts_at"], row["ends_at"]),
        }

    def _holds(self, starts_at: datetime, ends_at: datetime) -> bool:
        return starts_at <= self.now() < ends_at
