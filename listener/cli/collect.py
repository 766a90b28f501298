"""Commands that bring mentions and customers in: crawl, import, sources."""

from __future__ import annotations

from dataclasses import asdict
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.base import JsonOption, err, invocation, out, print_line, progress_bar, show, show_json
from listener.cli.helping import group
from listener.cli.preview import preview
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.text.labels import label

if TYPE_CHECKING:
    from listener.model import CrawlReport
    from listener.store.backfills import Backfill

BAD_OUTCOME = 3
"""Exit code of a crawl that did not see what there was to see."""

STOPPED = 130
"""Exit code where Ctrl-C ended it, as shells have it (128 + SIGINT)."""

imports = group("导入文件 bring in files: CSV, XLSX, JSONL")
sources = group("监测来源 monitored sources")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(crawl)
    app.add_typer(imports, name="import")
    app.add_typer(sources, name="sources")


AlertOption = Annotated[bool, typer.Option("--alert", help="旧信息也预警 alert even on what is old or imported")]
MapOption = Annotated[str, typer.Option("--map", help="列映射 field=COLUMN,field=COLUMN,…")]
FileArgument = Annotated[Path | None, typer.Argument(help="表格（CSV、XLSX、JSONL） a table")]
FromViewOption = Annotated[
    str,
    typer.Option("--from-view", help="CRM 的 PostgreSQL 视图（[crm] 中的名称或地址） a CRM's view, by name or URL"),
]
ViewOption = Annotated[str, typer.Option("--view", help="视图名 the view's name, if another than configured")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="只看不写 show, write nothing")]


def crawl(
    context: typer.Context,
    source: str,
    alert: AlertOption = False,
    since: Annotated[str, typer.Option(help="补采到此日期 read back to this day, in rounds: 2026-01-01")] = "",
    as_json: JsonOption = False,
) -> None:
    """立即采集一个来源，显示采集结果。 Crawl one source now; prints the typed outcome.

    --since 2026-01-01 补采历史：分轮进行，可随时停止（Ctrl-C），再次运行从停下处继续；旧信息不逐条预警。
    With --since earlier ones are fetched, in rounds that may be stopped.
    """
    if since and alert:
        what = say("不能与 --since 一起使用", "does not go with --since")
        raise BadInput(Mistake("--alert", what, say("补采不逐条预警", "a backfill alerts nobody")))
    if since:
        _backfill(context, source, since, as_json)
        return
    report = invocation(context).listener.crawl(source, alert=alert)
    show_json(report_facts(report)) if as_json else out().print(report_line(report))
    if report.outcome.bad:
        raise typer.Exit(BAD_OUTCOME)


def _backfill(context: typer.Context, source: str, since: str, as_json: bool) -> None:
    """Read a source's past; a line after each round. Ctrl-C stops it, and nothing of it is lost."""
    try:
        listener = invocation(context).listener
        zone = listener.settings.zone
        found = listener.backfill(source, since, progress=lambda each: _tell_round(each, zone))
    except KeyboardInterrupt:
        again = f"listener crawl {source} --since {since}"
        err().print(say(f"已停止；再次运行即从停下处继续：{again}", f"stopped; goes on where it was with: {again}"))
        raise typer.Exit(STOPPED) from None
    if as_json:
        facts = asdict(found) | {"left": found.left}
        facts.pop("state")
        show_json(facts)
    else:
        ended = say("补采完成", "the backfill is done") if found.done_at else say("补采停止", "the backfill stopped")
        out().print(f"{source}: {ended}，{_round_line(found, zone)}", highlight=False)
    if not found.done_at:
        raise typer.Exit(BAD_OUTCOME)


def _tell_round(found: Backfill, zone: tzinfo) -> None:
    err().print(say(f"第 {found.rounds} 轮：", f"round {found.rounds}: ") + _round_line(found, zone), highlight=False)


def _round_line(found: Backfill, zone: tzinfo) -> str:
    oldest = f"{found.oldest_at.astimezone(zone):%Y-%m-%d %H:%M}" if found.oldest_at else "—"
    line = say(
        f"共 {found.found} 条，新增 {found.new} 条，最早到 {oldest}，还有 {found.left} 页",
        f"{found.found} found, {found.new} new, back to {oldest}, {found.left} pages left",
    )
    bad = found.outcome is not None and found.outcome.bad
    return f"{line} — {found.outcome}：{found.detail}" if bad else line


