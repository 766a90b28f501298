"""Commands of those who work on cases: claim, assign, answer, follow up, close …"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from listener.cases.moves import FALSE_ALARMS, Action
from listener.cli.base import JsonOption, PersonOption, invocation, print_line, show_json
from listener.cli.look import cases
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import Satisfaction, Severity
from listener.text.labels import label

if TYPE_CHECKING:
    from listener.handling import Done

Numbers = Annotated[list[int], typer.Argument(help="工单编号，可以写多个 case numbers")]
NoteOption = Annotated[str, typer.Option("--note", help="说明 a word of why or what")]


def register(app: typer.Typer) -> None:
    """The commands belong to the group ``cases``, which ``look`` adds."""


def _do(context: typer.Context, numbers: Sequence[int], action: Action, person: str, **how: Any) -> None:
    """Do it to each case and say what became of it; where one was refused, the exit code tells."""
    listener = invocation(context).listener
    acting = listener.acting(person)
    refused: list[Mistake] = []
    for number, done in listener.act(numbers, action, acting, **how):
        if isinstance(done, BadInput):
            refused.extend(done.mistakes)
        else:
            print_line(listener.done_words(number, done))
    if refused:
        raise BadInput(*refused)


@cases.command("verify")
def verify(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """核实：待核实的确是投诉。 A doubtful case is a complaint indeed."""
    _do(context, numbers, Action.VERIFY, as_person, note=note)


@cases.command("claim")
def claim(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """认领：由我处理。 I take it."""
    _do(context, numbers, Action.CLAIM, as_person, note=note)


@cases.command("assign")
def assign(
    context: typer.Context,
    numbers: Numbers,
    to: Annotated[str, typer.Option("--to", help="姓名或 team:班组 a name or team:NAME")] = "",
    as_person: PersonOption = "",
    note: NoteOption = "",
) -> None:
    """转派给某人或某个班组。 Give it to somebody."""
    listener = invocation(context).listener
    how = listener.assignee(to) if to else {}
    _do(context, numbers, Action.ASSIGN, as_person, note=note, **how)


@cases.command("contact")
def contact(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """登记：已联系客户。 The customer was contacted."""
    _do(context, numbers, Action.CONTACT, as_person, note=note)


@cases.command("plan")
def plan(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """登记处理方案。 There is a plan."""
    _do(context, numbers, Action.PLAN, as_person, note=note)


@cases.command("wait")
def wait(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """等待客户补充，计时暂停。 Wait for the customer; the clocks stand."""
    _do(context, numbers, Action.WAIT, as_person, note=note)


@cases.command("resume")
def resume(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """继续处理，计时恢复。 Go on; the clocks run again."""
    _do(context, numbers, Action.RESUME, as_person, note=note)


@cases.command("reply")
def reply(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """登记：已答复客户。 The customer has our answer."""
    _do(context, numbers, Action.REPLY, as_person, note=note)


ResultOption = Annotated[str, typer.Option("--result", help="satisfied | mostly | unsatisfied | unreached")]


@cases.command("visit")
def visit(
    context: typer.Context,
    numbers: Numbers,
    result: ResultOption = "",
    as_person: PersonOption = "",
    note: NoteOption = "",
) -> None:
    """回访登记：满意、基本满意、不满意、未接通。 What the customer says of it."""
    _do(context, numbers, Action.FOLLOW_UP, as_person, note=note, satisfaction=_satisfaction(result, "--result"))


@cases.command("close")
def close(
    context: typer.Context,
    numbers: Numbers,
    cause: Annotated[str, typer.Option(help="原因（代码或文字） the cause")] = "",
    countermeasure: Annotated[str, typer.Option(help="改进措施 what is done about the cause")] = "",
    remedy: Annotated[str, typer.Option(help="给客户的补救 what the customer got")] = "",
    satisfaction: Annotated[str, typer.Option(help="satisfied | mostly | unsatisfied | unreached")] = "",
    judged: Annotated[bool, typer.Option("--judged", help="满意度是判断的，不是客户说的 judged, not said")] = False,
    as_person: PersonOption = "",
    note: NoteOption = "",
) -> None:
    """办结：写明原因、改进措施、补救和满意度。 Close it with cause, countermeasure, remedy and satisfaction."""
    _do(
        context,
        numbers,
        Action.CLOSE,
        as_person,
        note=note,
        cause=cause,
        countermeasure=countermeasure,
        remedy=remedy,
        satisfaction=_satisfaction(satisfaction, "--satisfaction"),
        judged=judged,
    )


def _satisfaction(text: str, option: str) -> Satisfaction | None:
    """A code or its word (满意)."""
    if not text:
        return None
    for each in Satisfaction:
        if text in (each.value, label(each, "zh"), label(each, "en")):
            return each
    words = "、".join(f"{each.value}（{label(each)}）" for each in Satisfaction)
    raise BadInput(Mistake(option, say(f"没有 {text}", f"no {text}"), words))


@cases.command("reopen")
def reopen(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """重办。 Take it up again."""
    _do(context, numbers, Action.REOPEN, as_person, note=note)


@cases.command("false-alarm")
def false_alarm(
    context: typer.Context,
    numbers: Numbers,
    reason: Annotated[str, typer.Option(help="|".join(FALSE_ALARMS))] = "",
    as_person: PersonOption = "",
    note: NoteOption = "",
) -> None:
    """非投诉：误判、广告、与我司无关。 It is no complaint about us."""
    words = {label(code, language): code for code in FALSE_ALARMS for language in ("zh", "en")}
    _do(context, numbers, Action.FALSE_ALARM, as_person, note=note, reason=words.get(reason, reason))


@cases.command("merge")
def merge(
    context: typer.Context,
    numbers: Numbers,
    into: Annotated[int, typer.Option("--into", help="并入的工单 the case that stays")] = 0,
    as_person: PersonOption = "",
    note: NoteOption = "",
) -> None:
    """并单：两张工单是同一件事。 Two cases are one matter."""
    _do(context, numbers, Action.MERGE, as_person, note=note, other=into or None)


@cases.command("split")
def split(
    context: typer.Context,
    number: int,
    mention: Annotated[list[str], typer.Option("--mention", help="信息编号 native id of a mention")] = [],  # noqa: B006
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """拆单：把属于另一件事的信息拆出去。 Take mentions of another matter out into a case of their own."""
    listener = invocation(context).listener
    done: Done = listener.split_case(number, mention, listener.acting(as_person))
    show_json({"number": done.number}) if as_json else print_line(
        say(f"已拆出工单 #{done.number}", f"case #{done.number} was taken out")
    )


@cases.command("return")
def give_back(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """退回：不归我处理。 It is not mine to handle."""
    _do(context, numbers, Action.RETURN, as_person, note=note)


@cases.command("urge")
def urge(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """催办。 Remind its owner."""
    _do(context, numbers, Action.URGE, as_person, note=note)


@cases.command("supervise")
def supervise(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """督办（主管、管理者）。 Watch over it."""
    _do(context, numbers, Action.SUPERVISE, as_person, note=note)


@cases.command("grade")
def grade(
    context: typer.Context,
    numbers: Numbers,
    severity: Annotated[str, typer.Option(help="S1 | S2 | S3 | S4")] = "",
    as_person: PersonOption = "",
    note: NoteOption = "",
) -> None:
    """调整紧急程度，时限随之重算。 Change the severity, and with it the deadlines."""
    if severity and severity not in list(Severity):
        raise BadInput(Mistake("--severity", say(f"没有 {severity}", f"no {severity}"), "S1 S2 S3 S4"))
    _do(context, numbers, Action.SEVERITY, as_person, note=note, severity=Severity(severity) if severity else None)


@cases.command("outside")
def outside(
    context: typer.Context,
    numbers: Numbers,
    name: Annotated[str, typer.Option("--name", help="12315、12345 等，时限见 sla.toml the regulator")] = "",
    number: Annotated[str, typer.Option("--number", help="对方的编号 its number")] = "",
    by: Annotated[str, typer.Option("--by", help="对方要求的期限，如 2026-12-05 its deadline")] = "",
    region: Annotated[str, typer.Option("--region", help="城市，如 上海 the city")] = "",
    as_person: PersonOption = "",
    note: NoteOption = "",
) -> None:
    """登记外部编号和时限（12315、12345 转办）；比我们的时限早则以它为准。 A regulator's number and deadline."""
    listener = invocation(context).listener
    until = _until(by, listener.settings.zone) if by else None
    how = {"outside_name": name, "outside_number": number, "outside_by": until, "region": region}
    _do(context, numbers, Action.OUTSIDE, as_person, note=note, **how)


