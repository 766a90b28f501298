"""Cases as tickets in Zammad, Chatwoot and Frappe Helpdesk, against a server that checks requests and misbehaves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from listener import handling
from listener.alerts import routing, sla
from listener.alerts.notifiers import Draft, Notifier, NotifierDown
from listener.alerts.notifiers.base import Outgoing, Receipt
from listener.alerts.notifiers.ticket_systems import TICKET_SYSTEMS, Rest
from listener.alerts.notifiers.tickets import DELETED, TicketNotifier, TicketSystem
from listener.alerts.render import Rendered
from listener.bootstrap import Listener
from listener.cases.moves import Action, Command
from listener.cli import app
from listener.delivery import deliver
from listener.desk.following import follow
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.model import Alert, Receiver, Recipient, Satisfaction
from listener.service import duties
from listener.settings import NotifierSettings, Person, Routes, Sla
from listener.starter import Answers
from listener.starter import write as starter
from listener.store.engine import Database
from listener.store.tables import CaseEventRow, CaseRow, DeliveryRow, OutsideTicketRow
from listener.store.tickets import RESERVED, StoredTicketBook
from tests.factories import NOW, ZONE
from tests.outbox_world import DESK, decrypt, joined, opened, write
from tests.ticket_servers import TOKEN, Fault, TicketServer, ticket_server

KINDS = ("zammad", "chatwoot", "frappe")
NAME = "notifier:工单系统"
TO = Recipient(receiver=Receiver(name="工单系统", notifier=NAME, address="工单系统"), reason="派单规则「默认」")
SOLVED = {"zammad": "closed", "chatwoot": "resolved", "frappe": "Resolved"}
OPEN = {"zammad": "open", "chatwoot": "open", "frappe": "Open"}


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[TicketServer]:
    with ticket_server(request.param) as found:
        yield found
    assert not found.wrong, found.wrong


def settings(kind: str, **changes: Any) -> NotifierSettings:
    facts: dict[str, Any] = {"name": "工单系统", "kind": kind, "address": "DESK", "secret": "DESK_TOKEN"}
    more = {
        "zammad": {"group": "Users", "customer": "voc@maker.example"},
        "chatwoot": {"account": 3, "inbox": 5},
        "frappe": {"customer": "voc@maker.example"},
    }[kind]
    return NotifierSettings.model_validate(facts | more | changes)


def system(server: TicketServer, *, token: str = TOKEN, **changes: Any) -> TicketSystem:
    kind = TICKET_SYSTEMS[server.kind]
    rest = Rest("工单系统", server.address, kind.headers(token), token)
    return kind(rest, settings(server.kind, **changes))


def notifier(server: TicketServer, database: Database | None = None, **how: Any) -> TicketNotifier:
    book = StoredTicketBook(lambda: database, lambda: NOW) if database is not None else None
    return TicketNotifier(NAME, system(server, **how), book)


def message(
    made: TicketNotifier, number: int = 1, case: int | None = 7, subject: str = "【紧急】晨曜 制动"
) -> Outgoing:
    rendered = Rendered(subject=subject, text=f"{subject}\n\n请在 11:00 前联系客户 <b>&", html="")
    receiver = TO.receiver
    thread = "abcdef0123456789" if case else ""
    draft = Draft(
        delivery_id=number, token="t0k3n", receiver=receiver, rendered=rendered, at=NOW, thread=thread, case=case
    )
    return made.compose(draft)


def run(database: Database, notifiers: Mapping[str, Notifier], after: timedelta = timedelta(0)) -> list[str]:
    deliver(database, notifiers, DESK, lambda: NOW + after, decrypt, jitter=lambda: 0.0)
    with database.read() as session:
        return list(session.exec(select(DeliveryRow.status).order_by(col(DeliveryRow.id))))


class TestOnce:
    def test_a_case_gets_one_ticket_and_what_follows_is_noted_there(self, server: TicketServer) -> None:
        made = notifier(server)
        for number in (1, 2):
            made.send(message(made, number))
        made.close()
        assert len(server.tickets) == 1
        (texts,) = server.texts()
        assert len(texts) == 2
        assert "请在 11:00 前联系客户 <b>&" in texts[0] and "1.t0k3n" in texts[0]
        assert "【紧急】晨曜 制动" in texts[1] and "2.t0k3n" in texts[1]

    def test_another_case_and_a_digest_get_their_own(self, server: TicketServer) -> None:
        made = notifier(server)
        for number, case in ((1, 7), (2, 8), (3, None)):
            made.send(message(made, number, case))
        made.close()
        assert [len(texts) for texts in server.texts()] == [1, 1, 1]

    def test_a_repeat_makes_neither_a_second_ticket_nor_a_second_note(self, server: TicketServer) -> None:
        for number in (1, 1, 2, 2, 1):  # each time a new process that remembers nothing
            made = notifier(server)
            made.send(message(made, number))
            made.close()
        assert [len(texts) for texts in server.texts()] == [2]

    @pytest.mark.parametrize("where", range(6))
    def test_an_answer_that_was_lost_is_found_again(self, server: TicketServer, where: int) -> None:
        """Whatever request the connection ends after, the next try finds what that one did."""
        server.faults.append(Fault("lost", where="", times=1))
        done = 0
        for number in (1, 2):
            for _ in range(8):
                made = notifier(server)
                if done == where:
                    server.faults.append(Fault("lost", method="POST"))
                try:
                    made.send(message(made, number))
                    break
                except NotifierDown:
                    continue
                finally:
                    done += 1
                    made.close()
        assert [len(texts) for texts in server.texts()] == [2]

    def test_titles_fit_and_hold_the_name(self, server: TicketServer) -> None:
        made = notifier(server)
        made.send(message(made, subject="【紧急】" + "刹车" * 200))
        made.close()
        if server.kind != "chatwoot":
            (row,) = server.tickets.values()
            assert row["title"].startswith("[LS7XABCDEF0123] 【紧急】刹车")


FAULTS: list[tuple[Fault, type[ListenerError]]] = [
    (Fault(status=401, body='{"error":"x"}'), NeedsOperator),
    (Fault(status=403, body='{"error":"Not authorized"}'), NeedsOperator),
    (Fault(status=302, headers={"location": "https://elsewhere.example/"}), NeedsOperator),
    (Fault(status=422, body='{"error":"is too long"}'), Permanent),
    (Fault(status=429, headers={"retry-after": "17"}), NotifierDown),
    (Fault(status=500, body="<html>We're sorry"), NotifierDown),
    (Fault(status=502, body="<html>Bad Gateway</html>"), NotifierDown),
    (Fault(status=200, body="<html>Please log in</html>"), Retry),
    (Fault(status=200, body='{"unexpected": 1}'), Retry),
    (Fault(status=200, body='"text"'), Retry),
    (Fault(kind="half"), NotifierDown),
    (Fault(kind="lost"), NotifierDown),
]


@pytest.mark.parametrize(
    ("fault", "error"), FAULTS, ids=lambda each: getattr(each, "kind", "") + str(getattr(each, "status", ""))
)
def test_each_trouble_is_told_from_the_others(server: TicketServer, fault: Fault, error: type[ListenerError]) -> None:
    server.faults.append(Fault(**{**vars(fault), "times": 0}))
    made = notifier(server)
    with pytest.raises(error) as raised:
        made.send(message(made))
    made.close()
    assert type(raised.value) is error
    assert TOKEN not in str(raised.value) and "127.0.0.1" not in str(raised.value)
    if fault.status == 429 and isinstance(raised.value, Retry):
        assert raised.value.after_seconds == 17
    assert not server.tickets or fault.kind != "status"


def test_a_wrong_token_asks_the_operator(server: TicketServer) -> None:
    made = notifier(server, token="WRONGTOKEN")
    with pytest.raises(NeedsOperator) as raised:
        made.send(message(made))
    made.close()
    assert "WRONGTOKEN" not in str(raised.value)


def test_a_wrong_group_or_inbox_asks_the_operator(server: TicketServer) -> None:
    made = notifier(server, group="Nobody", inbox=6)
    with pytest.raises(NeedsOperator, match=r"notifiers\.toml"):
        made.send(message(made))
    made.close()


def test_where_nothing_is_found_at_all_the_operator_is_asked(server: TicketServer) -> None:
    """A wrong account, or a proxy that knows no such path: the case's message must not die of it."""
    server.faults.append(Fault(status=404, body='{"error": "Resource could not be found"}', times=0))
    made = notifier(server)
    with pytest.raises(NeedsOperator, match=r"notifiers\.toml"):
        made.send(message(made))
    made.close()


