"""Which service point should help: near, competent, and never the one that the complaint is against. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from listener.model import Party
from listener.settings import Dealer

__all__ = ["Choice", "distance_km", "nearest_point"]

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""


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

    ``accused`` are names of dealers that the mention is about, ``usual`` is the customer's own dealer, ``region`` where
    the customer lives. Near is near to the usual dealer, else to the accused one, else in the same region.
    """
    fit = [dealer for dealer in dealers if _can_help(dealer, accused, problem, products)]
    if not fit:
        return None
    known = {dealer.name: dealer for dealer in dealers}
    centre = next(
        (known[name].place for name in (usual, *sorted(accused)) if name in known and known[name].place), None
    )
    return min((_choice(dealer, centre, region) for dealer in fit), key=lambda found: found[0])[1]


def _can_help(dealer: Dealer, accused: Collection[str], problem: str, products: Sequence[str]) -> bool:
    if dealer.name in accused or not dealer.contact or dealer.party not in (Party.DEALER, Party.INTERNAL):
        return False
    able = not dealer.competences or any(problem == one or problem.startswith(f"{one}.") for one in dealer.competences)
    sells = not dealer.products or not products or any(product in dealer.products for product in products)
    return able and sells


def _choice(dealer: Dealer, centre: tuple[float, float] | None, region: str) -> tuple[tuple[float, int, str], Choice]:
    """Its rank (less is better) and the choice with its reason."""
    common = _common(dealer.region, region)
    if centre is not None and dealer.place is not None:
        away = distance_km(centre, dealer.place)
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
