"""People's word on a mention: what may be corrected, and what it does to the machine's answer. Pure.

A correction holds for the text that the person read (``reading_of``). It wins over every later analysis of that text,
whatever the model; a text that its author changed is a new reading, which the machine judges again until somebody
corrects that too. Blanks, widths and capitals are no change.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, nearest
from listener.language import say
from listener.model import Analysis, Complaint, Sentiment, Severity, Tier
from listener.nlp.reading import read
from listener.text.labels import label

__all__ = ["FIELDS", "KINDS", "Word", "answers_of", "apply", "check", "reading_of"]

FIELDS = ("sentiment", "complaint", "kind", "problem", "severity")
KINDS = ("complaint", "inquiry", "suggestion", "praise", "help", "purchase", "advert", "other")
_YES_NO = {"yes": "是", "no": "否"}
_SHORT = {
    "sentiment": {"neg": "negative", "neu": "neutral", "pos": "positive"},
    "complaint": {"不是": "no", "1": "yes", "0": "no"},
}
"""What people write besides the codes and their words."""
_FEW = 10


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said of one field, and who."""

    new: str
    person: str


def reading_of(full_text: str) -> str:
    """SHA-256 (hex) of what a person reads in a text: its normal form without blanks."""
    bare = "".join(read(full_text).text.split())
    return hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()


def check(field: str, value: str, problems: Mapping[str, str] = MappingProxyType({})) -> str:
    """The value as it is kept, of its code or its Chinese word; ``BadInput`` with what it may be where it is none.

    ``problems`` are the taxonomy's codes with their names; a name that two codes share is none.
    """
    names = _names(field, problems)
    words = Counter(names.values())
    allowed = {code.lower(): code for code in names} | {name: code for code, name in names.items() if words[name] == 1}
    found = (allowed | _SHORT.get(field, {})).get(value.strip().lower())
    if found is None:
        raise BadInput(Mistake(f"--{field}", say(f"不能是「{value}」", f"cannot be {value!r}"), _mend(value, names)))
    return found


def _names(field: str, problems: Mapping[str, str]) -> Mapping[str, str]:
    """Each code that a field may have, with its word."""
    if field == "problem":
        return problems
    if field == "complaint":
        return _YES_NO
    codes = {"sentiment": Sentiment, "kind": KINDS, "severity": Severity}[field]
    return {str(code): label(code) for code in codes}


def _mend(value: str, names: Mapping[str, str]) -> str:
    """The nearest of many; of a few, all of them."""
    shown = {code: say(f"{name} {code}", code) if name != code else code for code, name in names.items()}
    if len(shown) > _FEW:
        near = nearest(value.strip(), [*shown, *names.values()])
        code = next((code for code, name in names.items() if near and near in (code, name)), "")
        if code:
            return did_you_mean(shown[code])
    return "、".join(shown.values())


def answers_of(analysis: Analysis, complaint: Complaint) -> dict[str, str]:
    """What is held of a mention, by field."""
    return {
        "sentiment": analysis.sentiment.value,
        "complaint": complaint.tier.value,
        "kind": complaint.kind,
        "problem": complaint.problem,
        "severity": complaint.severity.value,
    }


def apply(analysis: Analysis, complaint: Complaint, words: Mapping[str, Word]) -> tuple[Analysis, Complaint]:
    """The answers with people's words in their place, each with who said so as its reason."""
    if "sentiment" in words:
        analysis = _felt(analysis, words["sentiment"])
    for name in ("complaint", "kind", "problem", "severity"):
        if name in words:
            complaint = _CHANGES[name](complaint, words[name])
    return analysis, complaint


def _felt(analysis: Analysis, word: Word) -> Analysis:
    sentiment = Sentiment(word.new)
    chances = {each: (1.0 if each is sentiment else 0.0) for each in Sentiment}
    sure = (chances[Sentiment.NEGATIVE], chances[Sentiment.NEUTRAL], chances[Sentiment.POSITIVE])
    return replace(analysis, sentiment=sentiment, probabilities=sure, reason=_by(word))


def _by(word: Word) -> str:
    return f"{word.person}人工判定"


def _complaint(complaint: Complaint, word: Word) -> Complaint:
    if word.new == Tier.NO:
        return replace(
            complaint, tier=Tier.NO, reason=_by(word), severity=Severity.S4, severity_reason="不是投诉", safety=False,
            kind="other" if complaint.kind == "complaint" else complaint.kind,
        )  # fmt: skip
    graver = complaint.severity if complaint.tier is not Tier.NO else Severity.S3
    return replace(complaint, tier=Tier.YES, reason=_by(word), severity=graver, kind="complaint")


def _kind(complaint: Complaint, word: Word) -> Complaint:
    return replace(complaint, kind=word.new)


def _problem(complaint: Complaint, word: Word) -> Complaint:
    return replace(complaint, problem=word.new)


def _severity(complaint: Complaint, word: Word) -> Complaint:
    return replace(complaint, severity=Severity(word.new), severity_reason=_by(word))


_CHANGES = {"complaint": _complaint, "kind": _kind, "problem": _problem, "severity": _severity}
