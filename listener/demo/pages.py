"""What the demo site's pages share: an answer, the templates, and times as Discuz shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

ZONE = ZoneInfo("Asia/Shanghai")
"""Discuz shows GMT+8 to guests, wherever it runs."""

HTML = "text/html; charset=utf-8"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, body, content type, further headers."""

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)


def redirect(address: str) -> Answer:
    """302 to ``address``."""
    return Answer(302, headers={"Location": address})


def plain(moment: datetime, *, seconds: bool = True) -> str:
    """``2026-11-2 08:05:09`` in GMT+8: Discuz's default date format has no leading zeros in month and day."""
    local = moment.astimezone(ZONE)
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{local.year}-{local.month}-{local.day} {clock}"


def relative(moment: datetime, now: datetime) -> str:
    """「5 分钟前」 … 「6 天前」 as Discuz! X3.5 writes it, or "" where it shows the plain time (a week and older).

    Observed on a real forum: seconds, minutes, 半小时前 (30 to 60 minutes), hours while the day is the same, then
    昨天 and 前天 with the clock time, then days below a week; the blanks are no-break spaces.
    """
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    local = moment.astimezone(ZONE)
    if local >= midnight:
        return _today(int((now - moment).total_seconds()))
    days = (midnight - local) // _DAY
    if days < 2:
        return f"{'昨天' if days == 0 else '前天'}\xa0{local:%H:%M}"
    return f"{days + 1}\xa0天前" if days < 7 else ""


def _today(seconds: int) -> str:
    if seconds > 3600:
        return f"{seconds // 3600}\xa0小时前"
    if seconds > 1800:
        return "半小时前"
    if seconds > 60:
        return f"{seconds // 60}\xa0分钟前"
    return f"{seconds}\xa0秒前" if seconds > 0 else "刚刚"


def shown_time(moment: datetime, now: datetime, *, title: str = "second") -> Markup:
    """The cell's markup: relative with the exact time in ``title`` (its ``second``, ``minute`` or only its ``day``)."""
    exact = plain(moment, seconds=title == "second")
    if title == "day":
        exact = exact.partition(" ")[0]
    shown = str(escape(relative(moment, now))).replace("\xa0", "&nbsp;")
    if not shown:
        return Markup("<span>%s</span>") % exact if title == "day" else escape(exact)
    cell = Markup('<span title="{}">{}</span>').format(exact, Markup(shown))  # noqa: S704 - escaped above
    new = title == "day" and moment.astimezone(ZONE).date() == now.astimezone(ZONE).date()
    return Markup('<span class="xi1">{}</span>').format(cell) if new else cell


def breaks(text: str) -> Markup:
    """The text escaped, its line ends as ``<br />``."""
    return Markup("<br />\n").join(text.split("\n"))


def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters.update(plain=plain, breaks=breaks)
    found.globals.update(shown_time=shown_time)
    return found


_TEMPLATES = _environment()


def render(template: str, values: Mapping[str, object], *, status: int = 200, content_type: str = HTML) -> Answer:
    """The named template as an answer."""
    return Answer(status, _TEMPLATES.get_template(template).render(values).encode(), content_type)
