"""Commands about customers: their card, what people mark on them, erasing them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from listener.cli.base import JsonOption, PersonOption, UnmaskOption, clock, invocation, out, print_line, show_json
from listener.cli.helping import group
from listener.errors import BadInput, Mistake, NeedsOperator
from listener.language import say

if TYPE_CHECKING:
    from listener.crm.erasing import Erased

customers = group("客户 customers")

PROFESSIONAL = "professional_claim"


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.add_typer(customers, name="customers")


@customers.command("show")
def customers_show(
    context: typer.Context,
    external_id: str,
    as_json: JsonOption = False,
    unmask: UnmaskOption = False,
    as_person: PersonOption = "",
    limit: Annotated[int, typer.Option(min=1, help="往来条数 entries of the timeline")] = 30,
) -> None:
    """客户卡片与往来时间线（默认脱敏）。 The customer card with its timeline, masked unless --unmask --as PERSON."""
    found = invocation(context)
    facts = found.cards.customer_facts(external_id, found.lang, unmask=unmask, person=as_person, limit=limit)
    if as_json:
        show_json(facts)
        return
    for name, value in _lines(facts):
        print_line(f"{name}: {value}")
    out().print(say("往来：", "timeline:"))
    for entry in facts["timeline"]:
        line = f"  {clock(entry['at'])}  {entry['word']}  {entry['what']}"
        print_line(line)


def _lines(facts: dict[str, Any]) -> list[tuple[str, object]]:
    """What a person reads of a card, above the timeline: nothing that is empty."""
    words = {
        "external_id": say("客户编号", "customer"), "name": say("姓名", "name"), "party": say("类型", "party"),
        "contact": say("联系人", "contact"), "address": say("地址", "address"), "region": say("地区", "region"),
        "product": say("产品", "product"), "dealer": say("经销商", "dealer"), "owner": say("客户经理", "manager"),
        "since": say("客户自", "since"), "value": say("消费金额", "value"), "profit": say("利润", "profit"),
        "volume": say("购买次数", "purchases"), "segment": say("分群", "segment"), "segment_reason": say("理由", "why"),
        "stage": say("生命周期", "stage"), "stage_reason": say("理由", "why"), "leaving": say("流失风险", "may leave"),
    }  # fmt: skip
    found: list[tuple[str, object]] = [(word, facts[name]) for name, word in words.items() if facts[name]]
    lists = {"identities": say("线索", "identifiers"), "missing": say("缺少", "missing"), "cases": say("工单", "cases")}
    found += [(word, "、".join(map(str, facts[name]))) for name, word in lists.items() if facts[name]]
    found.append((say("资料完整率", "record known"), f"{facts['completeness']:.0%}"))
    for name, word in {"products": say("购买", "bought"), "service": say("维修", "repairs")}.items():
        found += [(word, _compact(each)) for each in facts[name]]
    related = {"group": say("所属集团", "group"), "subsidiaries": say("下属", "subsidiaries"),
               "household": say("同一家庭", "household")}  # fmt: skip
    found += [(word, "、".join(facts["relations"][name])) for name, word in related.items() if facts["relations"][name]]
    found += [
        (say("标记", "marked"), f"{flag['word']}（{flag['set_by']} {str(flag['set_at'])[:10]}：{flag['evidence']}）")
        for flag in facts["flags"]
        if not flag["ended_at"]
    ]
    return found + ([(say("匹配", "linking"), say("禁止匹配", "never linked"))] if facts["do_not_link"] else [])


def _compact(facts: dict[str, Any]) -> str:
    kept = {name: value for name, value in facts.items() if value not in (None, "", [], 0.0)}
    return json.dumps(kept, ensure_ascii=False).strip("{}")


@customers.command("flag")
def customers_flag(
    context: typer.Context,
    external_id: str,
    evidence: Annotated[str, typer.Option(help="依据：事实、时间、工单编号 the evidence")] = "",
    as_person: PersonOption = "",
) -> None:
    """标记为疑似职业索赔（须写明依据；不影响任何时限）。 Mark as maybe a professional claimant; no deadline changes."""
    invocation(context).listener.flag_customer(external_id, PROFESSIONAL, evidence, as_person)
    out().print(say(f"已标记 {external_id}；时限不变", f"{external_id} is marked; no deadline changes"))


@customers.command("unflag")
def customers_unflag(context: typer.Context, external_id: str, as_person: PersonOption = "") -> None:
    """取消疑似职业索赔的标记。 End that mark."""
    invocation(context).listener.unflag_customer(external_id, PROFESSIONAL, as_person)
    out().print(say(f"已取消 {external_id} 的标记", f"{external_id} is no longer marked"))


@customers.command("do-not-link")
def customers_do_not_link(
    context: typer.Context,
    external_id: str,
    off: Annotated[bool, typer.Option("--off", help="恢复匹配 may be linked again")] = False,
    as_person: PersonOption = "",
) -> None:
    """不再把任何信息与该客户匹配。 Never link mentions to this customer, or (--off) again."""
    invocation(context).listener.set_do_not_link(external_id, not off, as_person)
    out().print(say("已恢复匹配", "may be linked again") if off else say("不再匹配", "never linked from now on"))


@customers.command("erase")
def customers_erase(
    context: typer.Context,
    external_id: Annotated[str, typer.Argument(help="客户编号 the customer's external id")] = "",
    account: Annotated[str, typer.Option(help="不是客户的发布者：平台:账号 an author, as PLATFORM:ID")] = "",
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """按本人要求彻底删除，并检索证明。 Erase somebody everywhere, and prove it by a search for their values."""
    if bool(external_id) == bool(account):
        what = say("请给出客户编号，或 --account 平台:账号", "give a customer's id, or --account PLATFORM:ID")
        raise BadInput(Mistake("customer", what))
    found = invocation(context).listener.erase_customer(external_id, as_person, account)
    if as_json:
        show_json({**asdict(found), "complete": found.complete})
    else:
        for line in _erased_lines(found):
            print_line(line)
    if not found.complete:
        mend = say("停止守护进程后再执行一次", "stop the daemon, and run it again")
        raise NeedsOperator(say(f"尚未完全删除；{mend}", f"something is left; {mend}"))


def _erased_lines(found: Erased) -> list[str]:
    """What was erased and what is left, as a person reads it."""
    done = "，".join(f"{name} {count}" for name, count in found.done.items() if count)
    lines = [say(f"已删除：{done or '—'}", f"erased: {done or '—'}")]
    before, after = sum(found.before.values()), sum(found.after.values())
    lines.append(
        say(f"数据库中含有这些值的位置：{before} → {after}", f"places that hold the values: {before} → {after}")
    )
    lines += [f"  {place}: {count}" for place, count in sorted(found.after.items())]
    if found.left_in_bytes is not None:
        left = found.left_in_bytes
        lines.append(
            say(f"数据库文件与预写日志的字节中：{left} 处", f"in the bytes of the database and its log: {left}")
        )
    for name, paths in {
        say("已修改的文件", "files changed"): found.files_changed,
        say("仍含有这些值的文件", "files that still hold them"): found.files_left,
        say("仍含有这些值的备份（到期删除）", "backups that still hold them (until they are removed)"): found.backups,
        say("曾导出的原文，请自行处理", "handed out unmasked: deal with these"): found.elsewhere,
    }.items():
        lines += [f"{name}：", *(f"  {path}" for path in paths)] if paths else []
    if found.left_in_bytes is None:
        chinese = "PostgreSQL：数据行已无；死元组到 VACUUM 为止，备份到过期为止（docs/privacy.md）"
        return [
            *lines,
            say(chinese, "PostgreSQL: dead rows hold them until VACUUM, backups until they expire"),
        ]
    chinese = "其他地方的备份到过期为止（docs/privacy.md）"
    return [*lines, say(chinese, "backups elsewhere hold them until they expire")]