def report_facts(report: CrawlReport) -> dict[str, object]:
    """A crawl as JSON."""
    return {
        "source": report.source,
        "outcome": report.outcome.value,
        "detail": report.detail,
        "found": report.found,
        "new": report.new,
        "requests": report.requests,
        "bytes": report.bytes,
        "seconds": round((report.ended_at - report.started_at).total_seconds(), 2),
        "audit": list(report.audit),
    }


def report_line(report: CrawlReport) -> str:
    """A crawl as one line."""
    outcome = label(report.outcome, "en" if say("zh", "en") == "en" else "zh")
    counts = say(f"共 {report.found} 条，新增 {report.new} 条", f"{report.found} found, {report.new} new")
    detail = f" — {report.detail}" if report.detail else ""
    return f"{report.source}: {outcome} ({report.outcome.value})，{counts}{detail}"


def mapping(text: str) -> dict[str, str]:
    """``field=COLUMN,field=COLUMN`` as a dict; ``BadInput`` where it is written otherwise."""
    pairs = [part.split("=", 1) for part in text.split(",") if part.strip()]
    bad = next((part for part in pairs if len(part) != 2 or not all(word.strip() for word in part)), None)
    if bad is not None:
        what = say(f"{'='.join(bad)} 不是“字段=列名”", f"{'='.join(bad)} is not field=COLUMN")
        raise BadInput(Mistake("--map", what, "--map text=内容,author=用户名"))
    return {field.strip(): column.strip() for field, column in pairs}


