"""A crawl that went well and still must not be believed: its volume is outside what the source usually brings. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from listener.model import CrawlReport, Outcome
from listener.settings import SourceSettings

KNOWN_AFTER = timedelta(days=1)
"""A source younger than this has no usual volume yet; its first crawl brings everything at once."""


def doubt(report: CrawlReport, source: SourceSettings, new_today: int, first_at: datetime | None) -> CrawlReport:
    """The report, as ``SUSPECT`` where the last day's volume (this crawl included) is outside ``expect_per_day``."""
    if report.outcome.bad or source.expect_per_day is None or first_at is None:
        return report
    if report.started_at - first_at < KNOWN_AFTER:
        return report
    lowest, highest = source.expect_per_day
    volume = new_today + report.new
    if lowest <= volume <= highest:
        return report
    detail = f"最近 24 小时新增 {volume} 条，通常为 {lowest} 到 {highest} 条"
    return replace(report, outcome=Outcome.SUSPECT, detail=detail)