class TestThroughTheOutbox:
    def test_the_book_remembers_and_the_history_tells(self, server: TicketServer, database: Database) -> None:
        done = opened("1")
        write(database, done, to=[TO])
        assert run(database, {NAME: notifier(server, database)}) == ["sent"]
        write(database, joined("2", done), to=[TO])
        asked = len(server.asked)
        assert run(database, {NAME: notifier(server, database)}, timedelta(hours=1)) == ["sent", "sent"]
        assert [len(texts) for texts in server.texts()] == [2]
        assert not any("search" in path for _, path, _, _ in server.asked[asked:]), "a known ticket is not looked for"
        with database.read() as session:
            (row,) = session.exec(select(OutsideTicketRow)).all()
            told = session.exec(select(CaseEventRow.new).where(CaseEventRow.action == "outside_ticket")).all()
        assert (row.notifier, row.case_id, row.ticket) == (NAME, 1, "19")
        assert told == [f"{NAME} 19"]

    def test_a_kill_between_sending_and_marking_repeats_nothing(self, server: TicketServer, database: Database) -> None:
        write(database, opened("1"), to=[TO])

        class Killed(TicketNotifier):
            def send(self, message: Outgoing) -> Receipt:
                super().send(message)
                raise KeyboardInterrupt

        inner = notifier(server, database)
        killed = Killed(NAME, inner.system, inner._book)
        with pytest.raises(KeyboardInterrupt):
            run(database, {NAME: killed})
        assert run(database, {NAME: notifier(server, database)}, timedelta(minutes=11)) == ["sent"]
        assert [len(texts) for texts in server.texts()] == [1]

    def test_a_ticket_that_was_deleted_there_is_made_anew(self, server: TicketServer, database: Database) -> None:
        done = opened("1")
        write(database, done, to=[TO])
        run(database, {NAME: notifier(server, database)})
        server.tickets.pop(19)
        server.tickets[18] = {"title": "another", "texts": ["x"], "state": "new", "inbox": 5, "contact": 1}
        write(database, joined("2", done), to=[TO])
        assert run(database, {NAME: notifier(server, database)}, timedelta(hours=1)) == ["sent", "sent"]
        assert sorted(server.tickets) == [18, 20]

    def test_two_workers_do_not_make_it_twice(self, server: TicketServer, database: Database) -> None:
        write(database, opened("1"), alert=False)
        now = [NOW]
        book = StoredTicketBook(lambda: database, lambda: now[0])
        assert book.reserve(NAME, "LS1X", 1)
        assert not book.reserve(NAME, "LS1X", 1)
        now[0] += RESERVED
        assert book.reserve(NAME, "LS1X", 1), "who reserved it died"
        book.keep(NAME, "LS1X", "7", 1)
        assert book.known(NAME, "LS1X") == "7"
        now[0] += RESERVED
        assert not book.reserve(NAME, "LS1X", 1), "it is made"


