"""Is a mention a complaint, how grave is it, and why: a pure decision over a text and its analysis.

    complaint: dissatisfaction with the company's product, service or handling where an answer is expected,
    explicitly or implicitly (ISO 10002:2018, GB/T 19012-2019)

Evidence is added up: families of wording (``nlp.complaint_cues``), a problem named, a remedy asked for, the
register (a statement of facts or people chatting), the sentiment, and what is known of the source. Sentiment
alone would flood the queue with sad news; wording alone would miss the complaint that only states a defect.
"""

from __future__ import annotations

import re
from collections.abc import KeysView
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from listener.model import Analysis, Complaint, Severity, Tier
from listener.model.making import quick
from listener.nlp.category import about_cars, problem_of
from listener.nlp.complaint_cues import ADVERT, STORY, Family
from listener.nlp.kinds import advertises, kind_of, spoken_of
from listener.nlp.nothing import is_nothing
from listener.nlp.reading import read
from listener.nlp.register import shipped_register
from listener.nlp.severity import gravity_of, safety_word
from listener.nlp.telling import FLAT, GLAD, HEADLINE_TOLD, SWAY, sway_of_talk, told_of
from listener.nlp.wording import Wording, wording_of
from listener.text.oneself import tells_of_oneself

__all__ = ["Rules", "judge"]

