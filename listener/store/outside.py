"""The deadline that an authority gave, in cases of mentions that say it (12315, 12345)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from listener.model import Processed
from listener.store.tables import CaseRow

__all__ = ["bring", "quietly"]


def quietly(done: Processed, now: datetime) -> dict[str, Any]:
    """The clocks of a case that alerts nobody (an import) but names a deadline of an authority: that one runs alone.

    The authority does not wait; unless the deadline is over, or the matter is.
    """
    if done.case.attend_at is not None or not _waits_outside(done, now):
        return {}
    return {"next_escalation_at": now} | dict.fromkeys(_OWN_CLOCKS)


_OWN_CLOCKS = ("first_contact_by", "plan_by", "close_by")
_OVER = re.compile("已办结|已完成|已结案|已关闭|已撤|已回复|已解决|办结$|完成$")
"""A status that says that nobody waits any more."""


def _waits_outside(done: Processed, now: datetime) -> bool:
    fields = done.mention.fields
    by = _moment(fields.get("outside_by", ""))
    return by is not None and by > now and not _OVER.search(fields.get("status", ""))


def _moment(text: str) -> datetime | None:
    """What an import read (``listener.intake.tables``): a moment with its offset; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def bring(row: CaseRow, done: Processed, now: datetime) -> None:
    """A joining mention's number and deadline, where the case has none or a later one."""
    if done.case.joined_as == "repost":
        return
    row.outside_number = row.outside_number or done.mention.fields.get("outside_number", "")
    by = _moment(done.mention.fields.get("outside_by", ""))
    if by is not None and (row.outside_by is None or by < row.outside_by):
        row.outside_by = by
        if _waits_outside(done, now):
            row.next_escalation_at = now
