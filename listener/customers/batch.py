"""The links of a batch of mentions: hash, look up once, decide. Pure: the look-up is given."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from listener.customers.attributes import EMPTY, Vocabulary
from listener.customers.comparing import Candidate
from listener.customers.keys import Digest
from listener.customers.match import answer, question
from listener.model import Analysis, IdentityKey, IdentityLink, Mention

__all__ = ["Look", "link"]

Look = Callable[[Collection[IdentityKey]], Mapping[IdentityKey, Sequence[Candidate]]]
"""Who is found under which keys; one statement for all of them."""


def link(
    said: Sequence[Mention],
    analyses: Sequence[Analysis],
    digest: Digest,
    look: Look,
    *,
    reposts: Sequence[bool],
    reported: Sequence[bool],
    words: Vocabulary = EMPTY,
) -> tuple[list[list[IdentityKey]], list[list[IdentityLink]]]:
    """The keys and the links of each mention, in their order; ``reposts`` and ``reported`` as in ``match.decide``."""
    with _no_collection():
        asked = [question(mention, found, digest, words) for mention, found in zip(said, analyses, strict=True)]
        holders = look({key for each in asked for _, key in each.keys})
        links = [
            answer(mention, each, digest, holders, reported=news, repost=repost, words=words)
            for mention, each, repost, news in zip(said, asked, reposts, reported, strict=True)
        ]
        return [[key for _, key in each.keys] for each in asked], links


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the cycle collector: the many small tuples of a batch hold no cycle, and looking for one among them takes
    a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
