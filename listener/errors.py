"""Every error that Listener raises on purpose.

    ListenerError
    ├── Retry           passing trouble (a slow host, a locked row, SMTP 4xx): the same call may go through later
    ├── Permanent       this one thing will never go through (SMTP 550 no such user, a deleted thread)
    ├── NeedsOperator   a person has to act first (missing key file, wrong password, full disk)
    └── BadInput        what was typed, configured or imported is wrong; says what, where and how to mend it

The command line turns them into one clear line and an exit code: 2 for ``BadInput``, 4 for
``NeedsOperator``, 1 for the others. A message never contains a secret or an unmasked personal value.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BadInput", "ListenerError", "Mistake", "NeedsOperator", "Permanent", "Retry"]


class ListenerError(Exception):
    """Base of all errors raised on purpose; ``exit_code`` is what the command line returns."""

    exit_code = 1


class Retry(ListenerError):
    """Passing trouble. ``after_seconds`` is how long the other side asked us to wait, or None."""

    def __init__(self, message: str, after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class Permanent(ListenerError):
    """Never goes through, however often it is tried."""


class NeedsOperator(ListenerError):
    """Nothing goes on until a person mends something; the message says what."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file: where it stands, what is wrong, how to mend it.

    ``line`` counts from 1, or is None where the format does not tell.
    """

    file: str
    what: str
    mend: str = ""
    key: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = self.file + (f":{self.line}" if self.line else "")
        key = f" [{self.key}]" if self.key else ""
        mend = f" → {self.mend}" if self.mend else ""
        return f"{place}{key}: {self.what}{mend}"


class BadInput(ListenerError):
    """Wrong input; ``mistakes`` holds every single one found, so that one run shows them all."""

    exit_code = 2

    def __init__(self, message: str | Mistake, *more: Mistake) -> None:
        first = [message] if isinstance(message, Mistake) else []
        self.mistakes: tuple[Mistake, ...] = (*first, *more)
        super().__init__("\n".join(str(part) for part in (message, *more)))
