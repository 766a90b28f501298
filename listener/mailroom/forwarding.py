"""What colleagues forward: from a mail or a text to captures, and from their cases to the answer.

mail ─▶ who wrote it ─▶ entries ─▶ arrival + captures (one transaction) ─▶ pipeline ─▶ case 待核实
「已登记 #1024」 / 「已有工单 #0988」 ◀─ outbox ◀─ answered once all its captures are worked through ◀┘
"""

from __future__ import annotations

import email
import hashlib
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default as modern
from email.utils import parseaddr
from typing import Any

from listener.alerts import receivers
from listener.alerts.told_back import answer_alert, answer_lines
from listener.answers.reading import automatic, references
from listener.errors import BadInput, Mistake, NeedsOperator, Retry
from listener.intake import evidence, mails, ocr
from listener.intake.entries import SOURCE, Kept, Material, entries
from listener.language import say, speaking
from listener.looking import TROUBLE
from listener.mailroom.answering import MailAnswers
from listener.mailroom.mailbox import Letter, Mailbox, Mark
from listener.model import Recipient
from listener.receiving import Receiving
from listener.settings import Person
from listener.store import arrival_answers, arrival_ends, arrivals, outbox, views
from listener.store.arrival_answers import Waiting
from listener.store.arrivals import Arrival, Entry
from listener.text.mask import mask_value

__all__ = ["Forwarding", "read_mail"]

log = logging.getLogger(__name__)

MARK = "mailbox_mark"
"""The installation's fact of how far the mailbox was read."""

PICTURES_READ = 6
"""Pictures of one mail whose words are read: each takes seconds, and the next mails wait."""

PATIENCE_SECONDS = 20.0
"""A command waits so long for what the daemon has just begun to work on."""

KEPT_PUSHES = timedelta(days=30)
"""A push that is sent again after this long is told from the first by its mentions only."""


def read_mail(content: bytes) -> EmailMessage:
    """The bytes of a mail, however broken."""
    found = email.message_from_bytes(content, policy=modern)
    assert isinstance(found, EmailMessage)
    return found


