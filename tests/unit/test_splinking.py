"""What Splink makes of rulings: where it is installed, and what is said where it is not."""

from __future__ import annotations

import random
from importlib.util import find_spec
from math import exp, log

import pytest

from listener.customers import fitting, splinking
from listener.customers.fitting import FEWEST, MOST, Example

needs_splink = pytest.mark.skipif(find_spec("splink") is None, reason="the extra splink is not installed")
BASE = {"phone": 3.0, "region": 1.0, "other_city": -1.0}


def ruled(count: int, true: dict[str, float], seed: int = 1) -> list[Example]:
    """Links whose confirmation follows the shipped bits plus ``true`` shifts, drawn by seed."""
    chance, found = random.Random(seed), []
    for number in range(count):
        kinds = [kind for kind in BASE if chance.random() < 0.5]
        odds = log(2) * (sum(BASE[kind] for kind in kinds) - 1.5)
        real = odds + log(2) * sum(true.get(kind, 0.0) for kind in kinds)
        found.append(Example(odds, frozenset(kinds), chance.random() < 1 / (1 + exp(-real)), number))
    return found


@needs_splink
def test_the_shares_are_those_of_confirmed_and_rejected_links() -> None:
    told = [Example(0.0, {"phone"}, True, 1)] * 30 + [Example(0.0, set(), True, 2)] * 10
    told += [Example(0.0, {"phone"}, False, 3)] * 5 + [Example(0.0, set(), False, 4)] * 15
    (found,) = splinking.shares(told, ["phone"]).values()
    assert found.m == pytest.approx(30.5 / 41) and found.u == pytest.approx(5.5 / 21)
    assert found.bits > 1.5


@needs_splink
def test_a_kind_that_means_less_here_is_found_and_the_others_stay() -> None:
    found = fitting.judged(ruled(1500, {"phone": -2.0}), splinking.shifts)
    assert -2.6 < found.shifts["phone"] < -1.4
    assert all(abs(found.shifts.get(kind, 0.0)) < 0.7 for kind in ("region", "other_city"))
    assert found.better


@needs_splink
def test_what_all_or_none_of_the_confirmed_links_have_moves_no_further_than_its_bound() -> None:
    told = [Example(0.0, {"phone"}, True, n) for n in range(50)] + [Example(0.0, {"vin"}, False, n) for n in range(50)]
    found = splinking.shifts(told)
    assert (found["phone"], found["vin"]) == (MOST, -MOST)


def test_too_few_rulings_ask_nobody() -> None:
    def asked(_: object) -> dict[str, float]:
        raise AssertionError("nothing is to be estimated")

    found = fitting.judged(ruled(FEWEST, {}), asked)
    assert not found.shifts and not found.better
