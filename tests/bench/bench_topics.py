"""What matching costs: 10 topics against 1,000, hostile texts, and checking. Prints figures; asserts nothing.

    python tests/bench/bench_topics.py [--seed 7] [--mentions 10000] [--words cut|vocabulary|random]

Each topic has 20 words: pieces cut from the very texts (``cut``: dozens of topics match every text), words of their
vocabulary by rank, common and rare ones alike (``vocabulary``), or random characters (``random``: few match). Half of
the topics are lists, half are queries over the same words. ``read`` also reads the words and the reason of each match,
``stage`` cleans, analyses and judges the mention as well (on a fifth of the mentions).
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

from listener.complaints import judge
from listener.demo.mentions import load_content
from listener.model import Mention
from listener.nlp.analyse import Analyser
from listener.nlp.segment import Segmenter
from listener.settings import TopicSettings
from listener.topics import Topics, check
from tests.factories import mention

WORDS = 20
"""Words of a topic."""


def mentions(count: int, chance: random.Random) -> list[Mention]:
    """Texts of the demo, cut and put together anew until there are enough; no two the same."""
    texts = [each.text for each in load_content().mentions if len(each.text) > 10]
    made = []
    for number in range(count):
        one, other = chance.choice(texts), chance.choice(texts)
        made.append(mention(str(number), text=f"{one}{number}{other[: chance.randrange(len(other))]}"))
    return made


def from_texts(said: Sequence[Mention], chance: random.Random) -> Callable[[], str]:
    """Words of two to four characters as they stand in the texts, with one number in ten."""
    texts = [each.text for each in said]

    def word() -> str:
        text = chance.choice(texts)
        start = chance.randrange(max(1, len(text) - 4))
        return text[start : start + chance.randint(3, 5)].strip() or "晨曜"

    return word


def from_vocabulary(said: Sequence[Mention], chance: random.Random) -> Callable[[], str]:
    """Words of the texts, each rank of frequency as likely as any other; two characters or more."""
    segmenter = Segmenter()
    counts = Counter(word for each in said for word in segmenter.cut(each.text) if len(word) > 1 and word.isalpha())
    words = [word for word, _ in counts.most_common()]
    return lambda: chance.choice(words)


def from_nothing(_: Sequence[Mention], chance: random.Random) -> Callable[[], str]:
    """Words of random common characters."""
    signs = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面"
    return lambda: "".join(chance.choices(signs, k=chance.randint(2, 4)))


WORDS_OF = {"random": from_nothing, "vocabulary": from_vocabulary, "cut": from_texts}


def topics(count: int, word: Callable[[], str]) -> list[TopicSettings]:
    """Half lists, half queries, ``WORDS`` words each."""
    made = []
    for number in range(count):
        words = [word() for _ in range(WORDS)]
        if number % 2:
            made.append(TopicSettings(name=f"t{number}", any=tuple(words[:17]), exclude=tuple(words[17:])))
        else:
            quoted = [f'"{each.replace(chr(34), "")}"' for each in words]
            query = f"({' OR '.join(quoted[:12])}) AND ({' OR '.join(quoted[12:17])}) NOT ({' OR '.join(quoted[17:])})"
            made.append(TopicSettings(name=f"t{number}", query=query))
    return made


def timed(step: Callable[[Mention], int], said: Sequence[Mention], rounds: int = 3) -> tuple[float, int]:
    """The best of some rounds in seconds, and how many matches there were."""
    best, found = float("inf"), 0
    for _ in range(rounds):
        start = time.process_time()
        found = sum(map(step, said))
        best = min(best, time.process_time() - start)
    return best, found


def steps(matcher: Topics, analyser: Analyser) -> dict[str, Callable[[Mention], int]]:
    """What is timed, each giving the number of matches."""

    def read(each: Mention) -> int:
        return sum(bool(match.words) for match in matcher.match(each))

    def stage(each: Mention) -> int:
        judge(each.full_text, analyser.analyse(each.full_text))
        return read(each)

    return {"match": lambda each: len(matcher.match(each)), "read": read, "stage": stage}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--mentions", type=int, default=10_000)
    parser.add_argument("--words", choices=tuple(WORDS_OF), default="")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    said = mentions(given.mentions, chance)
    print(f"{len(said)} mentions, {sum(len(each.text) for each in said) / len(said):.0f} characters on average")
    for kind in (given.words,) if given.words else WORDS_OF:
        compare(kind, said, chance)
    hostile()


def compare(kind: str, said: Sequence[Mention], chance: random.Random) -> None:
    """10 topics and 1,000 over the same mentions."""
    made = topics(1000, WORDS_OF[kind](said, chance))
    start = time.process_time()
    few, many = Topics(made[:10]), Topics(made)
    compiled = time.process_time() - start
    start = time.process_time()
    mistakes = check(made)
    checked = time.process_time() - start
    analyser = Analyser()
    print(f"{kind}:")
    for name, step in steps(few, analyser).items():
        these = said[::5] if name == "stage" else said
        (short, rare), (long, often) = timed(step, these), timed(steps(many, analyser)[name], these)
        each = f"{rare / len(these):.2f} and {often / len(these):.2f} matches a mention"
        print(f"  {name}: 10 topics {short:.3f} s, 1,000 topics {long:.3f} s, x {long / short:.2f} ({each})")
    print(f"  compiling {compiled:.2f} s, check {checked:.2f} s ({len(mistakes)} mistakes)")


HOSTILE = {
    "one character": "a" * 1_000_000,
    "one Chinese character": "车" * 1_000_000,
    "two in turn": "刹车" * 500_000,
    "emoji": "😡" * 1_000_000,
    "brackets": "(" * 500_000 + ")" * 500_000,
    "blanks": " \u3000" * 500_000,
    "marks on marks": "e" + "\u0301" * 999_999,
    "near misses": "刹车车车失" * 200_000,
}
PROBES = (
    "刹车 OR 车 OR a OR 刹车刹车刹车刹车",
    "刹车 NEAR/3 失灵",
    "(刹 OR 车) NEAR/5 (失 OR 刹车)",
    "刹车*失灵 OR 车?失*",
    "/(车|刹)+失灵/ OR /(a+)+b/",
    "(" * 49 + "刹车 AND 失灵" + ")" * 49,
)


def hostile() -> None:
    """The longest texts through the dearest queries."""
    matcher = Topics([TopicSettings(name=f"p{n}", query=query) for n, query in enumerate(PROBES)])
    for name, text in HOSTILE.items():
        start = time.process_time()
        matcher.match(mention(text=text))
        print(f"1 MB of {name}: {time.process_time() - start:.2f} s")


if __name__ == "__main__":
    main()
