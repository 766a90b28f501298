"""One character of what a turn of speech may reach over, for the patterns of turns."""

from __future__ import annotations

from typing import Final

__all__ = ["ANY", "NEAR"]

ANY: Final = r"[^。！？!?;；\n]"
"""Within a sentence."""
NEAR: Final = r"[^。！？!?;；\n,，]"
"""Within a clause."""
