"""Commands by which people teach: correct, corrections, nlp (sample, train, versions, rollback, evaluate), replay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.base import JsonOption, PersonOption, invocation, out, print_line, progress_bar, show, show_json
from listener.cli.helping import group
from listener.cli.labelled import labelled, no_corrections, write_sample
from listener.corrections import FIELDS
from listener.errors import BadInput, Mistake
from listener.files.sheets import BadRow, read_rows
from listener.language import say
from listener.model import CaseState
from listener.reports.files import whole_file
from listener.settings import read_duration
from listener.text.labels import label
from listener.text.mask import mask

if TYPE_CHECKING:
    from listener.bootstrap import Listener
    from listener.correcting import Corrected
    from listener.replay import Difference

corrections = group("人工纠正 corrections")
nlp = group("情感模型：抽查、学习、版本 the sentiment model")

NoteOption = Annotated[str, typer.Option("--note", help="说明 a word of why")]


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(correct)
    app.command()(replay)
    app.add_typer(corrections, name="corrections")
    app.add_typer(nlp, name="nlp")


def correct(
    context: typer.Context,
    mention: Annotated[str, typer.Argument(help="编号、平台:原始编号 或 网址 number, platform:native_id or URL")] = "",
    case: Annotated[int | None, typer.Option("--case", help="工单编号（其首条信息） the opener of a case")] = None,
    sentiment: Annotated[str, typer.Option("--sentiment", help="负面、中性、正面 negative | neutral | positive")] = "",
    complaint: Annotated[str, typer.Option("--complaint", help="是、否 yes | no")] = "",
    kind: Annotated[str, typer.Option("--kind", help="投诉、咨询、建议等 complaint | inquiry | suggestion …")] = "",
    problem: Annotated[str, typer.Option("--problem", help="问题的代码或名称 a problem's code or name")] = "",
    severity: Annotated[str, typer.Option("--severity", help="S1 至 S4，或特急、紧急等 S1 to S4")] = "",
    note: NoteOption = "",
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """纠正一条信息的判断；以人工为准，并用于学习。 Correct what is held of a mention; it wins, and it teaches."""
    listener = invocation(context).listener
    person = listener.acting(as_person)
    if bool(mention) == bool(case):
        what = say("写明一条信息或一个工单", "name either a mention or a case")
        raise BadInput(Mistake("correct", what, "listener correct 12 --complaint no --as 姓名"))
    values = dict(zip(FIELDS, (sentiment, complaint, kind, problem, severity), strict=True))
    _tell(listener, listener.correct(mention, values, person, case=case, note=note), as_json)


def _tell(listener: Listener, done: Corrected, as_json: bool) -> None:
    if as_json:
        show_json(asdict(done))
        return
    word = listener.answer_word
    changes = "；".join(f"{label(name)} {word(name, old)} → {word(name, new)}" for name, old, new in done.changes)
    nothing = say("判断本来就是如此（已记录为确认）", "it was held so already (kept as a confirmation)")
    out().print(say(f"信息 #{done.mention_id}：", f"mention #{done.mention_id}: ") + (changes or nothing), markup=False)
    if done.case is not None:
        state = label(CaseState(done.state))
        out().print(say(f"工单 #{done.case}：{state}", f"case #{done.case}: {state}"), markup=False)
    elif done.waits:
        why = "没有立案：未命中任何监测主题，或是转发"
        out().print(say(why, "no case: no topic claims it, or it is a repost"), markup=False)


@corrections.command("list")
def corrections_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="最多几条 at most", min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """最近的纠正。 The newest corrections."""
    columns = {
        "id": "#",
        "mention_id": say("信息", "mention"),
        "change": say("纠正", "correction"),
        "person": say("何人", "by"),
        "at": say("何时", "at"),
        "note": say("说明", "note"),
        "undone_at": say("已撤销", "undone"),
        "text": say("内容", "text"),
    }
    show(as_json, say("人工纠正", "corrections"), columns, invocation(context).listener.correction_rows(limit))


@corrections.command("undo")
def corrections_undo(
    context: typer.Context, number: int, as_person: PersonOption = "", as_json: JsonOption = False
) -> None:
    """撤销一条纠正。 Take one correction back."""
    listener = invocation(context).listener
    _tell(listener, listener.undo_correction(number, listener.acting(as_person)), as_json)


@corrections.command("import")
def corrections_import(
    context: typer.Context, file: Path, as_person: PersonOption = "", as_json: JsonOption = False
) -> None:
    """导入标注表（mention 列，及 sentiment、complaint 等列）。 Corrections from a table, such as a labelled sample."""
    listener = invocation(context).listener
    person = listener.acting(as_person)
    done, refused = 0, list[Mistake]()
    for row in read_rows(file):
        if isinstance(row, BadRow):
            refused.append(Mistake(str(file), row.why, line=row.line))
            continue
        if "mention" not in row.values or not set(FIELDS) & row.values.keys():
            raise BadInput(no_corrections(str(file), list(row.values)))
        values = {name: row.values.get(name, "").strip() for name in FIELDS}
        if not any(values.values()):
            continue
        try:
            listener.correct(row.values.get("mention", "").strip(), values, person, note=row.values.get("note", ""))
            done += 1
        except BadInput as error:
            refused += [
                Mistake(str(file), each.what, each.mend, each.key or each.file, row.line) for each in error.mistakes
            ]
    if as_json:
        show_json({"corrected": done, "refused": len(refused)})
    else:
        out().print(say(f"已纠正 {done} 条", f"{done} corrected"))
    if refused:
        raise BadInput(*refused)


SinceOption = Annotated[str, typer.Option("--since", help="7d、24h 或日期 a duration or a date")]


def _moment(context: typer.Context, text: str) -> datetime | None:
    """A duration before now, or a date in the installation's zone."""
    if not text:
        return None
    listener = invocation(context).listener
    try:
        return listener.now() - read_duration(text)
    except (ValueError, OverflowError):  # no duration, or one that goes back before all dates
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        what = say(f"看不懂 {text}", f"cannot read {text}")
        raise BadInput(Mistake("--since", what, say("如 7d 或 2026-11-01", "such as 7d or 2026-11-01"))) from None
    return found if found.tzinfo else found.replace(tzinfo=listener.settings.zone)


