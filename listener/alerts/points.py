"""Which service point should help: near, competent, and never the one that the complaint is against. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from listener.model import Party
from listener.settings import Dealer
from listener.text.places import place_of

__all__ = ["Choice", "distance_km", "nearest_point"]

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

SAME_CITY_KM = 80.0
"""Within it from a city's centre somebody who lives there is at home; farther away they have moved."""


class Choice(NamedTuple):
    """A service point and why it is this one, in Chinese."""

    dealer: Dealer
    reason: str


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def nearest_point(
    dealers: Sequence[Dealer],
    *,
    accused: Collection[str],
    usual: str,
    region: str,
    problem: str,
    products: Sequence[str],
) -> Choice | None:
    """The point for a case, or None where none fits.

    ``accused`` are dealers that the mention is about, by any of their names; ``usual`` is the customer's own dealer,
    ``region`` where the customer lives, or the place that the mention names. Near is near to the usual dealer, else to
    the accused one, where these are in the region's city; else to that city's centre; else in the same region. A point
    without coordinates is taken to be in the centre of its own region's city.
    """
    accused = {dealer.name for dealer in dealers if _names(dealer) & set(accused)} | set(accused)
    fit = [dealer for dealer in dealers if _can_help(dealer, accused, problem, products)]
    if not fit:
        return None
    city, visited = place_of(region), _centre(dealers, (usual, *sorted(accused)))
    centre = visited if visited and (city is None or distance_km(city, visited) <= SAME_CITY_KM) else city
    return min((_choice(dealer, centre, region) for dealer in fit), key=lambda found: found[0])[1]


def _names(dealer: Dealer) -> set[str]:
    """Every name by which a dealer is called."""
    return {dealer.name, dealer.code, *dealer.aliases} - {""}


def _where(dealer: Dealer) -> tuple[float, float] | None:
    return dealer.place or place_of(dealer.region)


def _centre(dealers: Sequence[Dealer], names: Sequence[str]) -> tuple[float, float] | None:
    """Where the first of the named dealers is that lies anywhere."""
    called = [dealer for name in names if name for dealer in dealers if name in _names(dealer)]
    return next((place for dealer in called if (place := _where(dealer)) is not None), None)


def _can_help(dealer: Dealer, accused: Collection[str], problem: str, products: Sequence[str]) -> bool:
    if dealer.name in accused or not dealer.contact or dealer.party not in (Party.DEALER, Party.INTERNAL):
        return False
    able = not dealer.competences or any(problem == one or problem.startswith(f"{one}.") for one in dealer.competences)
    sells = not dealer.products or not products or any(product in dealer.products for product in products)
    return able and sells


def _choice(dealer: Dealer, centre: tuple[float, float] | None, region: str) -> tuple[tuple[float, int, str], Choice]:
    """Its rank (less is better) and the choice with its reason."""
    common = _common(dealer.region, region)
    place = _where(dealer)
    if centre is not None and place is not None:
        away = distance_km(centre, place)
        return (away, -common, dealer.name), Choice(dealer, f"最近的服务网点：{dealer.name}，约 {away:.0f} 公里")
    why = f"同地区的服务网点：{dealer.name}" if common >= 2 else f"可受理的服务网点：{dealer.name}"
    return (math.inf if centre is not None else 0.0, -common, dealer.name), Choice(dealer, why)


def _common(one: str, other: str) -> int:
    """How many characters of two regions agree from their beginning on: 浙江杭州 and 浙江宁波 agree in two."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
