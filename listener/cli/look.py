"""Commands that show what is there: status, cases, customers, alerts, topics, analyse."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from listener.cli.base import JsonOption, invocation, out, print_line, progress_bar, show, show_json
from listener.cli.case_card import case_card
from listener.cli.helping import group
from listener.errors import BadInput, Mistake
from listener.files.sheets import BadRow, read_rows
from listener.files.text_files import is_text, text_lines
from listener.language import say
from listener.reports.files import unwritable, whole_file
from listener.text.clean import excerpt
from listener.text.labels import label
from listener.text.mask import mask

cases = group("工单 cases")
alerts = group("预警与发送 alerts and deliveries")
topics = group("监测主题 topics")

TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".jsonl")
"""Endings of files that ``analyse`` reads as tables; any other file has a text on each line."""

CHUNK = 500
"""Texts analysed at a time: constant memory, however long the file."""


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(status)
    app.command()(analyse)
    for name, added in (("cases", cases), ("alerts", alerts), ("topics", topics)):
        app.add_typer(added, name=name)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """来源、积压、发件箱、下次运行。 Sources with last outcome, backlog, outbox, next runs."""
    found = invocation(context)
    facts = found.looks.status(found.lang)
    if as_json:
        show_json(facts)
        return
    backlog, boxes, daemon = facts["backlog"], facts["outbox"], facts["daemon"]
    out().print(say("守护进程：", "daemon: ") + _how_it_fares(daemon), markup=False)
    out().print(
        say("等待处理 {waiting}，已搁置 {set_aside}", "waiting {waiting}, set aside {set_aside}").format(**backlog)
    )
    counted = say("，", ", ").join(f"{label(name, found.lang)} {count}" for name, count in boxes.items())
    out().print(say("发件箱：", "outbox: ") + counted)
    show(False, "", _source_heads(), facts["sources"])
    for name, heads in (("backfills", _backfill_heads()), ("arrivals", _arrival_heads())):
        if facts[name]:
            show(False, "", heads, facts[name])
    if facts["mailbox_trouble"]:
        out().print(say("邮箱无法读取：", "the mailbox cannot be read: ") + str(facts["mailbox_trouble"]), markup=False)
    if facts.get("configuration_error"):
        out().print(say("配置修改未生效：", "edited configuration not in force: ") + str(facts["configuration_error"]))


def _how_it_fares(daemon: dict[str, Any]) -> str:
    if daemon["running"]:
        return say("运行中", "running")
    since = str(daemon["due_at"] or "")[:16].replace("T", " ")
    never = say("尚未启动过 → listener run", "was never started → listener run")
    stopped = say(f"没有运行（{since} 起）→ listener run", f"not running (since {since}) → listener run")
    return stopped if since else never


def _source_heads() -> dict[str, str]:
    return {
        "name": say("来源", "source"),
        "platform_shown": say("平台", "platform"),
        "outcome": say("结果", "outcome"),
        "detail": say("说明", "detail"),
        "last_good_at": say("最近正常", "last good"),
        "seen_24h": say("24 小时", "24 hours"),
        "next_at": say("下次", "next"),
    }


def _backfill_heads() -> dict[str, str]:
    return {
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


def _arrival_heads() -> dict[str, str]:
    return {
        "source": say("自行到达（24 小时）", "came in by itself (24 hours)"),
        "kind": say("方式", "how"),
        "arrived": say("次数", "times"),
        "refused": say("未受理", "refused"),
        "last_at": say("最近", "last"),
    }


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
    show(as_json, "", columns, found.looks.case_rows(found.lang, state, limit))


@cases.command("show")
def cases_show(context: typer.Context, number: int, as_json: JsonOption = False) -> None:
    """一张工单的全部：原文、理由、客户、事件。 One case with all its mentions, reasons and events."""
    found = invocation(context)
    facts = found.looks.case_facts(number, found.lang)
    if as_json:
        show_json(facts)
        return
    for line in case_card(facts, found.lang, found.looks.settings.source_title):
        out().print(line, highlight=False, markup=False, soft_wrap=True)


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
    show(as_json, "", columns, found.looks.delivery_rows(found.lang, status, limit))


@topics.command("explain")
def topics_explain(context: typer.Context, text: str) -> None:
    """哪些主题命中、为什么，或为什么没有。 Which topics match and why, or why not."""
    found = invocation(context)
    if not text.strip():
        raise BadInput(Mistake("text", say("没有文字", "no text"), say("把要试的话写在引号里", "give it in quotes")))
    out().print(found.trials.topics.explain(text, found.lang), highlight=False)


@topics.command("rehearse")
def topics_rehearse(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="主题名 the topic's name")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="最近几天 the last days")] = 7,
    as_json: JsonOption = False,
) -> None:
    """按现在的写法，最近几天会命中多少、多了哪些、少了哪些。 What a topic as it is now would have matched."""
    from listener.topic_trials import try_topic

    listener = invocation(context).trials
    since = listener.now() - timedelta(days=days)
    trial = try_topic(listener.database, listener.settings.topics, topic, since)
    if as_json:
        show_json(asdict(trial))
        return
    share = f"{trial.matched / trial.read:.1%}" if trial.read else "—"
    told = say(
        f"{topic}：最近 {days} 天 {trial.read} 条信息，命中 {trial.matched} 条（{share}），已归入 {trial.had} 条",
        f"{topic}: of {trial.read} mentions in {days} days {trial.matched} match ({share}), {trial.had} have it now",
    )
    out().print(told, highlight=False)
    changes = ((say("新增", "new"), trial.fresh, trial.coming), (say("不再命中", "lost"), trial.lost, trial.going))
    for title, count, shown in changes:
        if count:
            out().print(f"{title} {count}", highlight=False)
        for number, reason, text in shown:
            print_line(f"  #{number} {reason} {mask(excerpt(text, 60))}")


def analyse(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="文本、CSV、XLSX、JSONL 文件，或“-”（标准输入） a file, or - for standard input")
    ],
    column: Annotated[str, typer.Option(help="表格中的文本列 the column that holds the text")] = "text",
    output: Annotated[Path | None, typer.Option("--out", help="写入文件 write to a file")] = None,
) -> None:
    """逐条分析，每条一行 JSON。 One JSON line for each text, with the words that decided."""
    listener = invocation(context).listener
    refused: list[Mistake] = []
    texts = _texts(file, column, refused)
    with _written(output, file) as target, progress_bar() as bar:
        task = bar.add_task(say("分析", "analysing"), total=None)
        while chunk := list(islice(texts, CHUNK)):
            _write_lines(target, listener.analyse(chunk))
            bar.advance(task, len(chunk))
    if refused:
        raise BadInput(*refused)


@contextmanager
def _written(output: Path | None, file: str) -> Iterator[TextIO]:
    """Where the lines go: standard output, or ``output``, which keeps what stood there until all of them are written.
    ``BadInput`` where it cannot be written or is the file that is read."""
    if output is None:
        yield sys.stdout
        return
    if file != "-" and Path(file).exists() and output.exists() and output.samefile(file):
        what = say("与输入是同一个文件", "is the file that is read")
        raise BadInput(Mistake(str(output), what, say("换一个文件名", "choose another name")))
    with whole_file(output, parents=False) as path:
        try:
            target = path.open("w", encoding="utf-8")
        except OSError as error:
            raise unwritable(output, error) from None
        with target:
            yield target


def _write_lines(target: TextIO, facts: Iterable[dict[str, object]]) -> None:
    for fact in facts:
        target.write(json.dumps(fact, ensure_ascii=False) + "\n")


def _texts(file: str, column: str, refused: list[Mistake]) -> Iterator[str]:
    """The texts of ``file``; rows that cannot be read are added to ``refused``."""
    path = Path(file)
    if file == "-" or path.suffix.lower() not in TABLES:
        for number, line in enumerate(text_lines(None if file == "-" else path), 1):
            if is_text(line):
                yield line
            else:
                what = say("含有无法识别的字节", "holds bytes that are no text")
                refused.append(Mistake(file, what, line=number))
        return
    for row in read_rows(path):
        if isinstance(row, BadRow):
            refused.append(Mistake(file, row.why, line=row.line))
            continue
        if column not in row.values:
            what = say(f"没有列 {column}", f"has no column {column}")
            raise BadInput(Mistake(file, what, say("现有的列：", "columns: ") + "、".join(row.values), line=row.line))
        yield row.values[column]
