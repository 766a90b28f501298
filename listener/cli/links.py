"""Commands about links: what is sure, what is unsure, people's rulings, and inviting authors to say who they are."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from listener.cli.base import JsonOption, PersonOption, clock, invocation, out, print_line, show, show_json
from listener.cli.helping import group
from listener.cli.link_weights import weights
from listener.errors import BadInput, Mistake
from listener.language import say

links = group("客户匹配 customer links")

NoteOption = Annotated[str, typer.Option("--note", help="理由 why")]
MentionArgument = Annotated[str, typer.Argument(help="信息编号、平台:原始编号 或 网址 a mention")]
CustomerArgument = Annotated[str, typer.Argument(help="客户编号 the customer's id")]
LimitOption = Annotated[int, typer.Option(min=1, help="最多几条 how many")]


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    links.registered_commands += weights.registered_commands
    app.add_typer(links, name="links")


@links.command("list")
def links_list(
    context: typer.Context,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
    judgement: Annotated[str, typer.Option(help="positive | unsure | negative")] = "",
) -> None:
    """客户匹配及其证据。 Links between mentions and customers, with the evidence for and against, the surest first."""
    found = invocation(context)
    columns = {
        "mention": say("信息", "mention"),
        "customer": say("客户", "customer"),
        "judgement": say("判断", "judgement"),
        "score": say("可信度", "score"),
        "evidence": say("证据", "evidence"),
        "reason": say("理由", "reason"),
    }
    show(as_json, "", columns, found.listener.link_facts(found.lang, limit, judgement))


@links.command("review")
def links_review(
    context: typer.Context,
    mention: Annotated[str, typer.Argument(help="只看这条信息 only this mention")] = "",
    as_json: JsonOption = False,
    limit: LimitOption = 20,
    walk: Annotated[bool, typer.Option("--walk", help="逐条判断 decide one by one")] = False,
    as_person: PersonOption = "",
) -> None:
    """待确认的匹配：候选并列，支持与反对的证据。 What is unsure: candidates side by side, evidence for and against."""
    found = invocation(context)
    rows = found.listener.review_rows(found.lang, limit, mention, as_person)
    if as_json:
        show_json(rows)
        return
    if not rows:
        out().print(say("没有待确认的匹配", "nothing is unsure"))
    for row in rows:
        _print(row)
        if walk and not _ask(context, row, as_person):
            return


def _print(row: dict[str, Any]) -> None:
    case = say(f"工单 #{row['case']}", f"case #{row['case']}") if row["case"] else say("未立案", "no case")
    head = (
        f"#{row['mention']} {row['platform']}:{row['native_id']} · {row['author']} · {clock(row['said_at'])} · {case}"
    )
    print_line(head)
    print_line(f"  {row['text']}")
    for place, each in enumerate(row["candidates"], 1):
        about = " · ".join(str(each[k]) for k in ("region", "product", "dealer") if each[k])
        line = f"  {place}. {each['customer']} {each['name']} {each['party']} {about} {each['score']:.2%}"
        print_line(line)
        if each["contacts"]:
            print_line(f"     {'；'.join(each['contacts'])}")
        for sign, name in (("＋", "for"), ("－", "against")):
            for told in each[name]:
                print_line(f"     {sign} {told}")


def _ask(context: typer.Context, row: dict[str, Any], person: str) -> bool:
    """One mention of the walk; False where the person stops."""
    how = say("编号=确认，x 编号=否定，回车=跳过，q=结束", "number: confirm; x number: reject; enter: skip; q: stop")
    answer = typer.prompt(how, default="", show_default=False).strip().lower()
    if answer == "q":
        return False
    rejected = answer.startswith("x")
    place = answer.removeprefix("x").strip()
    if place.isdigit() and 1 <= int(place) <= len(row["candidates"]):
        chosen = row["candidates"][int(place) - 1]["customer"]
        note = typer.prompt(say("理由", "why"), default="", show_default=False)
        _rule(context, "reject" if rejected else "confirm", str(row["mention"]), chosen, person, note)
    return True


def _rule(context: typer.Context, what: str, mention: str, customer: str, person: str, note: str) -> None:
    listener = invocation(context).listener
    acting = listener.acting(person)
    does = {"confirm": listener.confirm_link, "reject": listener.reject_link, "undo": listener.undo_link}[what]
    print_line(listener.ruled_words(does(mention, customer, acting, note)))


def _ruling(what: str, words: str) -> None:
    """A command of its own for one ruling; they differ in nothing but what is ruled."""

    @links.command(what, help=words)
    def ruling(
        context: typer.Context,
        mention: MentionArgument,
        customer: CustomerArgument,
        as_person: PersonOption = "",
        note: NoteOption = "",
    ) -> None:
        _rule(context, what, mention, customer, as_person, note)


_ruling("confirm", "确认：是这位客户；账号随之绑定。 It is this customer; the account is bound.")
_ruling("reject", "否定：不是这位客户；不再以同样的证据提出。 It is not; not proposed again by the same evidence.")
_ruling("undo", "撤回判断：绑定、其他匹配、工单上的客户一并恢复。 Take it back, with all that followed.")


@links.command("rulings")
def links_rulings(context: typer.Context, as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """人工判断记录。 Who ruled what, and what was undone."""
    found = invocation(context)
    columns = {
        "number": "#", "mention": say("信息", "mention"), "customer": say("客户", "customer"),
        "judgement": say("判断", "judgement"), "person": say("谁", "who"), "note": say("理由", "why"),
        "at": say("时间", "at"), "undone_by": say("撤回", "undone by"),
    }  # fmt: skip
    show(as_json, "", columns, found.listener.ruling_rows(found.lang, limit))


@links.command("invite")
def links_invite(
    context: typer.Context,
    case: Annotated[int, typer.Argument(help="工单编号 the case")],
    customer: Annotated[str, typer.Option(help="发给这位客户，由其账号公开回复 sent to this customer")] = "",
    as_json: JsonOption = False,
    as_person: PersonOption = "",
) -> None:
    """邀请客户表明身份：私信文本与一次性验证码。 A private message with a one-time code."""
    found = invocation(context)
    facts = found.listener.invite(case, found.listener.acting(as_person), customer, found.lang)
    if as_json:
        show_json(facts)
        return
    print_line(facts["message"])


@links.command("redeem")
def links_redeem(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="客户告知的验证码 the code that the customer told")],
    customer: CustomerArgument,
    as_person: PersonOption = "",
) -> None:
    """客户告知了验证码：绑定其账号。 A customer told the code: their account is bound."""
    listener = invocation(context).listener
    person = listener.acting(as_person)
    done = listener.redeem_code(code, customer, person, person.name)
    if done is None:
        what = say("验证码无效、已使用或已过期", "no such code, or it was used or is too old")
        raise BadInput(Mistake("code", what, "listener links invite"))
    print_line(listener.ruled_words(done))