class Forwarding(Receiving, MailAnswers):
    """The part of a ``listener.bootstrap.Listener`` that takes in what people forward."""

    # the mailbox

    def read_mailbox(self, stop: Callable[[], bool] = lambda: False) -> dict[str, int]:
        """Read what is new in the mailbox: answers act, forwarded things are registered; how many of each kind."""
        counts: dict[str, int] = {}
        if not self.settings.installation.imap.host:
            return counts
        try:
            with self.database.read() as session:
                since = Mark.of(views.fact(session, MARK))
            with Mailbox.of(self.settings) as box:
                for letter in box.letters(since, self.now()):
                    if stop():
                        return counts
                    kind = self._dealt_with(letter)
                    counts[kind] = counts.get(kind, 0) + 1
                    self.set_fact(MARK, str(letter.mark))
                    box.seen(letter)
                if not since.validity and not counts:
                    self.set_fact(MARK, str(box.newest()))
        except (NeedsOperator, Retry) as error:
            self.set_fact(TROUBLE, str(error))
            log.warning("%s", error)
            return counts
        self.set_fact(TROUBLE, "")
        return counts

    def _dealt_with(self, letter: Letter) -> str:
        """What one letter was. One that breaks its reader is passed over and told of: the next ones wait behind it."""
        if letter.content is None:
            return "too_large"
        try:
            return self.take_mail(letter.content)
        except (NeedsOperator, Retry):
            raise
        except Exception:
            log.exception("mail %s cannot be read", letter.mark)
            return "broken"

    def take_mail(self, content: bytes, *, sender: Person | None = None) -> str:
        """Deal with one mail; what it was: ``answer``, ``bounce``, ``registered``, ``known``, or why nothing was done.

        ``automatic``: no person wrote it. ``stranger``: nobody of people.toml; never answered. ``unknown_answer``: it
        answers a mail of ours that cannot be found. ``elsewhere``: not sent to the intake's address. ``forged``: our
        own mail server says so. With ``sender`` it is taken as theirs, whoever wrote it.
        """
        mail = read_mail(content)
        if sender is None:
            refused = self._refused(mail)
            if refused:
                return refused
        person = sender or self._writer(mail)
        name = str(mail.get("message-id", "")).strip()[:300]
        digest = hashlib.sha256(content).hexdigest()
        if person is None:
            self._note_refused("stranger", mail, digest)
            return "stranger"
        found = mails.opened(mail)
        kept = self._all_kept(found.attached)
        material = Material(
            person=person.name, text=found.text, subject=found.subject, original=found.original, kept=kept
        )
        arrival = Arrival(
            source=SOURCE,
            name=name or digest,
            kind="mail",
            digest=digest,
            person=person.name,
            subject=found.subject,
            reply_to=name,
        )
        return "registered" if self._register(arrival, material) is not None else "known"

    def _refused(self, mail: EmailMessage) -> str:
        """Why a mail is no forwarding, or "answer" where it was one to a mail of ours."""
        if automatic(mail):
            return "bounce" if self.take_bounce(mail) else "automatic"
        if self.answer(mail) is not None:
            return "answer"
        how = self.settings.installation
        if _answers_ours(mail, how.mail.sender.rpartition("@")[2]):
            return "unknown_answer"
        wanted = how.intake.address.lower()
        if not how.intake.enabled or (wanted and wanted not in mails.recipients(mail)):
            return "elsewhere"
        return "forged" if mails.forged(mail) else ""

    def _writer(self, mail: EmailMessage) -> Person | None:
        try:
            address = parseaddr(str(mail.get("from", "")))[1].lower()
        except (ValueError, IndexError, AttributeError):
            return None
        return next((each for each in self.settings.people if each.mail.lower() == address), None)

    def _note_refused(self, why: str, mail: EmailMessage, digest: str) -> None:
        """Keep that somebody wrote whom we do not know; nothing of what they wrote.

        Not under their Message-ID: a stranger must not be able to take a colleague's in advance.
        """
        address = mask_value("email", parseaddr(str(mail.get("from", "")))[1])
        arrival = Arrival(
            source=SOURCE, name=f"{why}:{digest}", kind="mail", digest=digest, refused=why, subject=address
        )
        with self.database.write() as session:
            arrivals.keep(session, arrival, self.now())

    def _all_kept(self, attached: Sequence[mails.Attached]) -> list[Kept]:
        """Every file as evidence; the words on the first pictures are read."""
        pictures = [each for each in attached if each.picture][:PICTURES_READ]
        return [self._kept(each, read=each in pictures) for each in attached]

    def _kept(self, found: mails.Attached, *, read: bool) -> Kept:
        digest, path = evidence.keep(self.settings.home / evidence.FOLDER, found.content)
        text = ocr.read(path) if read and self.settings.installation.intake.ocr else ""
        return Kept(digest, found.name, text)

    # the command, and later a page

    def take_text(self, person: Person, text: str, *, kind: str = "command") -> tuple[int, list[str]]:
        """Register what somebody pasted and work it through at once; its number and the answer's lines."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        arrival = self._at_once(kind, digest, person)
        number = self._register(arrival, Material(person=person.name, text=text))
        return self._answered_at_once(number, person)

    def forward_text(self, person: str, text: str) -> Sequence[str]:
        """Register what a person pasted into their page; what became of it."""
        if not text.strip():
            raise BadInput(Mistake("intake", say("没有内容", "is empty")))
        return self.take_text(self.settings.person(person), text, kind="page")[1]

    def take_mail_file(self, person: Person, content: bytes) -> tuple[int, list[str]]:
        """The same with a saved mail, which is taken as forwarded by ``person``."""
        mail = mails.opened(read_mail(content))
        kept = self._all_kept(mail.attached)
        material = Material(person=person.name, text=mail.text, subject=mail.subject, original=mail.original, kept=kept)
        arrival = self._at_once("command", hashlib.sha256(content).hexdigest(), person)
        return self._answered_at_once(self._register(arrival, material), person)

    def take_picture(self, person: Person, content: bytes, name: str) -> tuple[int, list[str]]:
        """The same with a screenshot."""
        kept = self._all_kept([mails.Attached(name, content, picture=True)])
        arrival = self._at_once("command", kept[0].digest, person)
        return self._answered_at_once(self._register(arrival, Material(person=person.name, text="", kept=kept)), person)

    def _at_once(self, kind: str, digest: str, person: Person) -> Arrival:
        name = f"{kind}:{person.name}:{digest[:32]}:{self.now().isoformat()}"
        return Arrival(source=SOURCE, name=name, kind=kind, digest=digest, person=person.name)

    def _answered_at_once(self, number: int | None, person: Person) -> tuple[int, list[str]]:
        if number is None:
            what = say("同一内容刚刚登记过", "the same was registered this very moment")
            raise BadInput(Mistake("intake", what, say("请稍后再试", "try again")))
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.process()
            lines = self.answer_arrivals(only=number)
            if lines or time.monotonic() > until:
                break
            time.sleep(0.2)  # the daemon is working on it at this moment
        with speaking(person.language):
            later = say("已收到，正在处理：listener cases list", "received and being worked on: listener cases list")
        return number, lines or [later]

    def _register(self, arrival: Arrival, material: Material) -> int | None:
        """Store what there is to register; the arrival's number, None where it was there already."""
        now = self.now()
        found = [
            Entry(capture=each.capture, keys=each.keys, remark=each.remark)
            for each in entries(material, now, self.settings.zone)
        ]
        with self.database.write() as session:
            return arrivals.register(session, arrival, found, now)

    # the answers

    def answer_arrivals(self, *, only: int | None = None) -> list[str]:
        """Tell those who forwarded something what became of it, once all of it is worked through; the lines told."""
        lines: list[str] = []
        with self.database.read() as session:
            ready = arrival_answers.waiting(session, only)
        for waited in ready:
            lines += self._answer(waited, by_mail=waited.kind == "mail")
        return lines

    def _answer(self, waited: Waiting, *, by_mail: bool) -> list[str]:
        about = [{**asdict(each), "state": each.state.value if each.state else ""} for each in waited.about]
        told = [{name: each[name] for name in ("title", "case", "state", "new", "broken")} for each in about]
        person = next((each for each in self.settings.people if each.name == waited.person), None)
        now = self.now()
        with self.database.write() as session:
            if not arrival_answers.answer(session, waited, {"about": told}, now):
                return []
            if person is not None and by_mail:
                alert = answer_alert(waited.arrival_id, told, in_reply_to=waited.reply_to, at=now)
                receiver = receivers.person_receiver(person)
                recipient = Recipient(receiver=receiver, reason=say("您转交了内容", "you forwarded something"))
                outbox.add_alerts(session, [(alert, None, None, (recipient,))], now)
        return answer_lines(told, person.language if person else "zh")

    def arrival_answer(self, number: int) -> list[dict[str, Any]]:
        """What was answered to an arrival: title, case, state, new and broken of each thing in it."""
        with self.database.read() as session:
            given = arrival_answers.answer_of(session, number)
        return list(given.get("about") or [])

    def _forget_pushes(self) -> None:
        with self.database.write() as session:
            arrival_ends.forget(session, self.now(), KEPT_PUSHES)


_ANSWERED = re.compile(r"^\s*(?:re|回复|答复|回覆)\s*[:：]", re.I)


def _answers_ours(mail: EmailMessage, domain: str) -> bool:
    """True where it answers (not forwards) a mail whose Message-ID is built as ours are."""
    ours = re.compile(rf"<(?:\d+|case)\.[0-9a-f]{{16}}@{re.escape(domain)}>", re.I)
    return bool(_ANSWERED.match(str(mail.get("subject", "")))) and any(map(ours.fullmatch, references(mail)))
