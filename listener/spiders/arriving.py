"""Platforms that nothing is fetched for: what they bring arrives by itself, as a file in a folder or pushed over HTTP.

Their sources are TOML files like all others; here stand their own keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from listener.language import say
from listener.settings import Duration, read_duration

__all__ = ["ARRIVING", "INBOX", "WEBHOOK", "InboxParameters", "WebhookParameters"]

INBOX, WEBHOOK = "inbox", "webhook"


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InboxParameters(_Keys):
    """``folder`` lies below the configuration's home. ``map``: field to column, guessed from the headings where empty.

    ``mapping`` names a kept one of config/imports/ in its place, ``sheet`` the sheet of a workbook.
    ``settle``: a file that changed within it is still being written. ``stored_as`` is the platform that mentions get
    where no column says it (empty: the source's name).
    """

    folder: str = ""
    map: dict[str, str] = {}
    mapping: Annotated[str, Field(pattern=r"^[\w.-]{0,64}$")] = ""
    sheet: str = ""
    settle: Duration = read_duration("30s")
    stored_as: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    largest_mb: int = Field(default=100, ge=1, le=2000)

    @field_validator("folder")
    @classmethod
    def _stays_below_home(cls, value: str) -> str:
        if value.startswith(("/", "\\")) or ".." in value.replace("\\", "/").split("/") or ":" in value:
            raise ValueError(
                say("应是配置目录上一级之下的相对路径，如 inbox/reviews", "is a path below the home, as inbox/reviews")
            )
        return value


class WebhookParameters(_Keys):
    """``per_minute`` requests are taken; ``quiet_after``: nothing pushed for so long is suspect (with ``every``)."""

    per_minute: int = Field(default=120, ge=1, le=100_000)
    quiet_after: Duration | None = None


ARRIVING: Mapping[str, type[BaseModel]] = {INBOX: InboxParameters, WEBHOOK: WebhookParameters}
"""The keys of each such platform, by its name."""
