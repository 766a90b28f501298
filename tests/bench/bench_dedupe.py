"""Precision and recall of finding reposts. Prints figures; asserts nothing.

    python tests/bench/bench_dedupe.py [--seed 7] [--misses]

Every demo text of 20 characters or more is stored; each is then said again in the ways in which people pass a text
on (must be found), and in ways in which another matter looks alike (must not). Half of the texts were looked at
while ``dedupe`` was written, the other half is reported beside it.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from listener import dedupe
from listener.bootstrap import Listener
from listener.demo.mentions import load_content
from listener.demo.setting import write_setting
from listener.loading import Environment
from listener.model import Mention
from listener.nlp.analyse import Analyser
from tests.factories import NOW, mention

Edit = Callable[[str, random.Random], str]

WIDE = str.maketrans({**{chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)}, " ": "\u3000"})
SIMPLE_SIGNS = "车门问题换发动机电话这个们说没给维权质量货错还经销业务员买卖时间"
TRADITIONAL = str.maketrans(SIMPLE_SIGNS, "車門問題換發動機電話這個們說沒給維權質量貨錯還經銷業務員買賣時間")
NAMES = ("车友小李", "老张-杭州", "momo", "今天吃什么呢")
EMOJI = ("😡", "🙏🏻", "💔", "👍", "[怒]", "[允悲]", "!!!")
COMMENTS = ("太吓人了", "扩散！", "真的假的？", "避雷", "大家看看", "围观")


def typos(text: str, chance: random.Random) -> str:
    """One character in thirty replaced or lost."""
    signs = list(text)
    for place in chance.sample(range(len(signs)), max(1, len(signs) // 30)):
        signs[place] = "" if signs[place].isascii() and signs[place].isalnum() else chance.choice(("", "的", "滴"))
    keep = [was if was.isascii() and was.isalnum() else now for was, now in zip(text, signs, strict=True)]
    return "".join(keep)


REPOSTS: dict[str, Edit] = {
    "exact": lambda t, c: t,
    "forwarded": lambda t, c: f"转发微博 //@{c.choice(NAMES)}:{t}",
    "forwarded twice": lambda t, c: f"//@{c.choice(NAMES)}：转发//@{c.choice(NAMES)}: {t}",
    "short comment": lambda t, c: f"{c.choice(COMMENTS)}//@{c.choice(NAMES)}:{t}",
    "emoji": lambda t, c: t + "".join(c.choices(EMOJI, k=3)),
    "emoji inside": lambda t, c: t.replace("，", c.choice(EMOJI) + "，"),
    "cut to 60 %": lambda t, c: t[: max(20, int(len(t) * 0.6))] + "…",
    "cut to 80 %": lambda t, c: t[: max(20, int(len(t) * 0.8))] + "...全文",
    "traditional": lambda t, c: t.translate(TRADITIONAL),
    "full width": lambda t, c: t.translate(WIDE),
    "no marks": lambda t, c: re.sub(r"[，。！？、,.!?\s]+", " ", t),
    "blanks": lambda t, c: t.replace("。", "。\n\n  "),
    "typos": typos,
    "passed on": lambda t, c: f"帮转！{t} @{c.choice(NAMES)}",
    "headed": lambda t, c: f"【网传】{t}",
    "with link": lambda t, c: f"{t} https://t.example/a1B2c3 网页链接",
}
"""Ways in which a text is passed on."""


def other_numbers(text: str, chance: random.Random) -> str:
    """The same text with other numbers; "" where it has none."""
    changed = re.sub(r"\d", lambda found: str((int(found[0]) + chance.randint(1, 9)) % 10), text)
    return changed if changed != text else ""


MATTERS: dict[str, Edit] = {
    "own order number": lambda t, c: f"{t} 订单号 SY26{c.randint(10**7, 10**8 - 1)}",
    "own phone": lambda t, c: f"{t} 电话139{c.randint(10**7, 10**8 - 1)}",
    "other numbers": other_numbers,
    "own words behind": lambda t, c: f"{t} 我家的也一样，上周刚去修过",
    "own words before": lambda t, c: f"我的车也是这样，到现在没人管//@{c.choice(NAMES)}:{t}",
    "own words, quoting": lambda t, c: f"{t[:40]}……看到这里忍不住了，本人上个月提的车，同样的毛病",
}
"""Ways in which another matter looks alike."""


def mixed(texts: list[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Texts that share a part with two others and are neither."""
    for text in texts:
        second, third = chance.sample([each for each in texts if each != text], 2)
        size = min(len(text), len(second), len(third)) // 2
        yield "two halves", text[:size] + second[-size:]
        yield "three parts", text[:size] + second[:size] + third[-size:]
        yield "same beginning", text[:12] + "，" + second[-12:]


