"""Learning the weights of linking from what people ruled, and going back.

rulings ─▶ each ruled mention decided anew by the shipped weights, as if its account were not bound
        ─▶ shifts by kind of evidence (listener.customers.fitting) ─▶ kept where held-out rulings are foretold better
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import log
from typing import Any

from listener import deciding
from listener.customers import batch, splinking
from listener.customers.fitting import Example, Fitted, fit, judged
from listener.model import IdentityLink, Judgement
from listener.steps import Steps
from listener.store import customers, link_weights
from listener.store.captures import Pending
from listener.store.engine import Database
from listener.store.link_tables import LinkRulingRow

__all__ = ["Learnt", "examples", "learn"]

BATCH = 200


@dataclass(frozen=True, slots=True)
class Learnt:
    """What rulings teach; ``seen`` of the rulings in force could be decided anew. ``beside`` is another's estimate."""

    fitted: Fitted
    rulings: int
    seen: int
    beside: Fitted | None = None


def learn(database: Database, steps: Steps, *, splink: bool = False) -> Learnt:
    """What the rulings in force teach, with ``splink`` by Splink's estimate beside ours; nothing is written."""
    with database.read() as session:
        ruled = link_weights.ruled(session)
    found = list(examples(database, steps, ruled))
    beside = judged(found, splinking.shifts) if splink else None
    return Learnt(fit(found), len(ruled), len(found), beside)


def examples(database: Database, steps: Steps, ruled: Sequence[tuple[Pending, LinkRulingRow]]) -> Iterator[Example]:
    """The ruled links as the shipped weights see them, without the account, which the ruling itself bound."""
    plain = replace(steps, words=replace(steps.words, shifts={}), second=None, quiet=True)
    waiting = iter(ruled)
    while part := list(islice(waiting, BATCH)):
        understood = {each.mention.raw_id: each for each in deciding.understand(plain, [raw for raw, _ in part])}
        present = [(understood[raw.raw_id], row) for raw, row in part if raw.raw_id in understood]
        mentions = [replace(each.mention, author_id="") for each, _ in present]
        with database.read() as session:
            _, links = batch.link(
                mentions,
                [each.analysis for each, _ in present],
                plain.digest,
                lambda keys, session=session: customers.identities(session, keys),  # type: ignore[misc]
                reposts=[False] * len(present),
                reported=[plain.reports(each) for each in mentions],
                words=plain.words,
            )
        for (_, row), found in zip(present, links, strict=True):
            link = next((each for each in found if each.customer_id == row.customer_id), None)
            if link is not None:
                yield _example(link, row)


def _example(link: IdentityLink, row: LinkRulingRow) -> Example:
    kinds = frozenset(each.kind for each in link.evidence)
    odds = log(link.score / (1 - link.score))
    return Example(odds, kinds, row.judgement == Judgement.POSITIVE.value, int(row.digest[:8] or "0", 16))


def figures(learnt: Learnt) -> dict[str, Any]:
    """The counts and losses as they are kept with a version."""
    fitted = learnt.beside or learnt.fitted
    return {
        "rulings": learnt.rulings, "seen": learnt.seen, "confirmed": fitted.confirmed, "rejected": fitted.rejected,
        "loss_before": round(fitted.before, 4), "loss_after": round(fitted.after, 4),
        "counts": {kind: list(each) for kind, each in fitted.counts.items()},
        **({"estimate": "splink", "own_loss_after": round(learnt.fitted.after, 4)} if learnt.beside else {}),
    }  # fmt: skip
