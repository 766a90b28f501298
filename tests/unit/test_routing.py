"""Who gets an alert and why; nobody is never silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.alerts.points import distance_km, nearest_point
from listener.alerts.routing import Directory, RouteFacts, case_recipients, facts_of, recipients
from listener.model import Alert, AlertKind, Party, Severity
from listener.settings import Dealer, OnCall, Person, Routes, RouteSettings
from tests.factories import NOW, ZONE

PEOPLE = (
    Person(name="王芳", mail="wang@x.example", team="售后"),
    Person(name="赵强", mail="zhao@x.example", team="售后"),
    Person(name="李经理", mail="li@x.example", role="manager", language="en"),
    Person(name="运维", mail="ops@x.example", role="operator"),
)
HERE = Directory(people=PEOPLE)
CASE = Alert(kind=AlertKind.CASE_OPENED, subject="abc-1", reason="新工单")
SOURCE = Alert(kind=AlertKind.SOURCE_BAD, subject="forum", reason="HTTP 403")
FACTS = RouteFacts(topics=("晨曜",), severity=Severity.S2, problem="car.brake", source="forum")


def routes(*made: RouteSettings, default: tuple[str, ...] = ("李经理",), operators: tuple[str, ...] = ()) -> Routes:
    return Routes(default=default, operators=operators, routes=made)


def names(
    alert: Alert, table: Routes | None, facts: RouteFacts = FACTS, people: tuple[Person, ...] = PEOPLE
) -> list[str]:
    return [each.receiver.name for each in recipients(alert, facts, table, Directory(people=people), NOW)]


def test_the_first_matching_route_wins_and_says_why() -> None:
    table = routes(
        RouteSettings(name="特急", severities=(Severity.S1,), to=("运维",)),
        RouteSettings(name="制动", topics=("晨曜", "曙光"), problems=("car.brake",), to=("王芳",)),
        RouteSettings(name="全部", to=("运维",)),
    )
    (found,) = recipients(CASE, FACTS, table, HERE, NOW)
    assert (found.receiver.name, found.receiver.address, found.receiver.notifier) == ("王芳", "wang@x.example", "email")
    assert found.reason == "派单规则「制动」：主题=晨曜，问题=car.brake" and found.held == ""


def test_every_filled_list_must_match() -> None:
    narrow = RouteSettings(topics=("晨曜",), sources=("weibo",), to=("王芳",))
    assert names(CASE, routes(narrow)) == ["李经理"]
    (found,) = recipients(CASE, FACTS, routes(narrow), HERE, NOW)
    assert "没有匹配的派单规则" in found.reason and found.receiver.language == "en"


def test_any_topic_of_a_mention_matches() -> None:
    table = routes(RouteSettings(name="晨曜", topics=("晨曜",), to=("王芳",)))
    assert names(CASE, table, RouteFacts(topics=("曙光", "晨曜"))) == ["王芳"]


def test_a_route_without_conditions_takes_all() -> None:
    (found,) = recipients(CASE, RouteFacts(), routes(RouteSettings(to=("王芳",))), HERE, NOW)
    assert found.reason == "派单规则「第 1 条」：适用于全部"


def test_a_team_is_its_people_and_nobody_comes_twice() -> None:
    table = routes(RouteSettings(name="售后", to=("team:售后", "王芳", "李经理")))
    found = recipients(CASE, FACTS, table, HERE, NOW)
    assert [each.receiver.name for each in found] == ["王芳", "赵强", "李经理"]
    assert "售后 组成员" in found[0].reason and "组成员" not in found[2].reason


def test_a_route_that_reaches_nobody_falls_to_the_default() -> None:
    table = routes(RouteSettings(name="空组", to=("team:已解散",)))
    (found,) = recipients(CASE, FACTS, table, HERE, NOW)
    assert found.receiver.name == "李经理" and "空组" in found.reason


def test_a_default_that_reaches_nobody_falls_to_the_roles() -> None:
    assert names(CASE, routes(default=("走了的人",))) == ["李经理", "运维"]


def test_source_alerts_go_to_the_operators() -> None:
    everything = RouteSettings(to=("王芳",))
    assert names(SOURCE, routes(everything, operators=("运维",))) == ["运维"]
    assert names(SOURCE, routes(everything)) == ["李经理"]
    assert names(SOURCE, None) == ["运维"]


def test_without_routes_those_who_answer_for_it_get_it() -> None:
    assert names(CASE, None) == ["李经理", "运维"]
    assert names(CASE, None, people=PEOPLE[:2]) == ["王芳", "赵强"]


def test_nobody_at_all_is_held_with_the_mend() -> None:
    for table in (None, routes()):
        (found,) = recipients(CASE, FACTS, table, Directory(), NOW)
        assert found.receiver.address == "" and "people.toml" in found.held


def test_what_routes_match_on_comes_from_the_alert() -> None:
    given = Alert(
        kind=AlertKind.CASE_OPENED, subject="a", reason="", severity=Severity.S1,
        facts={"topics": ["晨曜"], "problem": "p", "source": "s"},
    )  # fmt: skip
    assert facts_of(given) == RouteFacts(topics=("晨曜",), severity=Severity.S1, problem="p", source="s")
    assert facts_of(CASE) == RouteFacts()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class TestWhatRoutesMatch:
    @pytest.mark.parametrize(
        ("route", "changes", "matches"),
        [
            ({"problems": ("car",)}, {}, True),
            ({"problems": ("car.b",)}, {}, True),
            ({"regions": ("浙江",)}, {"region": "浙江杭州"}, True),
            ({"regions": ("浙江",)}, {"region": ""}, False),
            ({"products": ("L6",)}, {"products": ("L7", "L6")}, True),
            ({"segments": ("大客户",)}, {"segment": "大客户 · 老客户"}, True),
            ({"segments": ("大客户",)}, {"segment": "零散客户"}, False),
            ({"dealers": ("沪东店",)}, {"dealers": ("沪东店",)}, True),
            ({"dealers": ("沪东店",)}, {"dealer": "沪东店"}, True),
            ({"platforms": ("weibo",)}, {"platform": "discuz"}, False),
            ({"followers": 10_000}, {"followers": 9_999}, False),
            ({"followers": 10_000}, {"followers": 12_000}, True),
        ],
    )
    def test_each(self, route: dict[str, object], changes: dict[str, object], matches: bool) -> None:
        table = routes(RouteSettings(to=("王芳",), **route))  # type: ignore[arg-type]
        facts = replace(FACTS, **changes)  # type: ignore[arg-type]
        assert names(CASE, table, facts) == (["王芳"] if matches else ["李经理"])


class TestWhoIsThere:
    TABLE = routes(RouteSettings(to=("王芳",)))

    def people(self, **changes: object) -> tuple[Person, ...]:
        wang = Person.model_validate({"name": "王芳", "mail": "w@x.example", "team": "售后", **changes})
        return (wang, *PEOPLE[1:])

    def test_a_deputy_stands_in_for_who_is_on_leave(self) -> None:
        people = self.people(deputy="赵强", away=["2026-11-20..2026-11-27"])
        (found,) = recipients(CASE, FACTS, self.TABLE, Directory(people=people), NOW)
        assert found.receiver.name == "赵强"
        assert "王芳休假，由代理人接收" in found.reason
        assert names(CASE, self.TABLE, people=self.people(deputy="赵强", away=["2026-11-24"])) == ["王芳"]

    def test_shifts_hold_but_for_what_is_critical(self) -> None:
        people = self.people(deputy="赵强", shifts=["1-5 12:00-18:00"])  # it is ten o'clock
        assert names(CASE, self.TABLE, people=people) == ["赵强"]
        assert names(replace(CASE, severity=Severity.S1), self.TABLE, people=people) == ["王芳"]

    def test_in_a_team_those_on_shift_get_it_and_where_nobody_is_all(self) -> None:
        table = routes(RouteSettings(to=("team:售后",)))
        late = self.people(shifts=["1-7 12:00-24:00"])
        assert names(CASE, table, people=late) == ["赵强"]
        nobody = (late[0], late[1].model_copy(update={"shifts": late[0].shifts}))
        assert names(CASE, table, people=nobody) == ["王芳", "赵强"]

    def test_on_call_changes_by_the_week(self) -> None:
        table = routes(RouteSettings(to=("oncall:夜班",))).model_copy(
            update={"oncall": (OnCall(name="夜班", people=("王芳", "赵强"), since=date(2026, 11, 18)),)}
        )
        found = [
            [each.receiver.name for each in recipients(CASE, FACTS, table, HERE, at(day))]
            for day in ("2026-11-22 23:00", "2026-11-23 00:00", "2026-11-30 08:00")
        ]
        assert found == [["王芳"], ["赵强"], ["王芳"]]

    @pytest.mark.parametrize("text", ["1-5", "0-5 09:00-18:00", "5-1 09:00-18:00", "1 18:00-09:00", "x"])
    def test_a_shift_that_cannot_be_read_is_a_mistake(self, text: str) -> None:
        with pytest.raises(ValidationError):
            self.people(shifts=[text])
        with pytest.raises(ValidationError):
            self.people(away=["2026-12-01..2026-11-01"])


class TestLoad:
    TABLE = routes(RouteSettings(to=("team:售后",), assign="load"))

    def test_the_case_goes_to_who_has_the_fewest(self) -> None:
        directory = Directory(people=PEOPLE, loads={"王芳": 3, "赵强": 1})
        (found,) = recipients(CASE, FACTS, self.TABLE, directory, NOW)
        assert (found.receiver.name, found.assigned) == ("赵强", True)
        assert "按工作量分派（手上 1 个）" in found.reason

    def test_many_at_once_are_shared_out(self) -> None:
        directory = Directory(people=PEOPLE, loads={})
        given_to = [recipients(CASE, FACTS, self.TABLE, directory, NOW)[0].receiver.name for _ in range(10)]
        assert given_to.count("王芳") == given_to.count("赵强") == 5

    def test_what_waits_for_a_digest_is_given_to_nobody(self) -> None:
        found = recipients(replace(CASE, digest=True), FACTS, self.TABLE, HERE, NOW)
        assert [each.assigned for each in found] == [False, False]


EAST = Dealer(name="沪东店", region="上海", contact="王芳", place=(31.22, 121.54))
WEST = Dealer(name="沪西店", region="上海", contact="赵强", place=(31.23, 121.40))
FAR = Dealer(name="杭州店", region="浙江杭州", contact="李经理", place=(30.27, 120.15))
POINTS = (EAST, WEST, FAR)


class TestNearest:
    TABLE = routes(RouteSettings(to=("nearest",)))
    DIRECTORY = Directory(people=PEOPLE, dealers=POINTS)

    def chosen(self, **changes: object) -> tuple[str, str]:
        facts = replace(FACTS, **changes)  # type: ignore[arg-type]
        (found,) = recipients(CASE, facts, self.TABLE, self.DIRECTORY, NOW)
        return found.receiver.name, found.reason

    def test_never_the_one_the_complaint_is_against(self) -> None:
        name, reason = self.chosen(dealers=("沪东店",), region="上海")
        assert name == "赵强"
        assert "最近的服务网点：沪西店，约 13 公里" in reason

    def test_near_the_customer_s_own_dealer(self) -> None:
        assert self.chosen(dealer="杭州店")[0] == "李经理"

    def test_by_region_where_no_place_is_known(self) -> None:
        assert self.chosen(region="浙江宁波")[0] == "李经理"

    def test_only_who_can_help(self) -> None:
        brake = EAST.model_copy(update={"competences": ("car.brake",)})
        paint = EAST.model_copy(update={"competences": ("car.paint",)})
        asked = {"accused": (), "usual": "", "region": "上海", "problem": "car.brake", "products": ()}
        assert nearest_point([brake], **asked) is not None  # type: ignore[arg-type]
        assert nearest_point([paint], **asked) is None  # type: ignore[arg-type]
        supplier = EAST.model_copy(update={"party": Party.SUPPLIER})
        assert nearest_point([supplier], **asked) is None  # type: ignore[arg-type]

    def test_where_none_is_left_the_default_gets_it(self) -> None:
        directory = Directory(people=PEOPLE, dealers=(EAST,))
        facts = replace(FACTS, dealers=("沪东店",))
        (found,) = recipients(CASE, facts, self.TABLE, directory, NOW)
        assert found.receiver.name == "李经理"
        assert "默认接收人" in found.reason

    def test_distances(self) -> None:
        assert round(distance_km((31.2304, 121.4737), (39.9042, 116.4074))) == 1067  # Shanghai to Beijing

    @given(st.lists(st.sampled_from(["沪东店", "沪西店", "杭州店"])), st.sampled_from(["", "上海", "浙江杭州", "北京"]))
    def test_the_accused_is_never_chosen(self, accused: list[str], region: str) -> None:
        found = nearest_point(POINTS, accused=accused, usual="沪东店", region=region, problem="x", products=())
        assert (found is None) is (set(accused) == {"沪东店", "沪西店", "杭州店"})
        assert found is None or found.dealer.name not in accused


def test_what_is_late_goes_to_the_owner_s_lead_before_the_team_s_supervisors() -> None:
    people = (
        Person(name="王芳", mail="w@x.example", team="售后", lead="组长"),
        Person(name="组长", mail="z@x.example", team="售后"),
        Person(name="孙主管", mail="s@x.example", team="售后", role="supervisor"),
    )
    late = Alert(kind=AlertKind.CASE_ESCALATED, subject="m-1", reason="", facts={"level": 100})
    routes = Routes(default=("孙主管",))
    found = case_recipients(late, "王芳", "售后", routes, Directory(people=people), NOW)
    assert [each.receiver.name for each in found] == ["王芳", "组长"]
    found = case_recipients(late, "", "售后", routes, Directory(people=people), NOW)
    assert [each.receiver.name for each in found] == ["王芳", "组长", "孙主管"], "a team has no one lead"


def test_a_case_that_nobody_has_is_that_of_whoever_the_routes_send_it_to() -> None:
    people = (
        Person(name="王芳", mail="w@x.example", team="售后"),
        Person(name="孙主管", mail="s@x.example", team="售后", role="supervisor"),
        Person(name="周总", mail="z@x.example", role="manager"),
    )
    table = routes(RouteSettings(name="上海", regions=("上海",), to=("王芳",)), default=("周总",))
    told = {
        level: case_recipients(
            Alert(kind=AlertKind.CASE_ESCALATED, subject="m-1", reason="", facts={"level": level, "region": "上海"}),
            "",
            "",
            table,
            Directory(people=people),
            NOW,
        )
        for level in (50, 100, 200)
    }
    names = {level: [each.receiver.name for each in found] for level, found in told.items()}
    assert names == {50: ["王芳"], 100: ["王芳", "孙主管"], 200: ["王芳", "孙主管", "周总"]}
    assert [each.reason for each in told[100]] == ["派单规则「上海」：地区=上海", "主管"]