def swapped(text: str, analyser: Analyser) -> str:
    """The same text about another product and dealer; "" where it names none."""
    names = [e for e in analyser.analyse(text).entities if e.kind in ("product", "dealer")]
    for entity in reversed(names):
        text = text[: entity.start] + ("星河九号" if entity.kind == "product" else "云栖汽车城") + text[entity.end :]
    return text if names else ""


class Bench:
    """All texts stored, and a look-up as the store does it."""

    def __init__(self, analyser: Analyser, texts: list[str]) -> None:
        self.analyser = analyser
        self._by_print: dict[int, list[dedupe.Known]] = {}
        for number, text in enumerate(texts):
            said = mention(f"o{number}", text=text, thread_id="", published_at=NOW - timedelta(days=1))
            known = dedupe.Known(key=said.key, mention_id=number, text=text, author="a", happened_at=said.happened_at)
            for value in dedupe.fingerprints(said):
                self._by_print.setdefault(value, []).append(known)

    def original(self, text: str) -> str:
        """The native id of the original that ``text`` is held to repeat; "" where of none."""
        said: Mention = mention("probe", text=text, author_id="other", published_at=NOW)
        prints = dedupe.fingerprints(said)
        found = {value: self._by_print.get(value, []) for value in prints}
        (decision,) = dedupe.decide([said], [prints], [self.analyser.analyse(text)], found)
        return decision.duplicate_of.native_id if decision.duplicate_of else ""


def probes(bench: Bench, texts: list[str], half: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """(kind, text, native id of the original or "") for every second text."""
    chance = random.Random(seed)
    for number, text in enumerate(texts):
        if number % 2 != half:
            continue
        for kind, edit in REPOSTS.items():
            yield kind, edit(text, chance), f"o{number}"
        others = {kind: edit(text, chance) for kind, edit in MATTERS.items()}
        others["other product or dealer"] = swapped(text, bench.analyser)
        yield from ((kind, other, "") for kind, other in others.items() if other)
    yield from ((kind, text, "") for kind, text in mixed(texts[half::2], chance))


def measure(bench: Bench, texts: list[str], half: int, seed: int, show: bool) -> None:
    """Print precision, recall, and where they are lost."""
    right = found = wanted = 0
    lost: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for kind, text, original in probes(bench, texts, half, seed):
        got = bench.original(text)
        seen[kind] += 1
        wanted += bool(original)
        found += bool(got)
        right += bool(original) and got == original
        if got != original:
            lost[kind] += 1
            if show:
                print(f"  {kind}: {original or '-'} {got or '-'} {text[:90]!r}")
    name = "reported" if half else "looked at"
    print(f"{name}: {sum(seen.values())} probes, precision {right / found:.3f}, recall {right / wanted:.3f}")
    print("  wrong: " + (", ".join(f"{kind} {count}/{seen[kind]}" for kind, count in lost.most_common()) or "none"))


def different(texts: list[str]) -> list[str]:
    """The texts without those that are edits of another by the demo's own judgement."""
    return [text for text in dict.fromkeys(texts) if len(text) >= 20]


def main() -> None:
    """Measure both halves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--misses", action="store_true", help="show what went wrong in the half looked at")
    given = parser.parse_args()
    said = [each.text for each in load_content().mentions if not each.expected.repost_of]
    texts = different(said)
    with tempfile.TemporaryDirectory() as folder:
        config = write_setting(Path(folder) / "config", "http://127.0.0.1:9/", 9)
        url = f"sqlite:///{folder}/bench.db"
        bench = Bench(Listener.from_folder(config, environment=Environment(database_url=url)).analyser, texts)
    print(f"{len(texts)} texts")
    for half in (0, 1):
        measure(bench, texts, half, given.seed, given.misses and not half)


if __name__ == "__main__":
    main()
