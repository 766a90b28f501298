# ruff: noqa: E501  (a pattern is one line of data)
"""English turns of speech: words of feeling under a negation, and fixed phrases. The words are in ``lexicons/english``.

Enough for mentions of a brand in English; a text that is English throughout deserves a model of its own
(``[nlp] local_model``). Written for Listener.
"""

from __future__ import annotations

from listener.nlp.lexicon import english_weights

__all__ = ["ENGLISH_PHRASES"]

_WORDS = english_weights()
_GOOD = "|".join(sorted(word for word, weight in _WORDS.items() if weight > 0))
_BAD = "|".join(sorted(word for word, weight in _WORDS.items() if weight < 0))
_NOT = r"(?:not|never|no|isn't|wasn't|aren't|weren't|don't|doesn't|didn't|won't|can't|couldn't|wouldn't|hardly|barely|nothing|isnt|wasnt|dont|doesnt|didnt|cant)"
_BETWEEN = r"(?: (?:a|an|the|so|very|that|really|all|too|even|be|been|as|any|at|quite|particularly|exactly|what i call|to|of|is|was|have|has|had)){0,3}"

ENGLISH_PHRASES: list[tuple[str, float]] = [
    (rf"{_NOT}{_BETWEEN} (?:{_GOOD})\b", -10.0),
    (rf"{_NOT}{_BETWEEN} (?:{_BAD})\b", 8.0),
    (
        r"never (?:buy|buying|going|coming|come|use|using|order|ordering|shop|fly|stay|visit|return|trust)(?:ing)?(?: from| with| here| there| this| it| them)? ?(?:again|back)?|never again|(?:do not|don't|dont|would not|wouldn't|cannot|can't) recommend|not recommended|"
        r"waste of (?:time|money)|stay away|steer clear|want my money back|money back|rip(?:ped)? ?off|falls? apart|fell apart|stopped working|(?:does not|doesn't|doesnt|did not|didn't|won't|will not|not) (?:work|working|turn on|start|charge|respond|connect|reply|answer|refund)\b|"
        r"no (?:response|reply|answer|refund|help|customer service|support)\b|(?:still|been) waiting|could be better|too (?:slow|small|expensive|noisy|loud|short|late|bad)\b",
        -12.0,
    ),
    (
        r"no (?:problems?|issues?|complaints?|regrets?|trouble|faults?)\b|not bad\b|can't complain|cannot complain|highly recommend(?:ed)?|works? (?:great|well|perfectly|fine|like a charm)|well (?:made|built|worth|done)|worth (?:it|every|the money)|five stars|5 stars|thumbs up|(?:can't|cannot|could not|couldn't) be (?:happier|better)|"
        r"love (?:it|this|them)\b|will (?:buy|come back|order|be back)",
        12.0,
    ),
]
"""(pattern, weight), as in ``phrases``."""
