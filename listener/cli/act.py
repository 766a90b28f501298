"""Commands that do the work: process, deliver, run, work, demo."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from listener.cli.base import JsonOption, invocation, out, progress_bar, show_json
from listener.errors import BadInput, Mistake, NeedsOperator
from listener.language import say

if TYPE_CHECKING:
    from listener.bootstrap import Listener
    from listener.pipeline import Counts


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(process)
    app.command()(deliver)
    app.command()(run)
    app.command()(work)
    app.command()(demo)


def process(
    context: typer.Context,
    as_json: JsonOption = False,
    retry: Annotated[bool, typer.Option("--retry", help="重试被搁置的记录 try again what was set aside")] = False,
) -> None:
    """处理所有等待的原始记录。 Drain the pending captures, then stop."""
    listener = invocation(context).listener
    if retry:
        listener.retry_set_aside()
    waiting, _ = listener.backlog()
    with progress_bar() as bar:
        task = bar.add_task(say("分析", "analysing"), total=waiting)
        counts = listener.process(progress=lambda done: bar.update(task, completed=done.captures))
    if as_json:
        show_json(as_facts(counts))
        return
    out().print(in_words(counts))


def as_facts(counts: Counts) -> dict[str, object]:
    """The counts as JSON."""
    return {
        "captures": counts.captures,
        "mentions": counts.mentions,
        "reposts": counts.reposts,
        "complaints": counts.complaints,
        "to_verify": counts.doubtful,
        "cases": counts.cases,
        "alerts": counts.alerts,
        "set_aside": counts.set_aside,
        "sentiments": dict(counts.sentiments),
    }


def in_words(counts: Counts) -> str:
    """The counts as one sentence."""
    zh = (
        f"处理 {counts.captures} 条原始记录：信息 {counts.mentions}（转发 {counts.reposts}），"
        f"投诉 {counts.complaints}（另有待核实 {counts.doubtful}），"
        f"新工单 {counts.cases}，预警 {counts.alerts}"
    )
    en = (
        f"{counts.captures} captures: {counts.mentions} mentions ({counts.reposts} reposts), "
        f"{counts.complaints} complaints ({counts.doubtful} to verify), "
        f"{counts.cases} new cases, {counts.alerts} alerts"
    )
    aside = (
        say(f"；{counts.set_aside} 条无法处理，已搁置", f"; {counts.set_aside} set aside") if counts.set_aside else ""
    )
    return say(zh, en) + aside


def deliver(
    context: typer.Context,
    as_json: JsonOption = False,
    digest: Annotated[bool, typer.Option("--digest", help="现在也发送汇总 send the digests now too")] = False,
) -> None:
    """发送等待中的邮件。 Send what waits in the outbox, then stop."""
    listener = invocation(context).listener
    if digest:
        listener.gather_digests()
    done = listener.deliver()
    counts = asdict(done)
    if as_json:
        show_json(counts)
    else:
        _say_delivered(counts)
    if done.operator:
        raise NeedsOperator("；".join(done.trouble) or say("邮件发不出去", "mail does not go out"))


def _say_delivered(counts: dict[str, Any]) -> None:
    zh = "已发送 {sent}，稍后重试 {retried}，失败 {failed}，不再需要 {suppressed}，仍在等待 {left}"
    en = (
        "sent {sent}, to be tried again {retried}, failed {failed}, no longer needed {suppressed}, still waiting {left}"
    )
    out().print(say(zh, en).format(**counts))


def run(context: typer.Context) -> None:
    """守护进程：采集、处理、发送、汇总、报告、网页。 The daemon."""
    listener = _by_the_clock(context)
    from listener.service import serve  # uvicorn and the scheduler are not loaded for every command

    serve(listener)


def work(
    context: typer.Context,
    queues: Annotated[
        str,
        typer.Option(
            help="做哪些，用逗号分开（crawl、process、deliver、mailbox、report、housekeeping） what it does, by commas"
        ),
    ] = "crawl,process,deliver",
) -> None:
    """在另一台机器上分担守护进程的工作（需 PostgreSQL）。 Share the daemon's work from another machine (PostgreSQL)."""
    from listener.service import QUEUES
    from listener.service import work as work_on

    wanted = [queue.strip() for queue in queues.split(",") if queue.strip()]
    if unknown := [queue for queue in wanted if queue not in QUEUES] or ([""] if not wanted else []):
        what = say(f"没有队列「{unknown[0]}」", f"there is no queue {unknown[0]!r}")
        raise BadInput(Mistake("--queues", what, "、".join(QUEUES)))
    work_on(_by_the_clock(context), wanted)


def _by_the_clock(context: typer.Context) -> Listener:
    """The installation; ``BadInput`` where its clock is fixed."""
    listener = invocation(context).listener
    if listener.settings.fixed_now is not None:
        what = say("守护进程不能用固定的时钟", "the daemon does not run on a fixed clock")
        raise BadInput(Mistake("environment", what, say("请取消设置", "unset it"), "LISTENER_NOW"))
    return listener


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="写到哪里 where it is written")] = Path("var/demo"),
) -> None:
    """在自带的示例网站上跑完整个流程。 The whole way on the bundled sample site."""
    from listener.demo.run import run_demo  # its site and sink are not loaded for every command

    run_demo(folder, language=invocation(context).language or "zh")