@nlp.command("sample")
def nlp_sample(
    context: typer.Context,
    size: Annotated[int, typer.Option("--size", help="抽多少条 how many", min=1, max=5000)] = 50,
    since: SinceOption = "7d",
    output: Annotated[Path | None, typer.Option("--out", help="写成待标注的 CSV write a CSV to label")] = None,
    as_person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """随机抽查：请人标注，准确率才无偏。 Draw mentions at random for people to judge: an unbiased measure."""
    listener = invocation(context).listener
    person, moment = listener.acting(as_person), _moment(context, since)
    if output is not None:
        with whole_file(output, parents=False) as part:  # refused before anything is drawn
            drawn, rows = listener.draw(size, moment, person), listener.queue(5000)
            write_sample(part, rows)
        out().print(
            say(f"抽出 {drawn} 条，待标注共 {len(rows)} 条：{output}", f"{drawn} drawn, {len(rows)} to judge: {output}")
        )
        return
    columns = {
        "mention": "#",
        "platform": say("平台", "platform"),
        "text": say("内容", "text"),
        "url": say("网址", "URL"),
    }
    show(as_json, say(f"待标注（新抽 {drawn} 条）", f"to judge ({drawn} drawn now)"), columns, rows)


@nlp.command("train")
def nlp_train(context: typer.Context, as_person: PersonOption = "", as_json: JsonOption = False) -> None:
    """用人工纠正改进模型；变差则不采用。 Learn from the corrections; a worse model is refused."""
    listener = invocation(context).listener
    facts = listener.train(listener.acting(as_person))
    if as_json:
        show_json(facts)
        return
    taken = say("已采用", "in use") if facts["accepted"] else say("未采用", "refused")
    out().print(f"{facts['name']} {taken}：{facts['reason']}", markup=False)
    _print_figures(facts["figures"])


def _print_figures(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    words = {"held_out": say("留出的纠正", "corrections held out"), "shipped": say("自带语料", "shipped set")}
    for part, both in figures.items():
        before, after = both["before"], both["after"]
        if not before["texts"]:
            continue  # nothing was measured
        told = "  ".join(
            f"{name} {before[key]:.3f} → {after[key]:.3f}"
            for key, name in (
                ("accuracy", say("准确率", "accuracy")), ("macro_f1", "macro-F1"), ("calibration_error", "ECE"),
            )
        )  # fmt: skip
        print_line(f"  {words[part]}（{before['texts']:.0f}）：{told}")


@nlp.command("versions")
def nlp_versions(context: typer.Context, as_json: JsonOption = False) -> None:
    """训练过的模型。 The models trained so far."""
    rows = invocation(context).listener.model_rows()
    columns = {
        "name": say("版本", "version"),
        "in_use": say("现用", "in use"),
        "accepted": say("采用", "taken"),
        "corrections": say("纠正条数", "corrections"),
        "trained_at": say("时间", "at"),
        "person": say("何人", "by"),
        "reason": say("说明", "why"),
    }
    show(as_json, say("情感模型", "sentiment models"), columns, rows)


@nlp.command("rollback")
def nlp_rollback(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="版本，省略为上一个 a version; else the one before")] = "",
    as_person: PersonOption = "",
) -> None:
    """退回以前的模型版本。 Use an earlier model."""
    listener = invocation(context).listener
    chosen = listener.roll_back(version, listener.acting(as_person))
    out().print(say(f"现用：{chosen}；运行中的守护进程会自动换上", f"in use: {chosen}; a running daemon takes it up"))


