"""Trying things out for a person: what a source brings today, whether a mail arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from listener.cli.base import out, print_line, show_table
from listener.errors import NeedsOperator, Retry
from listener.language import say
from listener.model import RawMention, Receiver
from listener.text.clean import clean
from listener.text.labels import label
from listener.text.mask import mask

if TYPE_CHECKING:
    from listener.bootstrap import Listener

SHOWN = 10
"""Mentions that a preview shows."""


def preview(listener: Listener, source: str) -> None:
    """Crawl a source without storing anything; show what it brings and which topics match."""
    found: list[RawMention] = []
    report = listener.try_source(source, found)
    line = f"{source}: {label(report.outcome)} — {report.detail}"
    out().print(line)
    if not found:
        return
    rows = []
    for number, raw in enumerate(found[:SHOWN], 1):
        mention = clean(raw, number)
        topics = "、".join(match.topic for match in listener.topics.match(mention))
        when = f"{mention.published_at.astimezone(listener.settings.zone):%m-%d %H:%M}" if mention.published_at else "—"
        rows.append([when, mention.author_name, mask(mention.full_text)[:60].replace("\n", " "), topics or "—"])
    heads = [say("时间", "time"), say("发布者", "author"), say("内容", "text"), say("主题", "topic")]
    show_table(
        say(f"共 {len(found)} 条，前 {len(rows)} 条：", f"{len(found)} found, the first {len(rows)}:"), heads, rows
    )


def send_test_mail(listener: Listener, name: str) -> None:
    """Send a test to a person of people.toml or to ``notifier:NAME``, and say where it went; errors name the mend."""
    for receiver in listener.receivers(name):
        _send_test(listener, receiver)


def _send_test(listener: Listener, receiver: Receiver) -> None:
    try:
        said = listener.send_test(receiver)
    except Retry as error:  # delivery tries such a thing again; who sends a test wants to know what to look at
        mend = say(
            "检查地址、端口和防火墙，或运行 listener doctor", "check address, port and firewall, or run listener doctor"
        )
        raise NeedsOperator(f"{error} → {mend}") from None
    if receiver.notifier == "email":
        out().print(say(f"测试邮件已发送到 {receiver.address}", f"a test mail went to {receiver.address}"))
        return
    line = say(f"测试消息已发送到 {receiver.name}：{said}", f"a test message went to {receiver.name}: {said}")
    print_line(line)
