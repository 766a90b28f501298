"""``notifiers.toml``: robots, webhooks and ticket systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from listener.language import say
from listener.settings.people import (
    NOTIFIER,
)
from listener.settings.values import (
    Name,
    Strict,
)

TICKET_NEEDS: Mapping[str, tuple[str, ...]] = {
    "zammad": ("secret", "group", "customer"),
    "chatwoot": ("secret", "account", "inbox"),
    "frappe": ("secret",),
}
"""What an entry of a ticket system has to say, by its kind."""


WECOM_APP = "wecom_app"
"""An application that writes to people, each by their own account: no receiver by itself, but a way to reach people."""


NEEDS = {**TICKET_NEEDS, WECOM_APP: ("corp", "agent", "secret")}


class NotifierSettings(Strict):
    """One entry of ``notifiers.toml``: a robot in a group, a webhook, a ticket system, an application in WeCom, or what
    apprise knows.

    Routes name it as a receiver by ``notifier:NAME``; people name an application in ``by``.

    ``address = "GROUP"``: its secret address is the environment variable ``LISTENER_SECRET_GROUP``; ``secret`` likewise
    names the signing secret, for a ticket system its token. ``per_minute`` 0 is the vendor's own limit.
    Of a ticket system: ``group`` works on the tickets, ``customer`` (a mail address) is whose they are, ``account`` and
    ``inbox`` are Chatwoot's numbers, ``solved`` the states in which a ticket is done with (empty: the usual ones).
    Of an application: ``corp`` is the company's id, ``agent`` the application's, ``secret`` its own; its address is
    needed only where it is not WeCom's usual one.
    """

    name: Name
    kind: Literal[
        "wecom", "dingtalk", "feishu", "slack", "webhook", "zammad", "chatwoot", "frappe", "apprise", "wecom_app"
    ]
    address: Annotated[str, Field(pattern="^[A-Z0-9_]*$")] = ""
    secret: Annotated[str, Field(pattern="^[A-Z0-9_]*$")] = ""
    language: Literal["zh", "en"] = "zh"
    per_minute: int = Field(default=0, ge=0)
    group: str = ""
    customer: str = ""
    account: int = Field(default=0, ge=0)
    inbox: int = Field(default=0, ge=0)
    solved: tuple[str, ...] = ()
    corp: str = ""
    agent: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _is_complete(self) -> NotifierSettings:
        needs = NEEDS.get(self.kind, ()) if self.kind == WECOM_APP else ("address", *NEEDS.get(self.kind, ()))
        missing = [name for name in needs if not getattr(self, name)]
        if missing:
            what = "、".join(missing)
            raise ValueError(say(f"{self.kind} 还需要 {what}", f"{self.kind} needs {', '.join(missing)} too"))
        return self

    @property
    def receiver(self) -> str:
        """How routes name it."""
        return f"{NOTIFIER}{self.name}"


class Notifiers(Strict):
    """``notifiers.toml``."""

    notifiers: tuple[NotifierSettings, ...] = ()
