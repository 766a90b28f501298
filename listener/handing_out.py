"""What leaves an installation: reports, exports, evidence, a test message."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cached_property
from html import escape
from pathlib import Path

from listener.alerts import receivers
from listener.alerts.notifiers import Draft, Notifier
from listener.alerts.render import Rendered
from listener.desk.evidence import Checked, Sealed, check_evidence, export_evidence
from listener.errors import BadInput, Mistake
from listener.intake import evidence as kept_files
from listener.language import say
from listener.model import Receiver
from listener.settings import WECOM_APP
from listener.showing import Showing
from listener.store import views

SEALED = "export evidence"
"""The audit's word for an exported evidence folder; its note is the hash that the folder's seal is of."""


def test_message(company: str, language: str) -> Rendered:
    """A short mail that shows that mail arrives."""
    zh = f"这是 {company} 舆情投诉预警的测试邮件。收到它，说明预警能够送达。"
    en = f"A test mail of {company}'s complaint alerts. That it arrived shows that alerts do."
    text = en if language == "en" else zh
    subject = "Listener test mail" if language == "en" else "测试邮件：舆情投诉预警"
    return Rendered(subject=subject, text=text + "\n", html=f"<p>{escape(text)}</p>")


class HandingOut(Showing):
    """What a ``listener.bootstrap.Listener`` hands out."""

    @cached_property
    def notifiers(self) -> dict[str, Notifier]:
        """The ways out by name."""
        raise NotImplementedError

    def report(self, start: datetime, end: datetime, out: Path, language: str) -> dict[str, str]:
        """Write the report of a window; the files by kind."""
        from listener.reports.build import build_report  # its chart library takes half a second to load

        files = build_report(
            self.database,
            start=start,
            end=end,
            out=out,
            zone=self.settings.zone,
            company=self.settings.installation.company,
            now=self.now(),
            language="en" if language == "en" else "zh",
            sources=self.settings.sources,
            taxonomy=self.taxonomy,
            segments=self.settings.installation.segments,
        )
        return {kind: str(path) for kind in ("html", "xlsx", "json") if (path := getattr(files, kind))}

    def daily_report(self) -> dict[str, str]:
        """Yesterday's report, below ``var/reports/``."""
        zone = self.settings.zone
        end = datetime.combine(self.now().astimezone(zone).date(), time(), tzinfo=zone)
        folder = self.settings.home / "var" / "reports" / f"{end - timedelta(days=1):%Y-%m-%d}"
        return self.report(end - timedelta(days=1), end, folder, self.settings.installation.language)

    def export(self, what: str, file: Path, *, unmask: bool, person: str) -> int:
        """Export mentions, cases or deliveries; unmasked only by name, and audited."""
        if unmask:
            self.audited(person, f"export {what}", str(file))
        from listener.export import export  # it makes workbooks

        return export(self.database, what, file, zone=self.settings.zone, unmask=unmask)

    def export_evidence(self, number: int, folder: Path, *, unmask: bool, person: str) -> Sealed:
        """Write what proves a case to a folder; its seal stands in the audit, and unmasked it needs a name."""
        if unmask:
            self.audited(person, "export evidence unmasked", f"case #{number}")
        name = self.settings.person(person).name if person else ""
        sealed = export_evidence(
            self.database,
            number,
            folder,
            zone=self.settings.zone,
            now=self.now(),
            company=self.settings.installation.company,
            sign=self._seal,
            key_id=self.vault.key_id,
            person=name,
            unmask=unmask,
            attached=self.settings.home / kept_files.FOLDER,
        )
        with self.database.write() as session:
            views.audit(session, name, SEALED, f"case #{number}", self.now(), sealed.sums)
        return sealed

    def check_evidence(self, folder: Path) -> tuple[Checked, bool]:
        """Whether an exported folder is as it was written, and whether the audit knows its seal."""
        found = check_evidence(folder, self._seal)
        with self.database.read() as session:
            return found, views.audited(session, SEALED, found.sums)

    def _seal(self, digest: str) -> str:
        return self.vault.digest("evidence", digest)

    def receivers(self, name: str) -> tuple[Receiver, ...]:
        """The person by each of their ways, or ``notifier:NAME``; ``BadInput`` naming the nearest one where there is
        none."""
        for one in self.settings.notifiers:
            if name in (one.receiver, one.name) and one.kind != WECOM_APP:
                return (receivers.robot_receiver(one),)
            if name in (one.receiver, one.name):
                what = say("企业微信应用发给人，不单独接收", "an application writes to people")
                raise BadInput(Mistake(name, what, "listener people test-send " + say("姓名", "PERSON")))
        return receivers.person_receivers(self.settings.person(name))

    def send_test(self, receiver: Receiver) -> str:
        """Send a test message now, outside the outbox; what the other side says. Errors are raised as they are."""
        notifier = self.notifiers[receiver.notifier]
        rendered = test_message(self.settings.installation.company, receiver.language)
        draft = Draft(delivery_id=0, token=self.vault.key_id, receiver=receiver, rendered=rendered, at=self.now())
        try:
            return notifier.send(notifier.compose(draft)).detail
        finally:
            notifier.close()
