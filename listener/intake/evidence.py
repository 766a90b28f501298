"""Files that came along, kept as they came: named by their own SHA-256, so that a third party can check them.

var/evidence/ab/ab12….png      one file for the same bytes, however often they come; never changed
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

__all__ = ["FOLDER", "keep", "path_of"]

FOLDER = Path("var") / "evidence"

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"%PDF-", ".pdf"),
    (b"PK\x03\x04", ".zip"),
)


def keep(folder: Path, content: bytes) -> tuple[str, Path]:
    """Write the bytes below ``folder``, for their owner only; their SHA-256 (hex) and where they are."""
    digest = hashlib.sha256(content).hexdigest()
    known = path_of(folder, digest)
    if known is not None:
        return digest, known
    path = folder / digest[:2] / f"{digest}{_ending(content)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return digest, path


def path_of(folder: Path, digest: str) -> Path | None:
    """Where the file of that SHA-256 is, or None."""
    if len(digest) != 64 or not digest.isalnum():
        return None
    found = sorted(path for path in (folder / digest[:2]).glob(f"{digest}.*") if path.suffix != ".part")
    return found[0] if found else None


def _ending(content: bytes) -> str:
    """By the file's first bytes, never by its stated name."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    return next((ending for start, ending in _STARTS if content.startswith(start)), ".bin")
