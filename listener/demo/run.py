"""``listener demo``: the whole way on the bundled site, with nothing canned: every step is the product's own.

site and mail sink on loopback ─▶ customers ─▶ imported reviews ─▶ crawls ─▶ process ─▶ mails ─▶ report
and then everything once more, to show that nothing comes in or goes out twice
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from listener.bootstrap import Listener
from listener.demo.files import REVIEW_COLUMNS, write_customers, write_reviews
from listener.demo.setting import write_setting
from listener.demo.sink import MailSink
from listener.demo.site import DemoSite, serve
from listener.errors import BadInput, Mistake
from listener.language import choose, say
from listener.loading import Environment
from listener.model import CrawlReport
from listener.pipeline import Counts
from listener.text.labels import label

MARK = ".listener-demo"
"""A file that says that a folder was made by the demo, and may be emptied by it."""


@dataclass
class Tally:
    """What the demo saw, for its summary."""

    customers: int = 0
    reviews: int = 0
    crawls: list[CrawlReport] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    mails: int = 0
    again: list[CrawlReport] = field(default_factory=list)
    mails_again: int = 0
    files: dict[str, Path] = field(default_factory=dict)


def run_demo(folder: Path, *, language: str = "zh") -> Tally:
    """Run the demo below ``folder`` (emptied first, if it is a demo's) and say what happened and where it lies."""
    choose(language)
    console = Console(soft_wrap=True, highlight=False)
    now = datetime.now(UTC)
    _prepare(folder)
    sink = MailSink(folder / "mails")
    port = sink.start()
    site = serve(now, 0)
    try:
        return _run(folder, console, site, sink, port, now)
    finally:
        site.close()
        sink.close()


def _prepare(folder: Path) -> None:
    """An empty folder; one that holds something else than an earlier demo is refused."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            what = say("目录不为空，且不是演示目录", "is not empty and was not made by the demo")
            raise BadInput(Mistake(str(folder), what, "--out"))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("listener demo\n", encoding="utf-8")


def _run(folder: Path, console: Console, site: DemoSite, sink: MailSink, port: int, now: datetime) -> Tally:
    write_setting(folder / "config", site.url, port)
    database = (folder / "var" / "listener.db").resolve()  # where its configuration leads any other command
    environment = Environment(database_url=f"sqlite:///{database}")
    listener = Listener.from_folder(folder / "config", environment=environment)
    tally = Tally()
    try:
        _bring_in(folder, console, listener, tally, now)
        _work(console, listener, sink, tally)
        _once_more(console, listener, sink, tally)
        tally.files = _report(folder, listener)
    finally:
        listener.database.close()
    _summary(folder, console, listener, tally)
    return tally


def _bring_in(folder: Path, console: Console, listener: Listener, tally: Tally, now: datetime) -> None:
    with console.status(say("导入客户档案…", "importing customers…")):
        made = listener.import_customers(write_customers(folder / "files"), {})
        tally.customers = int(str(made["new"]))
    console.print(say(f"✓ 导入客户 {tally.customers} 位", f"✓ {tally.customers} customers imported"))
    with console.status(say("导入门店评价（GB18030 表格）…", "importing shop reviews (a GB18030 table)…")):
        reviews = write_reviews(folder / "files", now)
        read = listener.import_mentions(reviews, REVIEW_COLUMNS, source="shop-reviews", platform="review")
        tally.reviews = int(str(read["new"]))
    console.print(say(f"✓ 导入门店评价 {tally.reviews} 条", f"✓ {tally.reviews} shop reviews imported"))
    tally.crawls = _crawl(console, listener)


def _crawl(console: Console, listener: Listener) -> list[CrawlReport]:
    reports = []
    for source in listener.settings.sources:
        with console.status(say(f"采集 {source.title or source.name}…", f"crawling {source.name}…")):
            report = listener.crawl(source.name)
        reports.append(report)
        counts = say(f"共 {report.found} 条，新增 {report.new} 条", f"{report.found} found, {report.new} new")
        console.print(f"✓ {source.title or source.name}: {label(report.outcome, say('zh', 'en'))}，{counts}")
    return reports


def _work(console: Console, listener: Listener, sink: MailSink, tally: Tally) -> None:
    with console.status(say("分析：分词、情感、投诉、客户、工单…", "analysing…")):
        tally.counts = listener.process()
    counts = tally.counts
    line = f"✓ 分析 {counts.mentions} 条：转发 {counts.reposts}，投诉 {counts.complaints}"
    line += f"，待核实 {counts.doubtful}，工单 {counts.cases}"
    english = (
        f"✓ {counts.mentions} analysed: {counts.reposts} reposts, {counts.complaints} complaints, {counts.cases} cases"
    )
    console.print(say(line, english))
    with console.status(say("发送邮件…", "sending mails…")):
        listener.deliver()
        listener.gather_digests()
        listener.deliver()
    tally.mails = len(sink.mails())
    console.print(say(f"✓ 发送邮件 {tally.mails} 封", f"✓ {tally.mails} mails sent"))


def _once_more(console: Console, listener: Listener, sink: MailSink, tally: Tally) -> None:
    console.print(say("再来一遍，应当没有新信息，也不再发邮件：", "once more; nothing should come in or go out:"))
    tally.again = _crawl(console, listener)
    listener.process()
    listener.deliver()
    listener.gather_digests()
    listener.deliver()
    tally.mails_again = len(sink.mails()) - tally.mails
    console.print(say(f"✓ 新邮件 {tally.mails_again} 封", f"✓ {tally.mails_again} new mails"))


def _report(folder: Path, listener: Listener) -> dict[str, Path]:
    end = listener.now() + timedelta(minutes=1)
    files = listener.report(end - timedelta(days=14), end, folder / "report", listener.settings.installation.language)
    return {kind: Path(path) for kind, path in files.items()}


def _summary(folder: Path, console: Console, listener: Listener, tally: Tally) -> None:
    """What a person wants to know at the end: what was found, and where to look."""
    feelings = tally.counts.sentiments
    share = "，".join(
        f"{label(name, say('zh', 'en'))} {feelings[name]}" for name in ("negative", "neutral", "positive")
    )
    console.rule(say("演示完成", "done"))
    console.print(say(f"情感：{share}", f"sentiment: {share}"))
    for case in listener.case_rows(say("zh", "en"), "", 5):
        who = case["customer"] or say("未识别客户", "customer unknown")
        console.print(f"  #{case['number']} 【{case['severity']}】{case['title']} — {who}", markup=False)
    console.print(
        say(f"邮件：{folder}/mails/*.eml（{tally.mails} 封）", f"mails: {folder}/mails/*.eml ({tally.mails})")
    )
    console.print(say(f"报告：{tally.files.get('html')}", f"report: {tally.files.get('html')}"))
    console.print(say(f"配置：{folder}/config，可照此改写", f"configuration: {folder}/config"))
    look = f"listener --config {folder}/config cases list"
    console.print(say(f"接着看：{look}", f"look on: {look}"), markup=False)
