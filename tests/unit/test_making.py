"""Facts made quickly are the facts themselves."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime

import pytest

from listener.model import Analysis, Complaint, Mention, Sentiment, Tier
from listener.model.making import quick


def test_the_same_object_as_its_class_makes() -> None:
    when = datetime(2026, 11, 28, tzinfo=UTC)
    given = {"raw_id": 1, "source": "s", "platform": "p", "site": "s", "native_id": "n", "url": "", "captured_at": when}
    for kind, facts in (
        (Complaint, {"tier": Tier.YES, "reason": "r"}),
        (Analysis, {"language": "zh", "sentiment": Sentiment.NEUTRAL, "probabilities": (0.1, 0.8, 0.1)}),
        (Mention, {**given, "metrics": {}, "fields": {"a": "b"}}),
    ):
        made, usual = quick(kind)(**facts), kind(**facts)
        assert (made, repr(made), type(made)) == (usual, repr(usual), kind)
        assert pickle.loads(pickle.dumps(made)) == usual
        assert replace(made) == usual
        assert [getattr(made, each.name) for each in fields(made)] == [
            getattr(usual, each.name) for each in fields(made)
        ]
        with pytest.raises(FrozenInstanceError):
            made.__setattr__(fields(made)[0].name, "")


def test_what_has_no_default_has_to_be_given() -> None:
    with pytest.raises(TypeError, match="tier"):
        quick(Complaint)(reason="r")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        quick(Complaint)(Tier.NO, "r")  # type: ignore[misc]
