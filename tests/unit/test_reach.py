"""``listener check`` finds a class of cases that would reach nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from listener.alerts.reach import unreached
from listener.alerts.routing import Directory
from listener.settings import Dealer, NotifierSettings, Person, Routes
from tests.factories import NOW, ZONE

LOCAL = NOW.astimezone(ZONE)
BOSS = Person(name="孙主管", mail="sun@x.example", role="supervisor", team="售后")
WANG = Person(name="王芳", mail="wang@x.example", team="售后")


def found(*routes: dict[str, Any], people: tuple[Person, ...] = (BOSS, WANG), **more: Any) -> list[str]:
    made = Routes.model_validate({"default": ["team:售后"], "routes": routes})
    return unreached(made, Directory(people=people, **more), LOCAL)


def test_a_sound_configuration_has_nothing_to_say() -> None:
    assert found({"name": "全部", "to": ["team:售后"]}) == []


def test_routes_that_fall_to_the_default_or_to_a_robot_alone() -> None:
    dealer = Dealer(name="东店", contact="王芳", competences=("car.engine",))
    lines = found({"name": "就近", "problems": ["car.brake"], "to": ["nearest"]}, dealers=(dealer,))
    assert lines == ["派单规则「就近」找不到接收人，会转给默认接收人"]
    robot = NotifierSettings(name="群", kind="wecom", address="GROUP")
    lines = found({"name": "只发群", "to": ["notifier:群"]}, notifiers=(robot,))
    assert lines == ["派单规则「只发群」只通知群机器人，没有人负责认领"]


def test_a_route_that_another_hides_and_days_on_which_nobody_is_there() -> None:
    first, second = {"name": "全部", "to": ["王芳"]}, {"name": "S1", "severities": ["S1"], "to": ["孙主管"]}
    assert found(first, second) == ["派单规则「S1」轮不到：前面的「全部」已匹配它的全部条件"]
    day = (LOCAL + timedelta(days=2)).date().isoformat()
    away = Person.model_validate({**WANG.model_dump(exclude={"away", "shifts"}), "away": [day]})
    (line,) = found({"name": "大客户", "segments": ["大客户"], "to": ["王芳"]}, people=(BOSS, away))
    assert "大客户" in line and "休假" in line and day[5:] in line


def test_nobody_at_all_and_nobody_to_escalate_to() -> None:
    assert "无人接收" in found(people=())[0]
    assert found(people=(WANG,)) == ["没有主管和管理者（role）：超时的工单只会提醒负责人"]
    assert unreached(None, Directory(people=(BOSS,)), LOCAL) == []
