"""Precision and recall of finding reposts on real texts. Prints figures; asserts nothing.

    python tests/bench/bench_dedupe_texts.py FILE.csv … [--seed 7] [--half reported|looked-at] [--misses]

All texts of 20 characters or more of the files (column ``text``) are stored together. Half of them are said again in
the ways in which people pass texts on, at least 60 % kept (must be found); every text is also asked for as what another
person says (must not be found, the other texts of its own topic stand beside it), and templates are filled in with
other numbers, dates, products, names (must not be found). Texts that are near-equal in the files themselves are left
out. The other half is for looking at while working on ``dedupe``.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from opencc import OpenCC

from listener.bootstrap import Listener
from listener.demo.setting import write_setting
from listener.loading import Environment
from listener.nlp.analyse import Analyser
from listener.text.normalise import normalise
from tests.bench.dedupe_index import Index

Edit = Callable[[str, random.Random], str]

EMOJI = ("😂", "😡", "👍🏻", "❤️", "🙏", "[笑哭]", "[泪]", "😭😭😭", "🤷‍♀️", "✨")
NAMES = ("小李飞刀", "momo", "老王-杭州", "今天吃什么呢", "user_8231")
PREFIXES = ("转：", "【转】", "转发微博", "//@{}:", "转发//@{}：", "RT @{}: ", "回复@{}:", "扩散！", "求扩散 ",
            "【网传】", "分享：", "太真实了//@{}:", "哈哈哈 //@{}: ", "转自@{}：", "看看这个：")  # fmt: skip
TO_TRADITIONAL, TO_TAIWAN = OpenCC("s2t"), OpenCC("s2tw")

SENTENCE = re.compile(r"(?<=[。！？!?…\n])")
CLAUSE = re.compile(r"(?<=[。！？!?…\n，,；; ])")


def _share(text: str, chance: random.Random) -> int:
    return round(len(text) * chance.uniform(0.6, 0.9) + 0.5)


def emoji(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        place = chance.randint(0, len(text))
        text = text[:place] + chance.choice(EMOJI) + text[place:]
    return text


def prefix(text: str, chance: random.Random) -> str:
    return chance.choice(PREFIXES).format(chance.choice(NAMES)) + text


def shuffled(parting: re.Pattern[str]) -> Edit:
    def edit(text: str, chance: random.Random) -> str:
        parts = [part for part in parting.split(text) if part.strip()]
        if len(parts) < 2:
            return ""
        parts[-1] += "" if parting.pattern.find(parts[-1][-1]) >= 0 else "，"
        moved = parts[:]
        while moved == parts and len(set(parts)) > 1:
            chance.shuffle(moved)
        return "".join(moved)

    return edit


def cut_middle(text: str, chance: random.Random) -> str:
    size = _share(text, chance)
    start = chance.randint(0, len(text) - size)
    return text[start : start + size]


def chained(*edits: Edit) -> Edit:
    def edit(text: str, chance: random.Random) -> str:
        for each in edits:
            text = each(text, chance) if text else ""
        return text

    return edit


def cut_end(text: str, chance: random.Random) -> str:
    return text[: _share(text, chance)] + chance.choice(("", "…", "...", "...全文"))


def traditional(text: str, chance: random.Random) -> str:
    return str(chance.choice((TO_TRADITIONAL, TO_TAIWAN)).convert(text))


REPOSTS: dict[str, Edit] = {
    "cut end": cut_end,
    "cut to 60 %": lambda t, c: t[: -(-len(t) * 6 // 10)],
    "cut start": lambda t, c: t[-_share(t, c) :],
    "cut both": cut_middle,
    "emoji": emoji,
    "prefix": prefix,
    "sentences moved": shuffled(SENTENCE),
    "clauses moved": shuffled(CLAUSE),
    "traditional": traditional,
    "no marks": lambda t, c: re.sub(r"[，。！？、,.!?~～\s]+", " ", t),
    "cut and prefix": chained(cut_end, prefix),
    "cut and emoji": chained(cut_middle, emoji),
    "moved and emoji": chained(shuffled(CLAUSE), emoji),
    "traditional, cut": chained(cut_end, traditional),
    "all": chained(shuffled(SENTENCE), emoji, traditional, prefix),
}
"""Ways in which a text is passed on, at least 60 % of it kept."""

PRODUCTS = (
    "星河九号",
    "云帆S3",
    "小鹿洗衣机",
    "青禾电饭煲",
    "朔风空调",
    "晨曜X5",
    "蓝鲸手机",
    "极光平板",
    "山竹耳机",
    "白露轿车",
)
SURNAMES = "王李张刘陈杨黄赵周吴"
PLACES = ("杭州", "成都", "武汉", "西安", "沈阳", "厦门", "长沙", "青岛", "南宁", "昆明")
TEMPLATES = (
    "{surname}女士反映其于{month}月{day}日在{place}购买的{product}出现质量问题，多次联系商家未果，要求退货退款。",
    "投诉{product}：购买后第{day}天就坏了，售后一直推脱不处理，希望平台介入尽快解决。",
    "尊敬的客户您好，您的订单{number}已发货，请注意查收，如有问题请联系在线客服。",
    "【{place}】{month}月{day}日停水通知：因管道检修，届时请居民提前储水，给您带来不便敬请谅解。",
    "{product}降价了，到手价{price}元，点击链接领券购买，数量有限先到先得！",
    "{surname}先生：您好，您反映的{product}问题已收到，我们将在3个工作日内与您联系，感谢您的支持。",
)
"""Sentences that are said again and again about other matters."""


def filled(template: str, chance: random.Random) -> str:
    return template.format(
        surname=chance.choice(SURNAMES), month=chance.randint(1, 12), day=chance.randint(1, 28),
        place=chance.choice(PLACES), product=chance.choice(PRODUCTS), number=chance.randint(10**9, 10**10),
        price=chance.randint(50, 5000),
    )  # fmt: skip


def templates(count: int, chance: random.Random) -> list[str]:
    """Different fillings of each template."""
    return [one for each in TEMPLATES for one in sorted({filled(each, chance) for _ in range(count)})]


def texts(files: list[Path]) -> list[str]:
    """The texts of 20 characters or more, without those that repeat another of them."""
    found: dict[str, str] = {}
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                text = row["text"].strip()
                if len(text) >= 20:
                    found.setdefault(re.sub(r"\W", "", normalise(text).text)[:15], text)
    return list(found.values())


def probes(said: list[str], half: int, seed: int) -> Iterator[tuple[str, str, int]]:
    """(kind, text, number of the original) for every second text."""
    chance = random.Random(seed)
    for number in range(half, len(said), 2):
        for kind, edit in REPOSTS.items():
            edited = edit(said[number], chance)
            if edited:
                yield kind, edited, number


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", choices=["looked-at", "reported"], default="reported")
    parser.add_argument("--misses", type=int, default=0, help="show so many of each kind that went wrong")
    parser.add_argument("--every", type=int, default=1, help="only every n-th text, to be quick")
    given = parser.parse_args()
    half = int(given.half == "reported")
    said = texts(given.files)[:: given.every]
    with tempfile.TemporaryDirectory() as folder:
        config = write_setting(Path(folder) / "config", "http://127.0.0.1:9/", 9)
        url = f"sqlite:///{folder}/bench.db"
        analyser = Listener.from_folder(config, environment=Environment(database_url=url)).analyser
    measure(said, analyser, half, given.seed, given.misses)


def measure(said: list[str], analyser: Analyser, half: int, seed: int, show: int) -> None:
    """Print precision and recall over all probes, and where they are lost."""
    index = Index(analyser)
    lost: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    short: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    found_wrong = found_right = 0

    def miss(kind: str, text: str, got: str, why: str = "") -> None:
        lost[kind] += 1
        shown[kind] += 1
        if shown[kind] <= show:
            print(f"  {kind}: {text[:100]!r} -> {got[:100]!r} {why}")

    for text in said:
        seen["others"] += 1
        got = index.original(text)
        if got is not None:
            found_wrong += 1
            miss("others", text, index.texts[got])
        index.add(text)
    for text in templates(40, random.Random(seed + half)):
        seen["template"] += 1
        got = index.original(text)
        if got is not None:
            found_wrong += 1
            miss("template", text, index.texts[got])
        index.add(text)
    wanted = 0
    for kind, text, number in probes(said, half, seed):
        is_short = len(said[number]) <= 40
        seen[kind] += 1
        wanted += 1
        got = index.original(text)
        short["asked"] += is_short
        if got == number:
            found_right += 1
            short["found"] += is_short
        else:
            found_wrong += got is not None
            miss(kind, text, index.texts[got] if got is not None else "", f"<- {said[number][:60]!r}")
    print(f"{len(said)} texts, {wanted} edits, {seen['others'] + seen['template']} others' texts")
    print(f"precision {found_right / (found_right + found_wrong):.4f}, recall {found_right / wanted:.4f}, ", end="")
    print(f"recall of texts of 20 to 40 characters {short['found'] / max(1, short['asked']):.4f}")
    print("  wrong: " + (", ".join(f"{kind} {count}/{seen[kind]}" for kind, count in lost.most_common()) or "none"))


if __name__ == "__main__":
    main()
