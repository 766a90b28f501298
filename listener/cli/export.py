"""Commands that hand results out: report, export."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.base import JsonOption, PersonOption, UnmaskOption, invocation, out, show_json
from listener.cli.helping import group
from listener.errors import BadInput, Mistake
from listener.language import say

if TYPE_CHECKING:
    from listener.desk.evidence import Checked

export = group("导出 JSONL、CSV、XLSX（按文件名结尾） JSONL, CSV or XLSX by the ending of the file's name")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(report)
    app.add_typer(export, name="export")


def report(
    context: typer.Context,
    start: Annotated[str, typer.Option("--from", help="开始日期 2026-11-01（默认 7 天前） first day")] = "",
    end: Annotated[str, typer.Option("--to", help="结束日期（含） last day, included")] = "",
    out_: Annotated[
        Path, typer.Option("--out", help="目录，或结尾为 .html、.xlsx、.json 的文件 a folder, or a file that ends so")
    ] = Path("var/report"),
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


def _table(what: str, words: str) -> None:
    """A command of its own for one table; they differ in nothing but what is exported."""

    @export.command(what, help=words)
    def table(
        context: typer.Context,
        out_: OutOption,
        unmask: UnmaskOption = False,
        as_person: PersonOption = "",
        as_json: JsonOption = False,
    ) -> None:
        _export(context, what, out_, unmask, as_person, as_json)


for name, words in {
    "mentions": "导出信息。 Mentions with their analysis, links and cases.",
    "cases": "导出工单。 Cases.",
    "deliveries": "导出发送记录。 Deliveries.",
}.items():
    _table(name, words)


@export.command("evidence")
def export_evidence(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="CASE", help="工单号 number of the case")],
    folder: Annotated[Path, typer.Option("--out", help="新目录 a new folder")],
    unmask: UnmaskOption = False,
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """导出一个工单的证据目录，第三方可核对。 What proves a case, in a folder that a third party can verify.

    默认脱敏、不附网页原文（原文含个人信息）；--unmask --as 姓名 附上原文，并留下审计记录。
    Masked and without pages unless --unmask --as NAME, which is audited.
    """
    sealed = invocation(context).listener.export_evidence(number, folder, unmask=unmask, person=as_person)
    if as_json:
        facts = {"captures": sealed.captures, "bodies": sealed.bodies, "sha256sums": sealed.sums}
        show_json({"case": number, "folder": str(folder), **facts})
        return
    zh = f"已导出 {sealed.captures} 份采集记录、{sealed.bodies} 份原文到 {folder}；核对："
    en = f"{sealed.captures} captures and {sealed.bodies} bodies in {folder}; verify: "
    out().print(f"{say(zh, en)}cd {folder} && sha256sum -c sha256sums.txt", soft_wrap=True)


@export.command("check")
def check_evidence(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="证据目录 an exported evidence folder")],
    as_json: JsonOption = False,
) -> None:
    """核对一个证据目录：文件、封签、审计记录。 Whether an evidence folder is as it was exported here."""
    found, known = invocation(context).listener.check_evidence(folder)
    sound = found.sound and known
    if as_json:
        show_json({"sound": sound, "audited": known, **asdict(found)})
    else:
        for line in _faults(found, known) or [
            say("完好：文件、封签、审计记录一致", "sound: files, seal and audit agree")
        ]:
            out().print(line, soft_wrap=True)
    if not sound:
        raise typer.Exit(4)


def _faults(found: Checked, known: bool) -> list[str]:
    kinds = (
        (say("改动", "changed"), found.changed),
        (say("缺少", "missing"), found.missing),
        (say("多出", "extra"), found.unlisted),
    )
    lines = [f"{name}: {file}" for name, files in kinds for file in files]
    if not found.sealed:
        lines.append(
            say("封签不符：不是用本安装的密钥封的，或已被改动", "the seal does not fit: another key, or changed")
        )
    if not known:
        lines.append(say("审计记录中没有这份封签", "the audit does not know this seal"))
    return lines