@imports.command("mentions")
def import_mentions(
    context: typer.Context,
    file: Path,
    map_: MapOption = "",
    source: Annotated[str, typer.Option(help="记作哪个来源 the source's name (import)")] = "",
    platform: Annotated[str, typer.Option(help="平台 the platform (import)")] = "",
    sheet: Annotated[str, typer.Option(help="工作表；不写则选最合适的 the sheet; else the one that fits best")] = "",
    kept: Annotated[str, typer.Option("--mapping", help="用 config/imports/NAME.toml 的列对应 a kept mapping")] = "",
    save: Annotated[str, typer.Option(help="把列对应存为 config/imports/NAME.toml keep the mapping")] = "",
    alert: AlertOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """导入信息（评价、帖子、工单导出）。 Import mentions; twice is 0 new, what changed updates.

    .xlsx .xls .csv .txt .jsonl 和存成 .xls 的网页。列按表头猜测并显示；--map 指定，--save 保存，--mapping 再用。
    Columns are guessed from their headings and shown.
    """
    listener = invocation(context).listener
    with progress_bar() as bar:
        task = bar.add_task(say("导入", "importing"), total=None)
        counts = listener.import_mentions(
            file,
            mapping(map_),
            source=source,
            platform=platform,
            sheet=sheet,
            kept=kept,
            save=save,
            alert=alert,
            dry_run=dry_run,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _show_import(counts, as_json, dry_run)


@imports.command("customers")
def import_customers(
    context: typer.Context,
    file: FileArgument = None,
    map_: MapOption = "",
    from_view: FromViewOption = "",
    view: ViewOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """导入客户档案（表格或 CRM 视图），按客户编号更新。 Import customers, idempotent by their outside id."""
    listener = invocation(context).listener
    path = _one_of(file, from_view)
    if path is None:
        counts = listener.import_from_view(from_view, view, dry_run=dry_run)
    else:
        counts = listener.import_customers(path, mapping(map_), dry_run=dry_run)
    _show_import(counts, as_json, dry_run)


@imports.command("interactions")
def import_interactions(
    context: typer.Context,
    file: FileArgument = None,
    map_: MapOption = "",
    from_view: FromViewOption = "",
    view: ViewOption = "",
    kind: Annotated[str, typer.Option(help="整个文件的类型：购买 维修 来电 到店 the kind of all rows")] = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """导入客户往来：购买、维修、来电、到店。 Import purchases, repairs, calls and visits of customers."""
    listener = invocation(context).listener
    path = _one_of(file, from_view)
    if path is None:
        counts = listener.import_from_view(from_view, view, dealings=True, dry_run=dry_run)
    else:
        counts = listener.import_interactions(path, mapping(map_), kind=kind, dry_run=dry_run)
    _show_import(counts, as_json, dry_run)


@imports.command("dealers")
def import_dealers(
    context: typer.Context,
    file: Path,
    map_: MapOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """导入经销商和服务网点（写入 dealers.imported.toml）。 Import dealers and service points."""
    counts = invocation(context).listener.import_dealers(file, mapping(map_), dry_run=dry_run)
    _show_import(counts, as_json, dry_run)


def _one_of(file: Path | None, from_view: str) -> Path | None:
    """The file, or None where a view is to be read; ``BadInput`` for both or neither."""
    if bool(file) == bool(from_view):
        what = say("请给出文件，或 --from-view", "give a file, or --from-view")
        raise BadInput(Mistake("import", what, "listener import customers 客户.csv | --from-view erp"))
    return file


def _show_import(counts: dict[str, object], as_json: bool, dry_run: bool) -> None:
    if as_json:
        show_json(counts)
        return
    remarks = counts.get("remarks")
    if isinstance(remarks, list):
        for remark in remarks:
            err().print(str(remark), style="yellow", highlight=False)
    _show_problems(counts)
    if dry_run:
        out().print(say("试运行，没有写入：", "dry run, nothing was written:"))
    columns = counts.get("mapping")
    if isinstance(columns, dict) and columns:
        shown = "，".join(f"{name}={column}" for name, column in columns.items())
        print_line(say("列对应：", "columns: ") + shown)
    words = {
        "read": say("读取", "read"),
        "new": say("新增", "new"),
        "changed": say("更新", "changed"),
        "known": say("已有", "known"),
        "rejected": say("拒绝", "rejected"),
    }
    out().print("，".join(f"{word} {counts[key]}" for key, word in words.items() if key in counts))
    if counts.get("saved"):
        out().print(
            say(f"列对应已保存到 {counts['saved']}", f"the mapping is kept in {counts['saved']}"), highlight=False
        )
    if counts.get("reject_file"):
        out().print(say(f"拒绝的行在 {counts['reject_file']}", f"rejected rows are in {counts['reject_file']}"))


SHOWN = 20
"""Rejected rows and shared identifiers that are printed; ``--json`` and the reject file have more."""


def _show_problems(counts: dict[str, object]) -> None:
    """Line and reason of rejected rows, and which customers share an identifier."""
    problems, duplicates = counts.get("problems"), counts.get("duplicates")
    if isinstance(problems, list):
        for problem in problems[:SHOWN]:
            err().print(str(problem), style="red", highlight=False, markup=False)
        if len(problems) > SHOWN:
            err().print(say(f"另有 {len(problems) - SHOWN} 行", f"and {len(problems) - SHOWN} more"), style="red")
    if isinstance(duplicates, list) and duplicates:
        out().print(
            say(f"{len(duplicates)} 个号码由多位客户共用（未合并）：", f"{len(duplicates)} shared, not merged:")
        )
        for each in duplicates[:SHOWN]:
            line = f"  {label(each['kind'])} {each['value']}: {'、'.join(each['customers'][:10])}"
            print_line(line)


@sources.command("list")
def sources_list(context: typer.Context, as_json: JsonOption = False) -> None:
    """列出来源与最近结果。 Sources with their last outcome."""
    found = invocation(context)
    columns = {
        "name": say("来源", "source"),
        "platform_shown": say("平台", "platform"),
        "every": say("频率", "every"),
        "outcome": say("最近结果", "last outcome"),
        "url": say("地址", "address"),
    }
    show(as_json, "", columns, found.listener.source_rows(found.lang))


@sources.command("test")
def sources_test(context: typer.Context, source: str) -> None:
    """试采集，不保存。 Crawl without storing; show what it brings."""
    preview(invocation(context).listener, source)


@sources.command("pause")
def sources_pause(context: typer.Context, source: str) -> None:
    """暂停一个来源。 The daemon leaves it alone until resumed."""
    invocation(context).listener.pause_source(source, True)
    out().print(say(f"已暂停 {source}", f"paused {source}"))


@sources.command("resume")
def sources_resume(context: typer.Context, source: str) -> None:
    """恢复一个来源。 The daemon crawls it again."""
    invocation(context).listener.pause_source(source, False)
    out().print(say(f"已恢复 {source}", f"resumed {source}"))
