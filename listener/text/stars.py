"""The stars of a review, as platforms and tables write them."""

from __future__ import annotations

import re

__all__ = ["stars_of"]

_NUMBER = re.compile(r"([0-5](?:\.\d)?)\s*(?:星|分|颗星|stars?|/\s*5)?", re.IGNORECASE)


def stars_of(rating: str) -> int:
    """1 to 5 stars from 「1」, 「2.0」, 「5星」, 「★★☆☆☆」, 「4/5」; 0 for what is none of these."""
    written = rating.strip()
    if "★" in written or "⭐" in written:
        return min(5, written.count("★") + written.count("⭐"))
    found = _NUMBER.fullmatch(written)
    return round(float(found[1])) if found else 0
