"""A person corrects a mention: kept, written into the mention's answers, and carried to its case, in one transaction.

    understand anew ─▶ keep the words ─▶ answers with all words in force ─▶ the case follows

The case follows by what people may do to cases anyway (``case_moves``), with an event: no complaint any more ends it
as 非投诉 unless others of its mentions still are one; a complaint after all verifies or reopens it, and where there is
none the capture goes through the pipeline again, which opens one as for any other mention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import case
from sqlmodel import Session, col, select

from listener import corrections, deciding, handling
from listener.cases.moves import Action, Command, Move, Moved
from listener.deciding import Understood
from listener.errors import BadInput, Mistake
from listener.handling import Desk
from listener.language import say
from listener.model import LARGEST_NUMBER, Analysis, CaseState, Complaint, Severity, Tier
from listener.settings import Person
from listener.steps import Steps
from listener.store import captures, mentions
from listener.store import case_moves as stored_moves
from listener.store import corrections as stored
from listener.store.captures import Pending
from listener.store.captures_rows import raw_of
from listener.store.engine import Database
from listener.store.tables import (
    AnalysisRow,
    AuditRow,
    CaseMentionRow,
    CaseRow,
    CorrectionRow,
    MentionRow,
    RawMentionRow,
    TopicMatchRow,
)

__all__ = ["Corrected", "case_of", "correct", "find_mention", "opener_of", "undo"]


@dataclass(slots=True)
class Corrected:
    """What a correction did: the changes (field, before, after), and the case that it reached, if any.

    ``waits``: there is no case yet; the capture waits to go through the pipeline, which decides that.
    """

    mention_id: int
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    case: int | None = None
    state: str = ""
    waits: bool = False


def find_mention(session: Session, name: str) -> int:
    """The database id of a mention named by its number, ``platform:native_id`` or address.

    ``BadInput`` where there is none, or more than one.
    """
    platform, _, native_id = name.partition(":")
    if name.isascii() and name.isdigit() and int(name) <= LARGEST_NUMBER:
        condition = col(MentionRow.id) == int(name)
    elif name.startswith(("http://", "https://")):
        condition = col(MentionRow.url) == name
    else:
        condition = (col(MentionRow.platform) == platform) & (col(MentionRow.native_id) == native_id)
    found = session.exec(select(MentionRow.id).where(condition).limit(2)).all()
    if len(found) == 1 and found[0] is not None:
        return found[0]
    what = (
        say(f"没有信息 {name}", f"no mention {name}") if not found else say("不止一条", "more than one has that name")
    )
    mend = say("编号、平台:原始编号 或 网址；工单用 --case", "a number, platform:native_id or a URL; --case for a case")
    raise BadInput(Mistake("MENTION", what, mend))


def opener_of(session: Session, number: int) -> int:
    """The mention that opened a case; ``BadInput`` where there is no such case."""
    statement = (
        select(CaseMentionRow.mention_id)
        .where(CaseMentionRow.case_id == number)
        .order_by(case((col(CaseMentionRow.joined_as) == "opener", 0), else_=1), col(CaseMentionRow.mention_id))
    )
    found = session.exec(statement).first()
    if found is None:
        raise BadInput(Mistake("--case", say(f"没有工单 #{number}", f"no case #{number}"), "listener cases list"))
    return found


def case_of(session: Session, mention_id: int) -> tuple[int | None, str]:
    """The case that a mention stands in and its state; (None, "") where it stands in none."""
    joined = session.get(CaseMentionRow, mention_id)
    row = session.get(CaseRow, joined.case_id) if joined else None
    return (row.id, row.state) if row else (None, "")


def correct(
    database: Database,
    steps: Steps,
    desk: Desk,
    mention_id: int,
    values: Mapping[str, str],
    person: Person,
    now: datetime,
    note: str = "",
) -> Corrected:
    """Keep ``values`` (field → checked value) as ``person``'s word on the mention, and do what follows from it."""
    with database.write() as session:
        row, said = _read(session, steps, mention_id)
        before = _answers(session, mention_id)
        machine = corrections.answers_of(*_machine(session, steps, said, mention_id))
        digest = corrections.reading_of(said.mention.full_text)
        common = {
            "mention_id": mention_id, "raw_id": row.raw_id, "digest": digest, "person": person.name, "note": note,
            "at": now, "model_version": said.analysis.model_version, "undone_by": "",
            "drawn": stored.spot_checked(session, mention_id),
        }  # fmt: skip
        made = [
            {**common, "field": name, "old": before[name], "new": new, "said": machine[name]}
            for name, new in values.items()
        ]
        stored.add(session, made)
        _audit(session, person, "correct", mention_id, values, now, note)
        return _follow(session, steps, desk, said, mention_id, before, person, now, note)


def undo(database: Database, steps: Steps, desk: Desk, number: int, person: Person, now: datetime) -> Corrected:
    """Take a correction back: what was said before it holds again, and the case follows."""
    with database.write() as session:
        row = session.get(CorrectionRow, number)
        if row is None or row.undone_at is not None:
            what = say(f"没有生效的纠正 #{number}", f"no correction #{number} in force")
            raise BadInput(Mistake("corrections undo", what, "listener corrections list"))
        row.undone_at, row.undone_by = now, person.name
        session.add(row)
        session.flush()
        _, said = _read(session, steps, row.mention_id)
        before = _answers(session, row.mention_id)
        _audit(session, person, "undo correction", row.mention_id, {row.field: row.new}, now, f"#{number}")
        note = say(f"撤销纠正 #{number}", f"correction #{number} undone")
        return _follow(session, steps, desk, said, row.mention_id, before, person, now, note)


