"""The case page: what a mail's link shows. Masked, without script, readable on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, select_autoescape

from listener.alerts.case_parts import factor_words
from listener.alerts.receipt import receipt_number
from listener.cases.causes import cause_words
from listener.customers.influence import Standing
from listener.language import speaking
from listener.spread import spread_of
from listener.text.labels import label
from listener.text.mask import mask
from listener.web.case_forms import Form

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")

_environment = Environment(loader=PackageLoader("listener.web"), autoescape=select_autoescape(default=True))


def render_case(
    facts: dict[str, Any],
    zone: ZoneInfo,
    language: str,
    *,
    forms: Sequence[Form] = (),
    token: str = "",
    notice: str = "",
    person: str = "",
    leaders: Sequence[tuple[Standing, str, str]] = (),
    brief: str = "",
    suggested: Sequence[tuple[str, str]] = (),
    causes: Sequence[tuple[str, str]] = (),
) -> str:
    """The page of one case, from ``listener.store.views.case_detail``, with what ``person`` may do to it.

    ``leaders`` are the opinion leaders in it, each with the address of its page and why. ``brief`` and ``suggested``
    (name, text) are texts to copy; ``causes`` name the codes of a closed case's cause.
    """
    template = _environment.get_template("case.html")
    return template.render(
        case=facts,
        spread=_spread(facts, zone, language),
        forms=forms,
        token=token,
        notice=notice,
        person=person,
        brief=brief,
        suggested=suggested,
        cause=cause_words(facts.get("cause") or "", causes),
        receipt=receipt_number(facts["number"], facts["opened_at"], zone),
        factors=factor_words(facts.get("factors") or [], language),
        leaders=leaders,
        lang=language,
        label=lambda value: label(value, language),
        mask=mask,
        local=lambda moment: local_time(moment, zone, language),
        link=safe_link,
    )


def local_time(moment: datetime | None, zone: tzinfo | None, language: str) -> str:
    """「2026-11-28 周六 09:30」; a dash for None."""
    if moment is None:
        return "—"
    here = moment.astimezone(zone)
    day = WEEKDAYS[here.weekday()] if language == "zh" else f"{here:%a}"
    return f"{here:%Y-%m-%d} {day} {here:%H:%M}"


def _spread(facts: dict[str, Any], zone: ZoneInfo, language: str) -> str:
    """How far it was passed on; "" where one mention is all there is."""
    found = spread_of(facts["mentions"])
    with speaking(language):
        return found.line(zone) if found and found.mentions > 1 else ""


def safe_link(address: str) -> str:
    """The address where it is http or https, else "": nothing scraped becomes a link of another kind."""
    return address if address.startswith(("http://", "https://")) else ""
