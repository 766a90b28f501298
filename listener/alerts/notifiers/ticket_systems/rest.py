"""What the three ticket systems share: JSON over HTTP, and what their lists and refusals mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import httpx

from listener.alerts.notifiers.base import NotifierDown
from listener.alerts.notifiers.http import MINUTE, Answer, client, exchange, wait_asked
from listener.alerts.notifiers.tickets import DELETED, Gone
from listener.errors import NeedsOperator, Permanent, Retry
from listener.language import say
from listener.settings import NotifierSettings
from listener.text.mask import mask

TOGETHER = 100
"""Tickets whose state is asked for in one request."""

PAGES = 5
"""Pages of a ticket's messages that are looked through for a mark."""

MERGES = 5
"""How often a ticket may have been merged on, until it is followed no further."""

_SETTING = re.compile(r"lookup value|could not find|group|inbox|customer|account|permission|team", re.I)


class Rest:
    """JSON over HTTP to one system. ``headers`` hold the token, which stands in no error."""

    def __init__(self, name: str, address: str, headers: Mapping[str, str], secret: str, *, proxy: str = "") -> None:
        self.name, self._address, self._headers = name, address.rstrip("/"), dict(headers)
        self._secret, self._proxy = secret, proxy
        self._client: httpx.Client | None = None

    def ask(self, method: str, path: str, body: object = None, **params: str) -> Any:
        """The JSON of the answer; ``Gone`` for 404, else the error that the status means."""
        if self._client is None:
            self._client = client(self._proxy)
        how: dict[str, Any] = {"headers": {"accept": "application/json", **self._headers}}
        how |= {"json": body} if body is not None else {}
        how |= {"params": params} if params else {}
        answer = exchange(self._client, self.name, method, f"{self._address}{path}", **how)
        if not 200 <= answer.status < 300:
            raise self._trouble(answer)
        found = answer.json()
        if isinstance(found, str):  # a proxy's page, a login page, a body that was cut off
            what = say("答复不是 JSON", "the answer is no JSON")
            raise Retry(f"{self.name}: HTTP {answer.status}: {what}", MINUTE)
        return found

    def _trouble(self, answer: Answer) -> Retry | Permanent | NeedsOperator:
        status = answer.status
        said = self._said(answer)
        line = f"{self.name}: HTTP {status}" + (f" {said}" if said else "")
        if status == 429:
            return NotifierDown(line, wait_asked(answer) or MINUTE)
        if status >= 500:
            return NotifierDown(line, wait_asked(answer))
        if status in (401, 403) or 300 <= status < 400:
            what = say("检查地址、令牌和权限", "check its address, token and permissions")
            return NeedsOperator(f"{line} → {what}")
        if status == 404:
            return Gone(line)
        if status in (408, 425, 409):
            return Retry(line)
        return Permanent(line)

    def _said(self, answer: Answer) -> str:
        """What the system says is wrong, without token and personal values."""
        body = answer.json()
        if isinstance(body, dict):
            found = next(
                (
                    body[key]
                    for key in ("error_human", "error", "message", "exception", "exc_type", "errors")
                    if body.get(key)
                ),
                "",
            )
            body = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        elif not isinstance(body, str) or "<" in body:
            body = ""
        return mask(str(body).replace(self._secret, "***") if self._secret else str(body))[:160]

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None


def making(make: Callable[[], Any]) -> Any:
    """A refusal that names a group, an inbox, a customer, or a thing that is not there, is a wrong setting."""
    try:
        return make()
    except Permanent as error:
        if isinstance(error, Gone) or _SETTING.search(str(error)):
            what = say("检查 notifiers.toml 中的 group、customer、account、inbox", "check its entry in notifiers.toml")
            raise NeedsOperator(f"{error} → {what}") from None
        raise


def rows_at(found: Any, *path: str) -> list[dict[str, Any]]:
    """The objects at ``path`` in an answer; ``Retry`` where it has not the documented shape."""
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        what = say("答复的结构不符合文档", "the answer has not the documented shape")
        raise Retry(what, MINUTE)
    return [row for row in found if isinstance(row, dict)]


def number_of(row: Any, key: str = "id") -> str:
    """A ticket's number; ``Retry`` where the answer has none."""
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, int | str) or not str(value):
        raise Retry(say("答复中没有编号", "the answer holds no number"), MINUTE)
    return str(value)


def oldest(numbers: Collection[str]) -> str:
    """The oldest of several tickets of one name."""
    return min(numbers, key=lambda each: (len(each), each), default="")


def parts(tickets: Collection[str], size: int) -> Iterator[list[str]]:
    """The tickets, each once, in lists of ``size`` at most."""
    wanted = sorted(set(tickets))
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


def completed(tickets: Collection[str], found: dict[str, str], one: Callable[[str], str]) -> dict[str, str]:
    """Those that the list does not hold are asked for one by one: gone, or not shown to a search."""
    for ticket in tickets:
        if ticket not in found:
            try:
                found[ticket] = one(ticket)
            except Gone:
                found[ticket] = DELETED
    return found


def solved_states(how: NotifierSettings, *usual: str) -> frozenset[str]:
    """The states that count as solved: the operator's, else the ``usual`` ones; in lower case."""
    return frozenset(state.lower() for state in how.solved or usual)
