"""The forms of a case's page: what the person who holds its link may do now, and what each asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from listener.cases.moves import FALSE_ALARMS, Action, legal
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import CaseState, Satisfaction
from listener.settings import Person
from listener.text.labels import label

__all__ = ["Field", "Form", "forms", "read"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form; ``choices`` are (value, words), a text field has none. ``tap``: each choice is a button."""

    name: str
    words: str
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    tap: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One action with its fields. ``likely``: it stands in front, the others are folded."""

    action: str
    words: str
    fields: tuple[Field, ...] = ()
    likely: bool = False


_LIKELY = {
    CaseState.TO_VERIFY: (Action.VERIFY, Action.FALSE_ALARM),
    CaseState.NEW: (Action.CLAIM, Action.ASSIGN),
    CaseState.ASSIGNED: (Action.CLAIM, Action.RETURN),
    CaseState.RETURNED: (Action.ASSIGN, Action.CLAIM),
    CaseState.REOPENED: (Action.CLAIM, Action.REPLY),
    CaseState.IN_PROGRESS: (Action.CONTACT, Action.REPLY),
    CaseState.WAITING_CUSTOMER: (Action.RESUME, Action.REPLY),
    CaseState.ANSWERED: (Action.FOLLOW_UP, Action.CLOSE),
    CaseState.FOLLOW_UP: (Action.CLOSE, Action.FOLLOW_UP),
}
"""What usually comes next, by state."""

_NOT_HERE = frozenset({Action.MERGE, Action.SEVERITY, Action.OUTSIDE})
"""Done with the command line: they need to see other cases."""


def forms(
    state: CaseState,
    person: Person,
    people: Sequence[Person],
    chosen: str = "",
    causes: Sequence[tuple[str, str]] = (),
) -> list[Form]:
    """What this person may do to a case in this state, the chosen and the likely actions first.

    ``causes`` are the (code, name) that closing may name.
    """
    likely = _LIKELY.get(state, ())
    allowed = [
        action
        for action in legal(state)
        if action not in _NOT_HERE and (action is not Action.SUPERVISE or person.role in ("supervisor", "manager"))
    ]
    order = sorted(allowed, key=lambda a: (a.value != chosen, a not in likely, likely.index(a) if a in likely else 0))
    return [
        Form(
            action.value,
            label(action.value),
            _fields(action, people, tuple(causes)),
            action in likely or action.value == chosen,
        )
        for action in order
    ]


def _fields(action: Action, people: Sequence[Person], causes: tuple[tuple[str, str], ...]) -> tuple[Field, ...]:
    note = Field("note", say("说明", "note"))
    why = Field("note", say("原因", "why"), needed=True)
    results = tuple((each.value, label(each)) for each in Satisfaction)
    satisfaction = Field("satisfaction", label("satisfaction"), results, needed=True)
    own: Mapping[Action, tuple[Field, ...]] = {
        Action.CLAIM: (),
        Action.ASSIGN: (Field("to", say("转给", "to"), _everybody(people), needed=True), note),
        Action.FOLLOW_UP: (note, replace(satisfaction, tap=True)),
        Action.CLOSE: (
            Field("cause", label("cause"), causes, needed=True),
            Field("cause_detail", say("原因说明", "what was found")),
            *(Field(name, label(name), needed=True) for name in ("countermeasure", "remedy")),
            satisfaction,
        ),
        Action.FALSE_ALARM: (Field("reason", say("原因", "why"), _reasons(), needed=True), note),
        Action.RETURN: (why,),
        Action.REOPEN: (why,),
        Action.SUPERVISE: (why,),
        Action.UNLINK: (why,),
        Action.NOTE: (why,),
    }
    return own.get(action, (note,))


def _everybody(people: Sequence[Person]) -> tuple[tuple[str, str], ...]:
    teams = sorted({person.team for person in people if person.team})
    shown = [(person.name, f"{person.name}（{person.team}）" if person.team else person.name) for person in people]
    return tuple(shown) + tuple((f"team:{team}", say(f"{team}（班组）", f"{team} (team)")) for team in teams)


def _reasons() -> tuple[tuple[str, str], ...]:
    return tuple((reason, label(reason)) for reason in FALSE_ALARMS)


def read(fields: Mapping[str, str]) -> tuple[Action, dict[str, object]]:
    """The action that a form asks for and what it gives, without ``to``; ``BadInput`` where it cannot be read."""
    try:
        action = Action(fields.get("action", ""))
        given = fields.get("satisfaction", "")
        satisfaction = Satisfaction(given) if given else None
    except ValueError as error:
        raise BadInput(Mistake(say("表单", "form"), str(error))) from None
    names = ("note", "reason", "cause", "countermeasure", "remedy")
    return action, {name: fields[name][:4000] for name in names if fields.get(name)} | {"satisfaction": satisfaction}
