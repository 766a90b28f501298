"""Commands of those who decide who is alerted when: routes rehearsed, silences."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.base import JsonOption, PersonOption, invocation, print_line, show, show_json
from listener.cli.helping import group
from listener.cli.look import alerts
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.settings import read_duration

silence = group("免打扰 silences")
routes = group("派单规则 routes")


def register(app: typer.Typer) -> None:
    """The commands belong to the group ``alerts``, which ``look`` adds."""
    alerts.add_typer(silence, name="silence")
    alerts.add_typer(routes, name="routes")


@routes.command("rehearse")
def routes_rehearse(
    context: typer.Context,
    days: Annotated[int, typer.Option("--days", min=1, help="过去多少天 of how many days")] = 30,
    as_json: JsonOption = False,
) -> None:
    """按现在的派单规则重演过去的预警：发给谁、多少、多少重复；什么也不发。 What today's routes would have sent."""
    found = invocation(context).listener.rehearse_routes(days)
    names = sorted(found.sent.keys() | found.digest.keys() | found.duplicates.keys() | found.lost.keys())
    columns = {
        "receiver": say("接收人", "receiver"),
        "sent": say("单独发送", "sent"),
        "duplicates": say("并入（重复）", "merged duplicates"),
        "digest": say("随汇总", "in digests"),
        "gained": say("比实际多", "not had then"),
        "lost": say("比实际少", "had then"),
    }
    rows = [
        {"receiver": name} | {each: getattr(found, each)[name] for each in columns if each != "receiver"}
        for name in names
    ]
    if as_json:
        show_json({"alerts": found.alerts, "routes": found.routes, "nobody": found.nobody, "receivers": rows})
        return
    print_line(say(f"过去 {days} 天 {found.alerts} 条工单预警：", f"{found.alerts} case alerts of {days} days:"))
    show(False, "", columns, rows)
    for name, count in found.routes.most_common():
        print_line(say(f"  规则「{name}」匹配 {count} 次", f"  route {name} matched {count} times"))
    if found.nobody:
        missed = len(found.nobody)
        print_line(
            say(f"  {missed} 条无人接收，请检查 routes.toml", f"  {missed} would have reached nobody: see routes.toml")
        )


@routes.command("explain")
def routes_explain(
    context: typer.Context,
    case: Annotated[int, typer.Argument(help="工单号 the case's number")],
    as_json: JsonOption = False,
) -> None:
    """工单的预警现在会发给谁、哪条规则匹配、别的为何不匹配，以及实际发了什么。 Which route takes a case, and why."""
    found = invocation(context)
    explained, told = found.listener.explain_routes(case, found.lang)
    rules = [{"route": name, "state": state, "why": why} for name, state, why in explained.routes]
    to = [{"receiver": each.receiver.name, "reason": each.reason, "held": each.held} for each in explained.to]
    if as_json:
        show_json({"routes": rules, "to": to, "deliveries": told})
        return
    words = {
        "match": say("匹配", "matches"),
        "miss": say("不匹配", "does not match"),
        "later": say("也匹配，但排在后面", "matches too, but comes later"),
    }
    why, held = say("理由", "why"), say("未发原因", "held back")
    rules = [rule | {"state": words[rule["state"]]} for rule in rules]
    show(False, "", {"route": say("派单规则", "route"), "state": say("结果", "result"), "why": why}, rules)
    show(False, "", {"receiver": say("现在会发给", "would go to"), "reason": why, "held": held}, to)
    went = {"id": "#", "receiver": say("实际发给", "went to"), "subject": say("标题", "subject")}
    show(False, "", went | {"status": say("状态", "status"), "held": held, "last_error": say("错误", "error")}, told)


@silence.command("add")
def silence_add(
    context: typer.Context,
    match: Annotated[
        list[str], typer.Option("--match", help="topic|problem|severity|source|case|platform=VALUE,VALUE")
    ] = [],  # noqa: B006
    lasts: Annotated[str, typer.Option("--for", help="多久（如 2h、1d） how long")] = "2h",
    reason: Annotated[str, typer.Option("--reason", help="原因 why")] = "",
    as_person: PersonOption = "",
) -> None:
    """一段时间内不打扰；结束后随汇总补发，S1 不受影响。 Mute what matches for a while."""
    listener = invocation(context).listener
    try:
        length = read_duration(lasts)
    except ValueError as error:
        raise BadInput(Mistake("--for", str(error), "2h")) from None
    number = listener.add_silence(match, listener.acting(as_person), reason, length)
    print_line(say(f"免打扰 #{number} 已生效", f"silence #{number} holds"))


@silence.command("list")
def silence_list(context: typer.Context, as_json: JsonOption = False) -> None:
    """列出免打扰。 All silences."""
    columns = {
        "number": say("编号", "number"),
        "holds": say("生效中", "holds"),
        "matcher": say("匹配", "matches"),
        "author": say("设置人", "by"),
        "reason": say("原因", "reason"),
        "starts_at": say("开始", "from"),
        "ends_at": say("结束", "until"),
    }
    show(as_json, "", columns, invocation(context).listener.silence_rows())


@silence.command("end")
def silence_end(context: typer.Context, number: int) -> None:
    """提前结束免打扰。 End a silence now."""
    invocation(context).listener.end_silence(number)
    print_line(say(f"免打扰 #{number} 已结束", f"silence #{number} ended"))


@alerts.command("retry")
def alerts_retry(context: typer.Context, number: int) -> None:
    """重发一条失败的记录。 Try a failed delivery again, with the same bytes."""
    invocation(context).listener.retry_delivery(number)
    print_line(say(f"#{number} 将重新发送", f"#{number} will be tried again"))
