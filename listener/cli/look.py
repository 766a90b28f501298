"""Commands that show what is there: status, cases, customers, alerts, topics, analyse."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, TextIO

import typer

from listener.cli.base import JsonOption, invocation, out, progress_bar, show, show_json
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.sheets import BadRow, read_rows

cases = typer.Typer(help="工单 cases", no_args_is_help=True)
alerts = typer.Typer(help="预警与发送 alerts and deliveries", no_args_is_help=True)
topics = typer.Typer(help="监测主题 topics", no_args_is_help=True)

CHUNK = 500
"""Texts analysed at a time: constant memory, however long the file."""

UnmaskOption = Annotated[bool, typer.Option("--unmask", help="显示原文（留审计记录） unmasked; audited")]


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(status)
    app.command()(analyse)
    for name, group in {
        "cases": cases,
        "alerts": alerts,
        "topics": topics,
    }.items():
        app.add_typer(group, name=name)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """来源、积压、发件箱、下次运行。 Sources with last outcome, backlog, outbox, next runs."""
    found = invocation(context)
    facts = found.listener.status(found.lang)
    if as_json:
        show_json(facts)
        return
    backlog = facts["backlog"]
    out().print(
        say("等待处理 {waiting}，已搁置 {set_aside}", "waiting {waiting}, set aside {set_aside}").format(**backlog)
    )
    outbox = facts["outbox"]
    out().print(say("发件箱：", "outbox: ") + "，".join(f"{name} {count}" for name, count in outbox.items()))
    heads = {
        "name": say("来源", "source"),
        "platform_shown": say("平台", "platform"),
        "outcome": say("结果", "outcome"),
        "detail": say("说明", "detail"),
        "last_good_at": say("最近正常", "last good"),
        "next_at": say("下次", "next"),
    }
    show(False, "", heads, facts["sources"])
    if facts["backfills"]:
        heads = {
            "source": say("补采来源", "backfill of"),
            "since": say("自", "since"),
            "state": say("状态", "state"),
            "rounds": say("轮次", "rounds"),
            "found": say("共", "found"),
            "new": say("新增", "new"),
            "left": say("剩余页", "pages left"),
            "oldest_at": say("最早到", "oldest"),
            "detail": say("说明", "detail"),
        }
        show(False, "", heads, facts["backfills"])
    if facts["arrivals"]:
        heads = {
            "source": say("自行到达（24 小时）", "came in by itself (24 hours)"),
            "kind": say("方式", "how"),
            "arrived": say("次数", "times"),
            "refused": say("未受理", "refused"),
            "last_at": say("最近", "last"),
        }
        show(False, "", heads, facts["arrivals"])
    if facts["mailbox_trouble"]:
        out().print(say("邮箱无法读取：", "the mailbox cannot be read: ") + str(facts["mailbox_trouble"]), markup=False)
    if facts.get("configuration_error"):
        out().print(say("配置修改未生效：", "edited configuration not in force: ") + str(facts["configuration_error"]))


@cases.command("list")
def cases_list(
    context: typer.Context,
    as_json: JsonOption = False,
    state: Annotated[str, typer.Option(help="只看此状态 only this state (new, to_verify, …)")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
) -> None:
    """列出工单，优先级高的在前。 Cases, those of the highest priority first."""
    found = invocation(context)
    columns = {
        "number": say("编号", "number"),
        "severity": say("紧急程度", "severity"),
        "priority": say("优先级", "priority"),
        "state": say("状态", "state"),
        "problem": say("问题", "problem"),
        "customer": say("客户", "customer"),
        "mentions": say("信息", "mentions"),
        "first_contact_by": say("首次联系时限", "first contact by"),
        "title": say("标题", "title"),
    }
    show(as_json, "", columns, found.listener.case_rows(found.lang, state, limit))


@cases.command("show")
def cases_show(context: typer.Context, number: int, as_json: JsonOption = False) -> None:
    """一张工单的全部：原文、理由、客户、事件。 One case with all its mentions, reasons and events."""
    found = invocation(context)
    facts = found.listener.case_facts(number, found.lang)
    if as_json:
        show_json(facts)
        return
    for name, value in facts.items():
        if isinstance(value, list):
            out().print(f"{name}:")
            for row in value:
                out().print(
                    "  - " + "  ".join(f"{key}={cell}" for key, cell in row.items() if cell not in ("", None)),
                    highlight=False,
                    markup=False,
                )
        else:
            out().print(f"{name}: {value}", highlight=False)


@alerts.command("deliveries")
def alerts_deliveries(
    context: typer.Context,
    as_json: JsonOption = False,
    status: Annotated[str, typer.Option(help="pending | sent | failed | suppressed | held")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
) -> None:
    """发送记录，包括没有发的和原因。 Deliveries, those held back with their reason."""
    found = invocation(context)
    columns = {
        "id": "#",
        "status": say("状态", "status"),
        "receiver": say("接收人", "receiver"),
        "subject": say("标题", "subject"),
        "reason": say("理由", "reason"),
        "held": say("未发原因", "held back"),
        "attempts": say("次数", "tries"),
        "last_error": say("错误", "error"),
    }
    show(as_json, "", columns, found.listener.delivery_rows(found.lang, status, limit))


@alerts.command("retry")
def alerts_retry(context: typer.Context, number: int) -> None:
    """重发一条失败的记录。 Try a failed delivery again, with the same bytes."""
    invocation(context).listener.retry_delivery(number)
    out().print(say(f"#{number} 将重新发送", f"#{number} will be tried again"))


@topics.command("explain")
def topics_explain(context: typer.Context, text: str) -> None:
    """哪些主题命中、为什么，或为什么没有。 Which topics match and why, or why not."""
    found = invocation(context)
    out().print(found.listener.topics.explain(text, found.lang), highlight=False)


def analyse(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="文本、CSV、XLSX、JSONL 文件，或 - a file, or - for standard input")],
    column: Annotated[str, typer.Option(help="表格中的文本列 the column that holds the text")] = "text",
    output: Annotated[Path | None, typer.Option("--out", help="写入文件 write to a file")] = None,
) -> None:
    """逐条分析，每条一行 JSON。 One JSON line for each text, with the words that decided."""
    listener = invocation(context).listener
    texts = iter(_texts(file, column))
    target = output.open("w", encoding="utf-8") if output else sys.stdout
    with progress_bar() as bar:
        task = bar.add_task(say("分析", "analysing"), total=None)
        try:
            while chunk := list(islice(texts, CHUNK)):
                _write_lines(target, listener.analyse(chunk))
                bar.advance(task, len(chunk))
        finally:
            if output:
                target.close()


def _write_lines(target: TextIO, facts: Iterable[dict[str, object]]) -> None:
    for fact in facts:
        target.write(json.dumps(fact, ensure_ascii=False) + "\n")


def _texts(file: str, column: str) -> Iterator[str]:
    if file == "-":
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    path = Path(file)
    if path.suffix.lower() not in (".csv", ".xlsx", ".jsonl"):
        yield from _lines(path)
        return
    for row in read_rows(path):
        if isinstance(row, BadRow):
            continue
        if column not in row.values:
            what = say(f"没有列 {column}", f"has no column {column}")
            raise BadInput(Mistake(file, what, say("现有的列：", "columns: ") + "、".join(row.values), line=row.line))
        yield row.values[column]


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for line in lines:
                yield line.rstrip("\n")
    except OSError as error:
        raise BadInput(Mistake(str(path), say("无法读取", "cannot be read") + f" ({error.strerror})")) from None
    except UnicodeDecodeError:
        raise BadInput(
            Mistake(str(path), say("不是 UTF-8", "is not UTF-8"), say("另存为 UTF-8", "save it as UTF-8"))
        ) from None