PEOPLE = (Person(name="张敏", mail="zhang@x.example", team="售后"),)
ROUTES = Routes(default=("team:售后",))


def recipients(alert: Alert, owner: str, team: str) -> tuple[Recipient, ...]:
    return routing.case_recipients(alert, owner, team, ROUTES, routing.Directory(people=PEOPLE), NOW)


HANDLING = handling.Desk(sla=Sla(), calendar=sla.Calendar.of(Sla(), ZONE), people=PEOPLE, recipients=recipients)


def case_of(database: Database) -> CaseRow:
    with database.read() as session:
        return session.exec(select(CaseRow)).one()


def history(database: Database, action: str) -> list[tuple[str, str, str]]:
    with database.read() as session:
        rows = session.exec(select(CaseEventRow).where(CaseEventRow.action == action).order_by(col(CaseEventRow.id)))
        return [(row.actor, row.old, row.new) for row in rows]


class TestFollowing:
    @pytest.fixture
    def world(self, server: TicketServer, sqlite_url: str) -> Iterator[Database]:
        database = Database(sqlite_url)
        database.upgrade()
        write(database, opened("1"), to=[TO])
        run(database, {NAME: notifier(server, database)})
        assert self.follow(server, database) == (1, 1)
        yield database
        database.close()

    def follow(self, server: TicketServer, database: Database, after: timedelta = timedelta(0)) -> tuple[int, int]:
        done = follow(database, HANDLING, {NAME: system(server)}, lambda: NOW + after)
        assert not done.trouble
        return done.asked, done.changed

    def test_solved_there_is_answered_here_and_not_closed(self, server: TicketServer, world: Database) -> None:
        first = history(world, "ticket_state")[0][2]
        server.tickets[19]["state"] = SOLVED[server.kind]
        assert self.follow(server, world, timedelta(hours=1)) == (1, 1)
        row = case_of(world)
        assert (row.state, row.first_contact_at, row.owner) == ("answered", NOW + timedelta(hours=1), "")
        assert history(world, "ticket_state")[-1] == (NAME, first, SOLVED[server.kind])
        assert history(world, "reply") == [(NAME, "", "")]
        assert self.follow(server, world, timedelta(hours=2)) == (1, 0), "once"

    def test_reopened_there_is_an_event_and_the_owner_learns_of_it(self, server: TicketServer, world: Database) -> None:
        claim = Command(action=Action.CLAIM, actor="张敏", at=NOW)
        handling.act(world, HANDLING, 1, claim)
        for hours, state in ((1, SOLVED[server.kind]), (2, OPEN[server.kind])):
            server.tickets[19]["state"] = state
            assert self.follow(server, world, timedelta(hours=hours)) == (1, 1)
        assert history(world, "ticket_state")[-1] == (NAME, SOLVED[server.kind], OPEN[server.kind])
        with world.read() as session:
            rows = session.exec(select(DeliveryRow).where(col(DeliveryRow.key).like("case_urged%"))).all()
        assert [row.receiver for row in rows] == ["张敏"]
        assert "ticket_reopened" in rows[0].key

    def test_what_was_answered_or_closed_here_stays(self, server: TicketServer, world: Database) -> None:
        for action in (Action.CLAIM, Action.REPLY, Action.FOLLOW_UP):
            given = {"satisfaction": Satisfaction.MOSTLY} if action is Action.FOLLOW_UP else {}
            handling.act(world, HANDLING, 1, Command(action=action, actor="张敏", at=NOW, **given))  # type: ignore[arg-type]
        server.tickets[19]["state"] = SOLVED[server.kind]
        self.follow(server, world)
        assert case_of(world).state == "follow_up"

    def test_a_doubtful_case_is_not_moved(self, server: TicketServer, world: Database) -> None:
        with world.write() as session:
            session.exec(select(CaseRow)).one().state = "to_verify"
        server.tickets[19]["state"] = SOLVED[server.kind]
        assert self.follow(server, world) == (1, 1)
        assert case_of(world).state == "to_verify"

    def test_a_ticket_that_is_gone_is_asked_for_no_more(self, server: TicketServer, world: Database) -> None:
        server.tickets.clear()
        assert self.follow(server, world) == (1, 1)
        assert history(world, "ticket_state")[-1][2] == DELETED
        assert self.follow(server, world) == (0, 0)

    def test_an_address_or_account_that_is_wrong_deletes_no_ticket(self, server: TicketServer, world: Database) -> None:
        server.faults.append(Fault(status=404, body='{"error": "Resource could not be found"}', times=0))
        done = follow(world, HANDLING, {NAME: system(server)}, lambda: NOW)
        assert list(done.trouble) == [NAME] and not done.changed
        server.faults.clear()
        assert self.follow(server, world) == (1, 0), "it is still followed"

    def test_a_merged_ticket_is_what_it_was_merged_into(self, server: TicketServer, world: Database) -> None:
        if server.kind == "chatwoot":
            pytest.skip("conversations cannot be merged there")
        server.new("the other", ["said before"])
        server.tickets[20]["state"] = OPEN[server.kind]
        server.merge(19, into=20)
        self.follow(server, world)
        assert history(world, "ticket_state")[-1][2] == OPEN[server.kind]
        assert history(world, "reply") == [], "merged is not solved"
        write(world, joined("2", opened("1")), to=[TO])
        assert run(world, {NAME: notifier(server, world)}, timedelta(hours=1)) == ["sent", "sent"]
        assert len(server.tickets[20]["texts"]) == (3 if server.kind == "zammad" else 2), "what is new is noted there"
        server.tickets[20]["state"] = SOLVED[server.kind]
        self.follow(server, world, timedelta(hours=2))
        assert case_of(world).state == "answered"

    def test_one_system_in_trouble_is_told_and_waits(self, server: TicketServer, world: Database) -> None:
        server.faults.append(Fault(status=503, times=0))
        done = follow(world, HANDLING, {NAME: system(server)}, lambda: NOW)
        assert (done.asked, list(done.trouble)) == (0, [NAME])
        assert case_of(world).state == "new"


