"""What one crawl leaves to the next."""

from __future__ import annotations

import json

from listener.spiders.base import Fetch
from listener.spiders.left import MOST_KEPT, MOST_TRIES, Left

PAGE = Fetch("http://a.example/1", "thread", {"X": "y"}, {"tid": "1", "page": 2})


def again(left: Left) -> Left:
    """The next crawl's, through the database."""
    return Left(json.loads(json.dumps(left.state())))


def test_what_was_left_comes_back_as_it_was() -> None:
    left = Left()
    left.keep(PAGE)
    assert again(left).begin() == [PAGE]


def test_what_was_begun_and_did_not_fail_is_not_left_again() -> None:
    left = Left()
    left.keep(PAGE)
    second = again(left)
    second.begin()
    assert second.state() == []


def test_it_is_tried_a_few_times_and_waiting_is_no_try() -> None:
    left = Left()
    answers = []
    for _ in range(MOST_TRIES):
        answers.append(left.failed(PAGE))
        left = again(left)
        left.begin()
        left.keep(PAGE)
        left = again(left)
        left.begin()
    assert answers == [True] * (MOST_TRIES - 1) + [False]


def test_each_address_once_and_not_without_end() -> None:
    left = Left()
    for number in range(MOST_KEPT + 5):
        left.keep(Fetch(f"http://a.example/{number}"))
        left.keep(Fetch(f"http://a.example/{number}"))
    assert len(left.state()) == MOST_KEPT


def test_what_every_crawl_asks_for_is_not_kept() -> None:
    left = Left()
    left.keep(PAGE)
    left.drop({PAGE.url, "http://a.example/other"})
    assert left.state() == []


def test_a_state_that_makes_no_sense_is_passed_over() -> None:
    assert Left([None, 3, "x", {}, {"url": "http://a.example/"}, *_state()]).begin() == [PAGE]


def _state() -> list[dict[str, object]]:
    left = Left()
    left.keep(PAGE)
    return left.state()