def _until(text: str, zone: ZoneInfo) -> datetime:
    """The end of a day (2026-12-05), or the moment (2026-12-05T17:00)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(Mistake("--by", say(f"不是日期：{text}", f"no date: {text}"), "2026-12-05")) from None
    if len(text) == len("2026-12-05"):
        moment = datetime.combine(moment.date(), time(23, 59))
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@cases.command("receipt")
def receipt(context: typer.Context, number: int) -> None:
    """受理单：受理编号、支持材料、客户诉求（GB/T 19012-2019）。 The receipt of a complaint."""
    found = invocation(context)
    print_line(found.listener.receipt(number, found.lang))


@cases.command("not-this-customer")
def unlink(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """关联的客户不对。 The linked customer is not who speaks."""
    _do(context, numbers, Action.UNLINK, as_person, note=note)


@cases.command("note")
def note_down(context: typer.Context, numbers: Numbers, as_person: PersonOption = "", note: NoteOption = "") -> None:
    """备注。 Keep a note."""
    _do(context, numbers, Action.NOTE, as_person, note=note)


@cases.command("brief")
def brief(context: typer.Context, number: int) -> None:
    """一键上报：五行舆情快报，可直接粘贴。 A five-line brief to pass on."""
    found = invocation(context)
    print_line(found.listener.brief(number, found.lang))


@cases.command("morning")
def morning(context: typer.Context) -> None:
    """现在就生成今天的晨会清单（守护进程每个工作日 8:50 自动生成）。 Today's lists, now."""
    count = invocation(context).listener.morning_lists()
    print_line(say(f"已生成 {count} 份清单，随 listener deliver 发送", f"{count} lists wait for: listener deliver"))