def test_many_states_come_in_few_requests(server: TicketServer) -> None:
    numbers = [server.new(f"[LS{n}]", ["x"], inbox=5, contact=1) for n in range(60)]
    asked = system(server)
    found = asked.states([str(number) for number in numbers])
    asked.close()
    assert len(found) == 60
    assert len(server.asked) <= 3


class TestInstallation:
    @pytest.fixture
    def listener(self, server: TicketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
        more = {"zammad": 'group = "Users"', "chatwoot": "account = 3\ninbox = 5", "frappe": ""}[server.kind]
        entry = (
            f'[[notifiers]]\nname = "工单系统"\nkind = "{server.kind}"\naddress = "DESK"\nsecret = "TOKEN"\n{more}\n'
        )
        entry += 'customer = "voc@maker.example"\n'
        monkeypatch.setenv("LISTENER_SECRET_DESK", server.address)
        monkeypatch.setenv("LISTENER_SECRET_TOKEN", TOKEN)
        answers = Answers(company="晨曜", receiver="张敏", receiver_mail="z@x.example", feed="http://127.0.0.1:9/f")
        starter(tmp_path, answers)
        (tmp_path / "config" / "notifiers.toml").write_text(entry, encoding="utf-8")
        made = Listener.from_folder(tmp_path / "config")
        yield made
        made.database.close()

    def test_it_is_tried_routed_listed_and_followed(self, server: TicketServer, listener: Listener) -> None:
        result = self.call(listener, "people", "test-send", NAME)
        assert result.exit_code == 0 and "已建外部工单 19" in result.output
        listener.vault.digest("x", "y")
        write(listener.database, opened("1"), to=[TO])
        assert listener.deliver().sent == 1
        assert "tickets" in duties(listener)
        server.tickets[20]["state"] = SOLVED[server.kind]
        rows = json.loads(self.call(listener, "alerts", "tickets", "--ask", "--json").output)
        (row,) = [row for row in rows if row["case"] == 1]
        assert (row["ticket"], row["state"], row["case_state"]) == ("20", SOLVED[server.kind], "已答复")

    def call(self, listener: Listener, *words: str) -> Any:
        return CliRunner().invoke(app, ["--config", str(listener.settings.config_dir), *words])


def test_an_entry_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="group"):
        NotifierSettings.model_validate({"name": "Z", "kind": "zammad", "address": "Z", "secret": "T"})
