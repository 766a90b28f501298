"""What an exception of a fetch means, in the words of ``outcomes``."""

from __future__ import annotations

from collections.abc import Mapping

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "forbidden": ("is not a public address", "Permission denied", "Errno 13"),
    "dns": ("DNSLookup", "CannotResolveHost"),
    "too_large": ("DownloadCancelled", "message too big", "larger than", "MAXSIZE", "CancelledError", "Decompress"),
    "timeout": ("Timeout", "TimedOut"),
    "redirects": ("redirect", "Redirect"),
    "address": ("Unsupported", "NotSupported"),
    "tls": ("SSL", "Certificate", "certificate"),
    "refused": ("ConnectionRefused", "refused"),
}
"""Words in an exception's name or text by which its kind is known; the first hit counts."""


def failure_kind(error: BaseException) -> str:
    """The kind of failure: forbidden, dns, too_large, timeout, redirects, address, tls, refused, else lost."""
    reasons = (f"{type(reason).__name__} {reason}" for reason in getattr(error, "reasons", ()))
    whole = " ".join((type(error).__name__, str(error), *reasons))
    return next((kind for kind, signs in _SIGNS.items() if any(sign in whole for sign in signs)), "lost")
