"""Commands that hand results out: report, export."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.base import JsonOption, PersonOption, invocation, out, show_json
from listener.errors import BadInput, Mistake
from listener.language import say

export = typer.Typer(help="导出 JSONL、CSV、XLSX（按文件名结尾）", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(report)
    app.add_typer(export, name="export")


def report(
    context: typer.Context,
    start: Annotated[str, typer.Option("--from", help="开始日期 2026-11-01（默认 7 天前） first day")] = "",
    end: Annotated[str, typer.Option("--to", help="结束日期（含） last day, included")] = "",
    out_: Annotated[Path, typer.Option("--out", help="目录或 .html/.xlsx/.json")] = Path("var/report"),
    as_json: JsonOption = False,
) -> None:
    """情感与投诉报告：HTML、XLSX、JSON。 The sentiment and complaint report."""
    found = invocation(context)
    listener = found.listener
    first, last = _window(start, end, listener.now(), listener.settings.zone)
    files = listener.report(first, last, out_, found.lang)
    if as_json:
        show_json(files)
        return
    for kind, path in files.items():
        out().print(f"{kind}: {path}")


def _window(start: str, end: str, now: datetime, zone: object) -> tuple[datetime, datetime]:
    """The window as two aware moments: whole days in the installation's zone."""
    tz = now.astimezone(zone).tzinfo  # type: ignore[arg-type]
    today = datetime.combine(now.astimezone(tz).date(), time(), tzinfo=tz)
    last = _day(end, "--to", tz) + timedelta(days=1) if end else today + timedelta(days=1)
    first = _day(start, "--from", tz) if start else last - timedelta(days=7)
    if first >= last:
        raise BadInput(Mistake("--from", say("晚于结束日期", "is after --to"), "--from 2026-11-01 --to 2026-11-07"))
    return first, last


def _day(text: str, option: str, tz: object) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(Mistake(option, say(f"{text} 不是日期", f"{text} is not a date"), "2026-11-01")) from None
    return found.replace(tzinfo=tz) if found.tzinfo is None else found  # type: ignore[arg-type]


def _export(context: typer.Context, what: str, file: Path, unmask: bool, person: str, as_json: bool) -> None:
    count = invocation(context).listener.export(what, file, unmask=unmask, person=person)
    if as_json:
        show_json({"what": what, "rows": count, "file": str(file)})
        return
    out().print(say(f"已导出 {count} 行到 {file}", f"{count} rows written to {file}"))


OutOption = Annotated[Path, typer.Option("--out", help=".jsonl | .csv | .xlsx")]
UnmaskOption = Annotated[bool, typer.Option("--unmask", help="不脱敏（留审计记录） unmasked; audited")]


@export.command("mentions")
def export_mentions(
    context: typer.Context,
    out_: OutOption,
    unmask: UnmaskOption = False,
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """导出信息。 Mentions with their analysis, links and cases."""
    _export(context, "mentions", out_, unmask, as_person, as_json)


@export.command("cases")
def export_cases(
    context: typer.Context,
    out_: OutOption,
    unmask: UnmaskOption = False,
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """导出工单。 Cases."""
    _export(context, "cases", out_, unmask, as_person, as_json)


@export.command("deliveries")
def export_deliveries(
    context: typer.Context,
    out_: OutOption,
    unmask: UnmaskOption = False,
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """导出发送记录。 Deliveries."""
    _export(context, "deliveries", out_, unmask, as_person, as_json)
