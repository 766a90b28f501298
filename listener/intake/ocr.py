"""The words on a screenshot, read offline where ``pip install 'listener[ocr]'`` was done; else nothing, and said so.

It runs in a process of its own with limits: a picture from outside may be built to break its reader.

    python -m listener.intake.ocr FILE      one line of text for each line on the picture
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["available", "read"]

SECONDS = 90.0
MEMORY_BYTES = 3_000_000_000
LARGEST_PIXELS = 40_000_000
"""A long screenshot has some 20 million; more is a trap."""

LONGEST = 8000
_LIBRARY = "rapidocr"


def available() -> bool:
    """True where the library is there."""
    return importlib.util.find_spec(_LIBRARY) is not None


def read(path: Path) -> str:
    """The text on a picture, "" where there is none or it cannot be read; at most ``LONGEST`` characters."""
    if not available():
        return ""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    command = [sys.executable, "-m", "listener.intake.ocr", str(path)]
    try:
        done = subprocess.run(command, env=kept, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - our own module
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()[:LONGEST] if done.returncode == 0 else ""


def _main(path: str) -> int:
    """Read one picture and print its lines."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS) + 1))
    import logging

    from PIL import Image  # type: ignore[import-not-found,unused-ignore]
    from rapidocr import RapidOCR  # type: ignore[import-not-found,unused-ignore]

    logging.disable(logging.CRITICAL)
    Image.MAX_IMAGE_PIXELS = LARGEST_PIXELS
    with Image.open(path) as picture:
        if picture.width * picture.height > LARGEST_PIXELS:
            return 1
    found = RapidOCR()(path)
    sys.stdout.write("\n".join(found.txts or ()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[1]))
