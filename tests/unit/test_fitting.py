"""Weights learnt from rulings: what they recover, what they do not touch, how far they go."""

from __future__ import annotations

import random
from math import exp, log

from listener.customers.fitting import FEWEST, MOST, Example, fit

BASE = {"phone": 3.0, "region": 1.0, "other_city": -1.0}


def ruled(count: int, true: dict[str, float], seed: int = 1, base: float = 0.0) -> list[Example]:
    """Links whose confirmation follows the shipped bits plus ``true`` shifts, drawn by seed."""
    chance, found = random.Random(seed), []
    for number in range(count):
        kinds = [kind for kind in BASE if chance.random() < 0.5]
        odds = log(2) * (sum(BASE[kind] for kind in kinds) - 1.5)
        real = odds + log(2) * (sum(true.get(kind, 0.0) for kind in kinds) + base)
        found.append(Example(odds, frozenset(kinds), chance.random() < 1 / (1 + exp(-real)), number))
    return found


def test_a_kind_that_means_less_here_is_found_and_the_others_stay() -> None:
    found = fit(ruled(3000, {"phone": -2.0}))
    assert -2.4 < found.shifts["phone"] < -1.6
    assert all(abs(found.shifts.get(kind, 0.0)) < 0.35 for kind in ("region", "other_city"))
    assert found.better and found.after < found.before


def test_how_many_are_confirmed_at_all_moves_no_weight() -> None:
    found = fit(ruled(3000, {}, base=-1.5))
    assert all(abs(shift) < 0.35 for shift in found.shifts.values())


def test_few_rulings_move_less_than_many() -> None:
    few, many = (fit(ruled(count, {"phone": -2.0})).shifts.get("phone", 0.0) for count in (100, 5000))
    assert many < few <= 0


def test_too_few_of_either_change_nothing() -> None:
    found = fit(ruled(FEWEST, {"phone": -2.0}))
    assert not found.shifts and not found.better
    assert fit([]).shifts == {}


def test_a_rare_kind_stays() -> None:
    rare = [Example(0.0, {"vin"}, False, number) for number in range(5)]
    assert "vin" not in fit([*ruled(400, {}), *rare]).shifts


def test_no_weight_moves_further_than_its_bound() -> None:
    found = fit(ruled(20_000, {"phone": -9.0}))
    assert found.shifts["phone"] == -MOST


def test_a_bound_account_and_unknown_kinds_are_not_learnt() -> None:
    found = fit([each._replace(kinds={*each.kinds, "account", "rival"}) for each in ruled(1000, {"phone": -2.0})])
    assert not {"account", "rival"} & {*found.shifts, *found.counts}


def test_what_rulings_do_not_follow_is_not_put_in_force() -> None:
    chance = random.Random(5)
    noise = [each._replace(right=chance.random() < 1 / (1 + exp(-each.odds))) for each in ruled(70, {}, seed=9)]
    found = fit(noise)
    assert found.after > found.before - 0.05
