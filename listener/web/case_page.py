"""The case page: what a mail's link shows. Masked, without script, readable on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, select_autoescape

from listener.alerts.case_parts import factor_words
from listener.alerts.receipt import receipt_number
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
) -> str:
    """The page of one case, from ``listener.store.views.case_detail``, with what ``person`` may do to it."""
    template = _environment.get_template("case.html")
    return template.render(
        case=facts,
        spread=_spread(facts, zone, language),
        forms=forms,
        token=token,
        notice=notice,
        person=person,
        receipt=receipt_number(facts["number"], facts["opened_at"], zone),
        factors=factor_words(facts.get("factors") or [], language),
        lang=language,
        label=lambda value: label(value, language),
        mask=mask,
        local=lambda moment: _local(moment, zone, language),
        link=_link,
    )


def _local(moment: datetime | None, zone: ZoneInfo, language: str) -> str:
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


def _link(address: str) -> str:
    """The address where it is http or https, else "": nothing scraped becomes a link of another kind."""
    return address if address.startswith(("http://", "https://")) else ""