_FIRST_PERSON: Final = re.compile("我|本人|俺|咱")
# In what looks like a headline: somebody tells what befell him and his.
_LIVED: Final = re.compile(
    "吓|我妈|我爸|他家|她家|你们?家|一家[三四五六]?口|宝宝|刚才|里面还|差点|险些|当时|踩|幸好|幸亏|还威胁|堵我|扎到|烫到|掉下来"
    "|[吃喝用穿戴涂敷坐住骑](?:完|了|着|过)|充电(?:时|的?时候|充)|没人管"
)
_SERIOUS: Final = frozenset({"unanswered", "shirking", "refused", "demand", "filing", "appeal"})
# Families that make no complaint by themselves: they count half where nothing else is found.
_SOFT: Final = frozenset({"own", "role", "public", "again", "reproach", "asking", "party", "address"})
# Families that the rest can contradict.
_AGAINST: Final = frozenset({"counsel", "news", "third", "advice", "reply", "fine", "mild", "advert", "known"})
# Of these none is found in a headline, and of those that accuse one at most.
_SPEAKS: Final = frozenset({"own", "address", "unanswered", "party", "answered", "shifted"})
_ACCUSES: Final = frozenset({"shirking", "refused", "deceived", "treated"})
_ASKED: Final = frozenset({"public", "appeal", "inquire"})
_SPEAKER: Final = frozenset({"own", "party", "address"})
# Who tells of such things complains, in whatever way he speaks.
_TOLD: Final = frozenset({"answered", "shifted"})
_PEERS_NEVER: Final = frozenset({"own", "address", "public"})
_HEADLINE: Final = 50
# A headline has to say who and where: what is told in fewer characters is told as it is.
_HEADLINE_LEAST: Final = 12
# The most that the register model adds or takes away; where no wording, no problem and no remedy speaks, that it adds.
_REGISTER_PULL: Final = 2.5
_REGISTER_ALONE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The limits: points from which a mention is surely (``yes``) or perhaps (``review``) a complaint.

    ``priors`` are points by what a source is (``complaints``, ``news``, ``reviews``); ``complaint_platforms``
    are platforms on which every mention is filed as a complaint; ``competitors`` mark smear copy.
    """

    yes: float = 5.0
    review: float = 2.5
    priors: tuple[tuple[str, float], ...] = (("complaints", 5.0), ("news", -6.0), ("reviews", 0.0))
    complaint_platforms: frozenset[str] = frozenset({"heimao", "car12365", "12365auto"})
    safety_reviews: bool = True

    def prior(self, source_prior: str, platform: str) -> float:
        """Points for where a mention stands."""
        if not source_prior and platform in self.complaint_platforms:
            source_prior = "complaints"
        return next((points for name, points in self.priors if name == source_prior), 0.0) if source_prior else 0.0


DEFAULT_RULES: Final = Rules()


def judge(
    text: str,
    analysis: Analysis,
    *,
    source_prior: str = "",
    platform: str = "",
    stars: int = 0,
    rules: Rules = DEFAULT_RULES,
) -> Complaint:
    """The decision on ``text``, whose analysis is ``analysis``. Never raises; same in, same out.

    ``source_prior`` is the source's ``prior`` setting: "", ``complaints``, ``news`` or ``reviews``, in which somebody
    always speaks of a purchase of theirs. ``stars`` is what they gave with it, 1 to 5, 0 where nothing is known.
    """
    evidence = _Evidence.of(read(text).text, analysis)
    prior = rules.prior(source_prior, platform)
    evidence.headline = evidence.headline and prior <= 0 and source_prior != "reviews"
    points = evidence.points() + prior + _BY_STARS.get(stars, 0.0)
    points = evidence.with_register(points, rules) if prior < 0 else evidence.with_telling(points, rules)
    if not evidence.text.strip():
        return _complaint(tier=Tier.NO, reason="没有文字")
    word = safety_word(evidence.text, evidence.wording)
    reported = bool(word) and _reported(evidence, prior)
    safety = bool(word) and not reported
    tier = _tier(points, safety, rules)
    severity, why = (
        (Severity.S4, "不是投诉")
        if tier is Tier.NO
        else gravity_of(evidence.wording, analysis, evidence.names, word, reported)
    )
    return _complaint(
        tier=tier,
        reason=_reason(evidence, tier, word if safety else "", prior),
        severity=severity,
        severity_reason=why,
        problem=problem_of(analysis, safety),
        kind=_kind(evidence, analysis, tier),
        safety=safety,
    )


_BY_STARS: Final = {1: 0.8, 2: 0.4, 5: -0.4}
"""What the stars of a review add. One star alone is no complaint: what was not liked may want no answer."""
_complaint: Final = quick(Complaint)


def _reported(evidence: _Evidence, prior: float) -> bool:
    """Whether it reads like news or advertising."""
    newsy = evidence.headline and not _LIVED.search(evidence.text)
    return newsy or prior < 0 or "advert" in evidence.found or "third" in evidence.found


class _Evidence:
    """What was found in a normalised text, after what each family needs of the others."""

    def __init__(self, text: str, analysis: Analysis, found: dict[str, Family], wording: Wording) -> None:
        self.text, self.analysis, self.found, self.wording = text, analysis, found, wording
        self.headline = False

    @staticmethod
    def of(text: str, analysis: Analysis) -> _Evidence:
        wording = wording_of(text)
        found: dict[str, Family] = {}
        for family, start, _ in wording.families:
            name = family.name
            if is_nothing(name, text, start):
                continue
            known = found.get(name)
            if known is None or abs(family.points) > abs(known.points):
                found[name] = family
        evidence = _Evidence(text, analysis, found, wording)
        if advertises(text, wording.names, found):
            found["advert"] = ADVERT
        evidence.headline = evidence._looks_like_headline()
        evidence._settle()
        return evidence

    @property
    def names(self) -> KeysView[str]:
        """The names of the families that count."""
        return self.found.keys()

    @property
    def serious(self) -> bool:
        return not _SERIOUS.isdisjoint(self.found)

    def _looks_like_headline(self) -> bool:
        """Short, nobody speaks, no party is named, nothing is left undone, no defect is stated."""
        found = self.found
        if not _HEADLINE_LEAST <= len(self.text) <= _HEADLINE:
            return False
        if not _SPEAKS.isdisjoint(found) or len(_ACCUSES.intersection(found)) > 1:
            return False
        defect = ("broken" in found or "shortfall" in found) and (self.wording.formal or self.analysis.categories)
        return not defect and not _FIRST_PERSON.search(self.text)

    def _settle(self) -> None:
        """Drop or lessen what the rest contradicts."""
        if not self.found:
            return
        length, serious = len(self.text), self.serious
        if not _AGAINST.isdisjoint(self.found):
            told = not _TOLD.isdisjoint(self.found)
            speaks = "own" in self.found or "address" in self.found or _FIRST_PERSON.search(self.text) is not None
            self._drop("news", speaks or "party" in self.found or length > _HEADLINE)
            self._drop("counsel", length > 120 or self._tells_own())
            self._drop("third", speaks or length > 150)
            self._drop("advice", length > 120 or serious or "party" in self.found)
            self._drop("reply", length > 120 or serious or "treated" in self.found or "deceived" in self.found)
            self._drop("fine", serious or told or "again" in self.found or length > 100)
            self._drop("known", length > 120 or (serious and not _SPEAKER.isdisjoint(self.found)))
            self._drop("mild", serious or length > 80)
            self._drop("advert", ("own" in self.found and length > 60) or "no pitch" in self.wording.names)
        if "reproach" in self.found and length < 40 and not serious and _PEERS_NEVER.isdisjoint(self.found):
            self._drop("reproach", _ONLY_ASKS.fullmatch(self.text) is not None)  # 噪音大不? 油耗增加吗?
        self._lessen("asking", _ASKED.isdisjoint(self.found), 0.3)
        self._lessen("inquire", "public" not in self.found, 0.5)
        self._lessen("shortfall", "broken" in self.found, 0.4)
        self._lessen("broken", not self.analysis.categories, 0.4)
        if self._firm():
            return
        for name, family in list(self.found.items()):
            self._lessen(name, name in _SOFT, family.points / 2)

    def _firm(self) -> bool:
        """Whether a family was found that makes a complaint by itself."""
        return any(worth > 0 and name not in _SOFT for name, worth, _ in self.found.values())

    def _tells_own(self) -> bool:
        """Whether somebody who gives advice has a matter of their own beside it."""
        return not _OWN_MATTER.isdisjoint(self.found) or tells_of_oneself(self.text, now=True)

    def _drop(self, name: str, condition: bool) -> None:
        if condition:
            self.found.pop(name, None)

    def _lessen(self, name: str, condition: bool, points: float) -> None:
        if condition and name in self.found:
            family = self.found[name]
            self.found[name] = Family(family.name, points, family.zh)

    def most_of_register(self) -> float:
        """The most that ``register`` can add: little where nothing of what is said speaks for a complaint."""
        if self.analysis.categories or self.analysis.remedy:
            return _REGISTER_PULL
        for _, worth, _ in self.found.values():
            if worth > 0:
                return _REGISTER_PULL
        return _REGISTER_ALONE

    def register(self) -> float:
        """What the way of speaking adds or takes away."""
        if self.analysis.language not in ("zh", "mixed"):  # it was learnt from Chinese
            return 0.0
        pull = _REGISTER_PULL * max(-1.0, min(1.0, shipped_register().score(self.text) / 2))
        least = -_REGISTER_ALONE if not _TOLD.isdisjoint(self.found) else -_REGISTER_PULL
        return max(least, min(pull, self.most_of_register()))

    def with_register(self, points: float, rules: Rules) -> float:
        """``points`` and what the register adds, where that can change anything."""
        if points + self.most_of_register() < rules.review or points >= rules.yes + _REGISTER_PULL:
            return points
        return points + self.register()

    def with_telling(self, points: float, rules: Rules) -> float:
        """``points`` with what the text tells, and with the register where that counts: in a longer one, say."""
        told = self.analysis.told
        if told is None or self.analysis.probabilities[2] > GLAD or self.analysis.language not in ("zh", "mixed"):
            return self.with_register(points, rules)
        if self.analysis.hobby or about_cars(self.analysis):
            return self._of_talk(points, told, rules)
        flat = self.headline and self.analysis.probabilities[0] < FLAT
        own = points + (HEADLINE_TOLD if self.headline and not flat else 0.0)
        office = "public" in self.found and ("asking" in self.found or "inquire" in self.found)
        asks = office or "filing" in self.found or "appeal" in self.found
        share, pull = told_of(told, len(self.text), own, rules.yes, flat, asks)
        firm = self._firm()
        registered = points if share == 1.0 and not firm else self.with_register(points, rules)
        counts = max(0.0, registered - points) if firm else 0.0
        together = share * (own + pull + counts) + (1.0 - share) * registered
        if share and pull > 0 and together >= rules.review:
            self.found[STORY.name] = STORY
        return together

    def _of_talk(self, points: float, told: float, rules: Rules) -> float:
        """``points`` with what the text tells and its register, where that can change anything."""
        if not rules.review - SWAY <= points < rules.yes + SWAY:
            return points
        together = points + sway_of_talk(told, shipped_register().score(self.text))
        if told > 0 and points < rules.review <= together:
            self.found[STORY.name] = STORY
        return together

    def points(self) -> float:
        """All evidence added up; from about 2 on a person should look, from about 5 on it is sure."""
        negative, _, positive = self.analysis.probabilities
        length = len(self.text)
        points = 0.0
        for _, worth, _ in self.found.values():
            points += worth
        points += 0.3 * min(self.wording.formal, 5)
        if length < 200:
            points -= 0.4 * min(self.wording.chatty, 6) * (0.5 if self.serious and "party" in self.found else 1.0)
        if self.wording.chatty > 1 and not self.serious and "party" not in self.found:
            points -= 0.8  # people talk among themselves: nobody is addressed, nothing is asked for
        points += 1.6 * (negative - positive) * (1.0 if length < 120 else 0.4)
        points += 0.6 * bool(self.analysis.categories) + 0.5 * bool(self.analysis.remedy)
        if self.headline:
            return points - (0.5 if self.text.endswith(("。", "!", ".")) else 2.0)
        plain = self.analysis.categories and not self.wording.chatty and "asking" not in self.found
        return points + 0.6 * bool(plain)


_OWN_MATTER: Final = frozenset({"own", "address", "treated", "appeal", "inquire"})
_ONLY_ASKS: Final = re.compile(r"(?:[^。！!?;；]{2,30}\?+\s?)+")


def _tier(points: float, safety: bool, rules: Rules) -> Tier:
    if points >= rules.yes:
        return Tier.YES
    if points >= rules.review:
        return Tier.YES if safety else Tier.REVIEW
    return Tier.REVIEW if safety and rules.safety_reviews else Tier.NO


_HARD: Final = frozenset({"filing", "unanswered", "shirking", "refused", "deceived", "treated"})
_FIRM_GRIPES: Final = _HARD | {"broken", "shortfall", "price", "shifted", "told"}


def _kind(evidence: _Evidence, analysis: Analysis, tier: Tier) -> str:
    """complaint, inquiry, suggestion, praise, help, purchase, advert or other."""
    names = evidence.names
    if "advert" in names and tier is not Tier.YES:
        return "advert"
    complaint = tier is not Tier.NO
    gripe = complaint and not _FIRM_GRIPES.isdisjoint(names)
    if tier is Tier.YES and (gripe or "soon" in names):
        return "complaint"
    told = not complaint and ("news" in names or "third" in names)
    news = told and not _FIRST_PERSON.search(evidence.text)
    hard = gripe and not _HARD.isdisjoint(names)
    return kind_of(evidence.text, spoken_of((evidence.wording.names, complaint, hard, analysis.probabilities[2], news)))


def _reason(evidence: _Evidence, tier: Tier, safety: str, prior: float) -> str:
    """What a service agent reads: the strongest evidence for the tier, in Chinese."""
    parts = [f"出现安全词「{safety}」"] if safety else []
    complaint = tier is not Tier.NO
    wanted = 1.0 if complaint else -1.0
    families = [(worth * wanted, zh) for _, worth, zh in evidence.found.values() if worth * wanted >= 0.6]
    if len(families) > 1:
        families.sort(key=itemgetter(0), reverse=True)
    parts += [zh for _, zh in families[:3]]
    if evidence.headline and not complaint:
        parts.append("像标题，没有人在说自己的事")
    if prior:
        parts.append("来源本身是投诉平台" if prior > 0 else "来源是新闻")
    if complaint and evidence.analysis.probabilities[0] > 0.6:
        parts.append("语气负面")
    if parts:
        return "；".join(dict.fromkeys(parts))
    if not complaint:
        return "没有不满或诉求的表述"
    return "疑似投诉，需人工核实" if tier is Tier.REVIEW else "综合判断为投诉"
