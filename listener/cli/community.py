"""Commands about who is heard: authors' standings, opinion leaders, advocates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.base import JsonOption, invocation, out, print_line, show, show_json
from listener.cli.helping import group
from listener.customers.influence import WORDS
from listener.language import say

if TYPE_CHECKING:
    from listener import community

influence = group("影响力与拥护者 who is heard, who leads, who deserves thanks")

PlatformOption = Annotated[str, typer.Option("--platform", help="只看一个平台 one platform only")]


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.add_typer(influence, name="influence")


@influence.command("refresh")
def refresh(context: typer.Context) -> None:
    """现在就重新计算（守护进程每晚自动计算）。 Make the standings anew, as the daemon does each night."""
    from listener import community

    listener = invocation(context).listener
    number = community.refresh(listener.database, listener.now())
    out().print(say(f"最近 90 天有 {number} 位发布者", f"{number} authors within 90 days"))


@influence.command("list")
def listed(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", help="followers | engagement | heard_by | core | neighbours")] = "core",
    platform: PlatformOption = "",
    leaders: Annotated[bool, typer.Option("--leaders", help="只看意见领袖 opinion leaders only")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 30,
    as_json: JsonOption = False,
) -> None:
    """发布者的影响力，逐项列出，不合成总分。 Authors' influence part by part, without a total."""
    from listener import community

    found = invocation(context)
    rows = community.listed(found.listener.database, order=by, platform=platform, leaders=leaders, limit=limit)
    columns = {
        "name": say("发布者", "author"),
        "platform": say("平台", "platform"),
        "site": say("站点", "site"),
        "mentions": say("信息", "mentions"),
        "complaints": say("投诉", "complaints"),
        "followers": say("粉丝", "followers"),
        "engagement": say("互动/条", "engagement"),
        "engagement_percentile": say("互动百分位", "percentile"),
        "heard_by": say("被回应", "heard by"),
        "core": say("核心层级", "k-core"),
        "neighbours": say("邻居热度", "neighbours"),
        "stance": say("态度", "stance"),
        "why": say("突出之处", "stands out"),
    }
    show(as_json, "", columns, rows)


@influence.command("show")
def shown(context: typer.Context, author: str, platform: PlatformOption = "", as_json: JsonOption = False) -> None:
    """一位发布者：影响力、态度变化、投诉及结果。 One author: the parts, stance, complaints and outcomes."""
    from listener import community

    found = invocation(context)
    listener = found.listener
    by = community.find_author(listener.database, author, platform)
    facts = community.author_facts(listener.database, by, listener.settings.zone)
    facts["page"] = listener.links.author(by)
    if as_json:
        show_json(facts)
        return
    _print_author(facts, found.lang)


def _print_author(facts: community.Facts, lang: str) -> None:
    from listener import community

    leader = say("（意见领袖）", " (opinion leader)") if facts["leads"] else ""
    _line(f"{facts['name']} · {facts['platform']} · {facts['site']}{leader}")
    if facts["why"]:
        _line(facts["why"])
    for part, words in WORDS.items():
        if part in facts:
            _line(f"  {say(*words)}: {facts[part] if facts[part] is not None else '—'}")
    for feeling in facts.get("feelings", []):
        _line(f"  {feeling['month']}: {feeling['score']:+.2f} ({feeling['mentions']})")
    for case in facts["cases"]:
        people = "、".join(case["people"]) or "—"
        _line(
            f"  #{case['number']} {case['title']}: {community.state_words(case, lang)}; {people}; {case['came_back']}"
        )
    if facts["page"]:
        _line(facts["page"])


def _line(text: str) -> None:
    print_line(text)


@influence.command("advocates")
def advocates(context: typer.Context, as_json: JsonOption = False) -> None:
    """值得感谢的人：表扬过，或工单办结后满意。 Who deserves thanks: praised us, or satisfied after a case."""
    from listener import community

    listener = invocation(context).listener
    rows = community.advocates(listener.database, listener.now(), listener.settings.zone)
    columns = {
        "name": say("发布者", "author"),
        "platform": say("平台", "platform"),
        "praises": say("表扬", "praises"),
        "satisfied_cases": say("满意的工单", "satisfied cases"),
        "last_at": say("最近", "last"),
        "text": say("说了什么", "said"),
    }
    show(as_json, "", columns, rows)
