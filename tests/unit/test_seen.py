"""Who had an identifier first, against a dictionary."""

from __future__ import annotations

import random

from listener.crm.seen import Seen


def test_it_answers_as_a_dictionary_does_while_it_grows() -> None:
    chance, seen, known = random.Random(3), Seen(), dict[tuple[str, str], str]()
    for number in range(12_000):
        owner = f"C{number}"
        for _ in range(2):
            value = ("phone", str(chance.randrange(15_000)))
            assert seen.first(value, owner) == known.setdefault(value, owner)
