"""Until when a regulator's case (12315, 12345 by city …) has to be closed, and by which rule. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from listener.alerts.sla import Calendar, closing_time, next_workday
from listener.settings import OutsideRule, Sla
from listener.text.places import CAPITALS, City, city_in

__all__ = ["outside_deadline", "rule_of", "unknown_regions"]

_ANYWHERE, _PROVINCE, _CITY, _NEARER = range(4)


def outside_deadline(name: str, region: str, received: datetime, sla: Sla, calendar: Calendar) -> datetime | None:
    """Until when a regulator's case has to be closed; None where ``sla.toml`` knows no such regulator.

    Days are counted from the day after receipt to the end of the last one, as regulators do: workdays, or days of the
    calendar where the rule is not ``business``.
    """
    rule = rule_of(name, region, sla)
    if rule is None:
        return None
    day = received.astimezone(calendar.zone).date()
    if rule.business:
        for _ in range(rule.close.days):
            day = next_workday(day, calendar)
    else:
        day += timedelta(days=rule.close.days)
    return datetime.combine(day, closing_time(calendar), calendar.zone)


def rule_of(name: str, region: str, sla: Sla) -> OutsideRule | None:
    """The rule whose region fits most exactly: a city before its province, and that before the rule for anywhere.

    A city may be named with its province or without (广东深圳, 深圳市南山区). Where it has no rule of its own, nor its
    province one, the rule without ``regions`` counts; where the region is not known too.
    """
    fits = [(fit, rule) for rule in sla.outside if rule.name == name and (fit := _fit(rule, region)) is not None]
    return max(fits, key=lambda each: each[0])[1] if fits else None


def unknown_regions(sla: Sla) -> Iterator[tuple[OutsideRule, str]]:
    """Regions in the rules that are no city or province that we know: they would never match."""
    for rule in sla.outside:
        yield from ((rule, one) for one in rule.regions if city_in(one) is None)


def _fit(rule: OutsideRule, region: str) -> int | None:
    """How exactly the rule is about the region; None where it is about another."""
    if not rule.regions:
        return _ANYWHERE
    city = city_in(region)
    fits = [fit for one in rule.regions if (fit := _nearness(one, region, city)) is not None]
    return max(fits, default=None)


def _nearness(one: str, region: str, city: City | None) -> int | None:
    meant = city_in(one)
    if city is None or meant is None:
        return _CITY if one and region.startswith(one) else None
    if not _names_a_city(one, meant):
        return _PROVINCE if meant.province == city.province else None
    if not _names_a_city(region, city) or (meant.province, meant.name) != (city.province, city.name):
        return None
    return _NEARER if region.startswith(one) and len(one) > len(meant.province + meant.name) else _CITY


def _names_a_city(region: str, city: City) -> bool:
    """False where only the province is named: then ``city`` is its capital, which nobody spoke of."""
    return city.name in region and not (city.province in CAPITALS and region.strip() == city.province)