def _read(session: Session, steps: Steps, mention_id: int) -> tuple[MentionRow, Understood]:
    """The mention and what the machine says of its newest capture now."""
    row = session.get(MentionRow, mention_id)
    raw = session.get(RawMentionRow, row.raw_id) if row else None
    if row is None or raw is None:
        raise BadInput(Mistake("MENTION", say(f"没有信息 {mention_id}", f"no mention {mention_id}")))
    (said,) = deciding.understand(steps, [Pending(row.raw_id, raw_of(raw))])
    return row, said


def _machine(session: Session, steps: Steps, said: Understood, mention_id: int) -> tuple[Analysis, Complaint]:
    """What the machine says of a mention, whatever people said."""
    topics = session.exec(select(TopicMatchRow.topic).where(col(TopicMatchRow.mention_id) == mention_id)).all()
    return steps.answer(said.mention, said.analysis, said.verdict, topics)


def _answers(session: Session, mention_id: int) -> dict[str, str]:
    found = session.get(AnalysisRow, mention_id)
    return {name: str(getattr(found, name)) if found else "" for name in corrections.FIELDS}


def _audit(
    session: Session, person: Person, action: str, mention_id: int, values: Mapping[str, str], now: datetime, note: str
) -> None:
    told = ", ".join(f"{name}={value}" for name, value in values.items())
    session.add(AuditRow(at=now, person=person.name, action=action, subject=f"mention {mention_id}: {told}", note=note))


def _follow(
    session: Session,
    steps: Steps,
    desk: Desk,
    said: Understood,
    mention_id: int,
    before: Mapping[str, str],
    person: Person,
    now: datetime,
    note: str,
) -> Corrected:
    """Write the answers as they are now, and let the case follow."""
    words = stored.in_force(session, {said.mention.key: said.mention.full_text}).get(said.mention.key, {})
    analysis, complaint = corrections.apply(*_machine(session, steps, said, mention_id), words)
    mentions.rewrite_analysis(session, mention_id, analysis, complaint, now)
    after = corrections.answers_of(analysis, complaint)
    done = Corrected(mention_id, [(name, before[name], after[name]) for name in after if before[name] != after[name]])
    joined = session.get(CaseMentionRow, mention_id)
    if joined is not None:
        done.case = joined.case_id
        _move_case(session, desk, joined, before, after, person, now, note)
        done.state = stored_moves.locked(session, joined.case_id).state
    elif after["complaint"] == Tier.YES and before["complaint"] != Tier.YES:
        captures.again(session, [said.mention.raw_id])
        done.waits = True
    return done


def _move_case(
    session: Session,
    desk: Desk,
    joined: CaseMentionRow,
    before: Mapping[str, str],
    after: Mapping[str, str],
    person: Person,
    now: datetime,
    note: str,
) -> None:
    """What the case's state, severity and problem become, each by a legal move; an event tells of it in any case."""
    number = joined.case_id
    row = stored_moves.locked(session, number)
    told = [
        Moved(f"corrected_{name}", before[name], after[name], note) for name in after if before[name] != after[name]
    ]
    changes: dict[str, object] = {}
    if after["problem"] != before["problem"] and row.problem in ("", before["problem"]):
        changes["problem"] = after["problem"]
    stored_moves.record(session, row, Move(changes, told), person.name, now)
    command = _command(session, joined, CaseState(row.state), after, person, now, note)
    if command is not None:
        handling.act_within(session, desk, number, command)
    _grade(session, desk, number, person, now, note)


def _command(
    session: Session,
    joined: CaseMentionRow,
    state: CaseState,
    after: Mapping[str, str],
    person: Person,
    now: datetime,
    note: str,
) -> Command | None:
    """The move that the case makes, if any."""
    why = note or say("按人工纠正", "as corrected")
    still = any(tier != Tier.NO for tier, _ in _claims(session, joined.case_id, "repost", "witness"))
    if not still and state.open:
        return Command(
            action=Action.FALSE_ALARM, actor=person.name, role=person.role, at=now, note=why, reason="misjudged"
        )
    if after["complaint"] == Tier.NO:
        return None
    if state is CaseState.TO_VERIFY and after["complaint"] == Tier.YES:
        return Command(action=Action.VERIFY, actor=person.name, role=person.role, at=now, note=why)
    if state is CaseState.NOT_COMPLAINT and still:
        return Command(action=Action.REOPEN, actor=person.name, role=person.role, at=now, note=why)
    return None


def _claims(session: Session, number: int, *left_out: str) -> Sequence[tuple[str, str]]:
    """(complaint, severity) of each mention in the case but those that joined it as ``left_out``: reposts only repeat
    one of them, and a witness's words alone are no complaint."""
    statement = (
        select(AnalysisRow.complaint, AnalysisRow.severity)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(AnalysisRow.mention_id))
        .where(CaseMentionRow.case_id == number, col(CaseMentionRow.joined_as).not_in(left_out))
    )
    return session.exec(statement).all()


def _grade(session: Session, desk: Desk, number: int, person: Person, now: datetime, note: str) -> None:
    """The case is as grave as the gravest complaint in it."""
    row = stored_moves.locked(session, number)
    grades = [severity for tier, severity in _claims(session, number, "repost") if tier != Tier.NO]
    if not grades or not CaseState(row.state).open or min(grades) == row.severity:
        return
    why = note or say("按人工纠正", "as corrected")
    severity = Severity(min(grades))
    command = Command(action=Action.SEVERITY, actor=person.name, role=person.role, at=now, note=why, severity=severity)
    handling.act_within(session, desk, number, command)
