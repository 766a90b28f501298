"""What people do to cases in an installation: commands by name, and the ticking clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from listener import handling
from listener.alerts import receivers, routing, rules
from listener.alerts.brief import brief
from listener.alerts.morning import morning_alert, sections_for
from listener.alerts.reach import unreached
from listener.alerts.receipt import receipt
from listener.alerts.regulators import unknown_regions
from listener.alerts.rehearsal import Explained, Past, Rehearsed, explained, rehearse
from listener.alerts.sla import Calendar, is_workday, known_until
from listener.cases.causes import read_cause
from listener.cases.moves import Action, Command
from listener.desk.alerting import Alerting
from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, nearest
from listener.handling import Done
from listener.installation import Facts
from listener.language import say, speaking
from listener.links import ruling
from listener.links.cases import By
from listener.model import Alert, AlertKind, Recipient, Severity
from listener.settings import TEAM, Person
from listener.steps import directory_of
from listener.store import morning, outbox, views
from listener.store.tables import AlertRow
from listener.text.labels import label
from listener.web.case_forms import read
from listener.web.links import Links

__all__ = ["Casework"]

HOLIDAYS_AHEAD = timedelta(days=31)
"""So long before the known holidays end the operator is told."""

DELIVERIES_SHOWN = 50

UNCLAIMED_TOO_LONG = timedelta(hours=24)
"""A case that nobody has claimed for so long stands in the morning list."""


def _past(row: AlertRow, receivers: frozenset[str], zone: ZoneInfo) -> Past:
    alert = Alert(
        kind=AlertKind(row.kind),
        subject=row.subject,
        reason=row.reason,
        severity=Severity(row.severity),
        digest=row.digest,
        facts=row.facts or {},
    )
    return Past(alert, row.created_at.astimezone(zone), receivers)


class Casework(Alerting):
    """The part of a ``listener.bootstrap.Listener`` that works on cases."""

    @cached_property
    def calendar(self) -> Calendar:
        """When this installation's people work."""
        return Calendar.of(self.settings.sla, self.settings.zone, self.settings.holidays.by_day())

    @cached_property
    def team_calendars(self) -> dict[str, Calendar]:
        """When the teams work that work otherwise."""
        return Calendar.of_teams(self.settings.sla, self.settings.zone, self.settings.holidays.by_day())

    def directory(self) -> routing.Directory:
        """Who there is to alert."""
        return directory_of(self.settings)

    def handling_desk(self) -> handling.Desk:
        """What moving a case needs of this installation."""
        settings = self.settings

        def recipients(alert: Alert, owner: str, team: str) -> tuple[Recipient, ...]:
            local = self.now().astimezone(settings.zone)
            return routing.case_recipients(alert, owner, team, settings.routes, self.directory(), local)

        def unlink(session: Session, number: int, customer: int, command: Command) -> None:
            by = By(command.actor, command.note.strip(), command.at, settings.installation.segments)
            ruling.reject_case(session, self.vault, number, customer, by)

        return handling.Desk(
            sla=settings.sla,
            calendar=self.calendar,
            people=settings.people,
            recipients=recipients,
            teams=self.team_calendars,
            segments=settings.installation.segments,
            unlink=unlink,
            cause_code=lambda text: read_cause(text, self.taxonomy.causes),
        )

    def unreached(self) -> list[str]:
        """One line for each class of cases that would reach nobody."""
        local = self.now().astimezone(self.settings.zone)
        return unreached(self.settings.routes, self.directory(), local)

    def check_regulators(self) -> None:
        """``BadInput`` that names each region of a regulator's rule which is no place that we know."""
        mend = say("写城市或省份，例如 上海、四川", "write a city or a province, like 上海, 四川")
        found = [
            Mistake(
                "sla.toml",
                say(f"{rule.name} 不认识地区「{region}」", f"{rule.name}: no region {region}"),
                mend,
                "outside",
            )
            for rule, region in unknown_regions(self.settings.sla)
        ]
        if found:
            raise BadInput(*found)

    def acting(self, name: str) -> Person:
        """The person of that name; ``BadInput`` where none is given."""
        if not name:
            what = say("缺少操作人", "says nobody")
            raise BadInput(Mistake("--as", what, "--as " + say("姓名（people.toml）", "NAME (people.toml)")))
        return self.settings.person(name)

    def act(
        self, numbers: Sequence[int], action: Action, person: Person, **how: Any
    ) -> list[tuple[int, Done | BadInput]]:
        """Do one thing to each of these cases as ``person``; for each what became of it, or why it was refused."""
        command = Command(action=action, actor=person.name, role=person.role, at=self.now(), **how)
        if action is Action.UNLINK:
            _ = self.vault  # opening it may write, which the transaction of the move would wait for
        return handling.act_on_many(self.database, self.handling_desk(), numbers, command)

    def act_by_form(self, number: int, person: str, fields: Mapping[str, str]) -> str:
        """Do what a form of the case's page asks for, as ``person``; one line that tells what was done."""
        acting = self.settings.person(person)
        with speaking(acting.language):
            action, how = read(fields)
            detail = fields.get("cause_detail", "").strip()[:2000]
            if how.get("cause") and detail:
                how["cause"] = f"{how['cause']}：{detail}"
            if action is Action.ASSIGN and fields.get("to"):
                how |= self.assignee(fields["to"])
            ((_, done),) = self.act([number], action, acting, **how)
            if isinstance(done, BadInput):
                raise done
            return self.done_words(number, done)

    def warn_of_holidays(self) -> bool:
        """Tell the operator, once a month, where the known holidays end soon; True where it was told."""
        now = self.now().astimezone(self.settings.zone)
        ends = known_until(self.calendar)
        if (ends - now.date()) > HOLIDAYS_AHEAD:
            return False
        reason = f"节假日和调休只知道到 {ends:%Y-%m-%d}，之后按法定节假日推算，时限可能不准"
        return self.tell_operators(f"holidays:{now:%Y-%m}", reason, Severity.S3, "holidays")

    def tell_operators(self, subject: str, reason: str, severity: Severity, what: str) -> bool:
        """Raise an alert for who runs this installation, once for each ``subject``; True where it is new."""
        now = self.now()
        alert = rules.operations_alert(subject, reason, severity=severity, facts={"what": what})
        local = now.astimezone(self.settings.zone)
        recipients = routing.recipients(alert, routing.facts_of(alert), self.settings.routes, self.directory(), local)
        with self.database.write() as session:
            return outbox.add_alerts(session, [(alert, None, None, recipients)], now) > 0

    @cached_property
    def links(self) -> Links:
        """The signed links to case pages."""
        raise NotImplementedError

    def assignee(self, text: str) -> dict[str, str]:
        """``to`` and ``to_team`` of an assignment to a person's name or ``team:NAME``; ``BadInput`` for a stranger."""
        teams = {person.team for person in self.settings.people if person.team}
        name = text.removeprefix(TEAM)
        if text.startswith(TEAM) or (text in teams and text not in {person.name for person in self.settings.people}):
            if name in teams:
                return {"to": "", "to_team": name}
            near = nearest(name, sorted(teams))
            mend = did_you_mean(near) if near else "、".join(sorted(teams))
            raise BadInput(Mistake("--to", say(f"没有班组 {name}", f"no team {name}"), mend))
        person = self.settings.person(text)
        return {"to": person.name, "to_team": person.team}

    def split_case(self, number: int, native_ids: Sequence[str], person: Person) -> Done:
        """Take mentions of another matter out of a case into a new one."""
        return handling.split(self.database, self.handling_desk(), number, native_ids, person.name, self.now())

    def look_at_clocks(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Escalate what is due; how many alerts were raised."""
        return handling.look_at_clocks(self.database, self.handling_desk(), self.now, stop)

    def done_words(self, number: int, done: Done | BadInput) -> str:
        """One line that tells what became of a case."""
        if isinstance(done, BadInput):
            return str(done)
        changed = [
            f"{label(event.action)} {label(event.old)}→{label(event.new)}" if event.old else label(event.action)
            for event in done.events
        ]
        state = label(done.state)
        return say(
            f"工单 #{number}：{'，'.join(changed)}（{state}）", f"case #{number}: {', '.join(changed)} ({state})"
        )

    # the day

    def morning_lists(self) -> int:
        """Put everybody's list of today into the outbox, on workdays; how many lists."""
        now = self.now()
        local = now.astimezone(self.settings.zone)
        if not is_workday(local.date(), self.calendar):
            return 0
        midnight = datetime.combine(local.date(), time(), self.settings.zone)
        with self.database.write() as session:
            since = morning.last_list(session, midnight) or now - timedelta(days=1)
            cases = morning.open_cases(session)
            raised = []
            for person in self.settings.people:
                sections = sections_for(
                    person,
                    cases,
                    now=now,
                    since=since,
                    end_of_day=midnight + timedelta(days=1),
                    waited=now - UNCLAIMED_TOO_LONG,
                )
                if sections:
                    alert = morning_alert(person, sections, f"{local:%Y-%m-%d}")
                    raised.append((alert, None, None, tuple(receivers.told(person, "每日清单"))))
            return outbox.add_alerts(session, raised, now)

    def brief(self, number: int, lang: str) -> str:
        """A case as a five-line brief to pass on; ``BadInput`` where there is none."""
        facts = self._detail(number)
        problem = self.taxonomy.name_of(facts["problem"], lang) if facts["problem"] else ""
        with speaking(lang):
            return brief(facts, self.settings.zone, problem, lang, self.now(), self.settings.source_title)

    def receipt(self, number: int, lang: str) -> str:
        """The receipt of a case's complaint; ``BadInput`` where there is none."""
        facts = self._detail(number)
        problem = self.taxonomy.name_of(facts["problem"], lang) if facts["problem"] else ""
        with speaking(lang):
            return receipt(facts, self.settings.zone, problem, lang)

    def _detail(self, number: int) -> Facts:
        with self.database.read() as session:
            facts = views.case_detail(session, number)
        if facts is None:
            what = say(f"没有工单 #{number}", f"no case #{number}")
            raise BadInput(Mistake(say("工单", "case"), what, "listener cases list"))
        return facts

    def rehearse_routes(self, days: int) -> Rehearsed:
        """What today's routes would have done with the alerts of the last days."""
        with self.database.read() as session:
            rows = outbox.raised_since(session, self.now() - timedelta(days=days))
            past = [_past(row, receivers, self.settings.zone) for row, receivers in rows]
        return rehearse(past, self.settings.routes, self.directory())

    def explain_routes(self, number: int, lang: str) -> tuple[Explained, list[Facts]]:
        """What today's routes do with a case's alert, and what was really delivered of it, the oldest first.

        ``BadInput`` where there is no such case, or nobody was ever to be told of it.
        """
        self._detail(number)
        with self.database.read() as session:
            row = outbox.last_of_case(session, number)
            told = views.delivery_rows(session, "", DELIVERIES_SHOWN, case=number)
        if row is None:
            what = say(f"工单 #{number} 没有预警（随汇总或补采）", f"case #{number} raised no alert")
            raise BadInput(Mistake("case", what, "listener cases show"))
        now = self.now().astimezone(self.settings.zone)
        alert = _past(row, frozenset(), self.settings.zone).alert
        found = explained(alert, self.settings.routes, self.directory(), now)
        return found, [self._worded(one, lang, "status") for one in reversed(told)]