@nlp.command("evaluate")
def nlp_evaluate(context: typer.Context, file: Path, as_json: JsonOption = False) -> None:
    """在标注表（label,text）上测量。 Figures on a labelled table (label, text)."""
    listener = invocation(context).listener
    found = listener.evaluate(list(labelled(file)))
    rows = [{"version": version} | figures.as_facts() for version, figures in found.items()]
    columns = {
        "version": say("版本", "version"),
        "texts": say("条数", "texts"),
        "accuracy": say("准确率", "accuracy"),
        "macro_f1": "macro-F1",
        "calibration_error": "ECE",
    }
    show(as_json, str(file), columns, rows)


def replay(
    context: typer.Context,
    since: SinceOption = "",
    topic: Annotated[str, typer.Option("--topic", help="只看一个主题 one topic only")] = "",
    write: Annotated[bool, typer.Option("--write/--dry-run", help="写入；默认只看差异 write; else only shown")] = False,
    alert: Annotated[bool, typer.Option("--alert", help="新立案的也预警 alert of what opens a case")] = False,
    as_json: JsonOption = False,
) -> None:
    """用现在的模型与配置重新分析已存的信息。 Understand what is stored anew; shows the difference first."""
    listener = invocation(context).listener
    with progress_bar() as bar:
        task = bar.add_task(say("重新分析", "understanding anew"), total=None)
        found = listener.replay(
            since=_moment(context, since),
            topic=topic,
            write=write,
            alert=alert,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if as_json:
        show_json(_facts(found))
        return
    _print_difference(found, listener.answer_word)


def _facts(found: Difference) -> dict[str, object]:
    return {
        "read": found.read,
        "changed": found.changed,
        "written": found.written,
        "moves": [
            {"field": name, "before": old, "after": new, "count": count}
            for (name, old, new), count in found.moves.most_common()
        ],
        "cases_opened": found.opened,
        "cases_joined": found.joined,
        "alerts": found.alerts,
        "cases_in_doubt": sorted(found.doubted),
        "mentions": [
            {"mention": each.mention_id, "changes": [list(change) for change in each.fields]} for each in found.shown
        ],
    }


def _print_difference(found: Difference, word: Callable[[str, str], str]) -> None:
    out().print(
        say(f"重新分析 {found.read} 条，{found.changed} 条有变化", f"{found.read} read, {found.changed} differ")
    )
    for (name, old, new), count in found.moves.most_common(40):
        print_line(f"  {label(name)}：{word(name, old)} → {word(name, new)}  {count}")
    for each in found.shown[:10]:
        told = "；".join(f"{label(name)} {word(name, old)} → {word(name, new)}" for name, old, new in each.fields)
        text = mask(each.text).replace("\n", " ")[:40]
        print_line(f"  #{each.mention_id} {told}  {text}")
    chinese = f"工单：新立 {found.opened}，并入 {found.joined}"
    out().print(say(chinese, f"cases: {found.opened} opened, {found.joined} joined"))
    if found.doubted:
        names = " ".join(f"#{number}" for number in sorted(found.doubted))
        chinese = f"不再有投诉、请人工核实的工单：{names}"
        out().print(say(chinese, f"cases without a complaint now, for a person to look at: {names}"), markup=False)
    if not found.written:
        out().print(say("以上未写入；加 --write 写入", "nothing is written; --write writes it"))
