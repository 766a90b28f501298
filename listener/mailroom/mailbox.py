"""The mailbox that answers and forwarded things come to, read by IMAP (RFC 3501) without moving or deleting anything.

What was read is known by the folder's UIDVALIDITY and the highest UID, not by "seen": somebody may look into the
mailbox by hand. A mail is marked as seen only after it was dealt with.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener.alerts.notifiers.tunnel import connect_through
from listener.errors import NeedsOperator, Retry
from listener.language import say
from listener.settings import ImapSettings, Settings
from listener.system_words import in_words

__all__ = ["Letter", "Mailbox", "Mark"]

TIMEOUT = 60.0
LARGEST = 30_000_000
"""Bytes of a mail that is read; a larger one is passed over and told of."""

FIRST_LOOK = timedelta(days=1)
"""A mailbox that is read for the first time begins with the last day: what is older was dealt with by hand."""

MOST = 100
"""Mails in one look; the rest is for the next."""

_LOCAL = ("127.0.0.1", "::1", "localhost")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a folder was read: its UIDVALIDITY and the highest UID; ("", 0) before the first look."""

    validity: str = ""
    uid: int = 0

    @classmethod
    def of(cls, text: str) -> Mark:
        """From ``str(mark)``."""
        validity, _, uid = text.partition(":")
        return cls(validity, int(uid)) if uid.isdigit() else cls()

    def __str__(self) -> str:
        return f"{self.validity}:{self.uid}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail; ``content`` is None where it is too large. ``mark`` is how far the folder is read with it."""

    content: bytes | None
    size: int
    mark: Mark


class Mailbox:
    """One connection to the folder, for use in a ``with`` statement.

    ``NeedsOperator`` where the server refuses us or knows no such folder, ``Retry`` where it does not answer.
    """

    def __init__(self, how: ImapSettings, password: str, *, proxy: str = "", timeout: float = TIMEOUT) -> None:
        self._how, self._password, self._proxy, self._timeout = how, password, proxy, timeout
        self._client: imaplib.IMAP4 | None = None
        self.validity = ""

    @classmethod
    def of(cls, settings: Settings, *, timeout: float = TIMEOUT) -> Mailbox:
        """The mailbox of an installation."""
        how = settings.installation
        direct = how.imap.host in (*how.proxy_exceptions, *_LOCAL)
        password = settings.imap_password.get_secret_value() if settings.imap_password else ""
        return cls(how.imap, password, proxy="" if direct else how.proxy, timeout=timeout)

    def __enter__(self) -> Mailbox:
        try:
            with self._told():
                self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()
            with contextlib.suppress(OSError):
                client.shutdown()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong, as one of our errors."""
        place = f"{self._how.host}:{self._how.port}"
        try:
            yield
        except imaplib.IMAP4.abort as error:
            raise Retry(f"{place}: {error}") from None
        except imaplib.IMAP4.error as error:
            raise NeedsOperator(f"{place}: {_plain(error)}") from None
        except (OSError, ssl.SSLError) as error:
            raise Retry(f"{place}: {in_words(error)}") from None

    def _open(self) -> None:
        if self._how.security == "none" and self._how.host not in _LOCAL:
            what = say("[imap] security = none 只能用于本机", "[imap] security = none is for this machine only")
            raise NeedsOperator(what)
        kind = _TunnelTls if self._how.security == "tls" else _Tunnel
        self._client = client = kind(self._proxy, self._how.host, self._how.port, self._timeout)
        client.login(self._how.user, self._password)
        introduce(client)
        state, answer = client.select(f'"{encoded(self._how.folder)}"')
        if state != "OK":
            raise imaplib.IMAP4.error(f"SELECT {self._how.folder}: {_plain(answer[0])}")
        _, validity = client.response("UIDVALIDITY")
        self.validity = _plain(validity[0]) if validity and validity[0] else ""

    def letters(self, since: Mark, now: datetime) -> Iterator[Letter]:
        """The mails after ``since``, oldest first; of a folder that is new, or was made anew, those of the last day."""
        with self._told():
            known = since.validity == self.validity and bool(since.validity)
            uids = self._search(f"UID {since.uid + 1}:*" if known else f"SINCE {_day(now - FIRST_LOOK)}")
            for uid in sorted(uid for uid in uids if not known or uid > since.uid)[:MOST]:
                letter = self._letter(uid)
                if letter is not None:
                    yield letter

    def newest(self) -> Mark:
        """How far the folder goes now."""
        with self._told():
            uids = self._search("UID *")
        return Mark(self.validity, max(uids, default=0))

    def seen(self, letter: Letter) -> None:
        """Mark a mail as seen; a folder that is read-only stays as it is."""
        assert self._client is not None
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._client.uid("STORE", str(letter.mark.uid), "+FLAGS.SILENT", "(\\Seen)")

    def _search(self, what: str) -> list[int]:
        assert self._client is not None
        state, found = self._client.uid("SEARCH", what)
        if state != "OK":
            raise imaplib.IMAP4.error(f"SEARCH: {_plain(found[0])}")
        return [int(number) for part in found if part for number in _plain(part).split() if number.isdigit()]

    def _letter(self, uid: int) -> Letter | None:
        """One mail; None where it was deleted meanwhile. Its size is asked first."""
        assert self._client is not None
        mark = Mark(self.validity, uid)
        _, sizes = self._client.uid("FETCH", str(uid), "(RFC822.SIZE)")
        stated = re.search(r"RFC822\.SIZE (\d+)", " ".join(_plain(part) for part in sizes or () if part))
        if stated is None:
            return None
        size = int(stated[1])
        if size > LARGEST:
            return Letter(None, size, mark)
        _, parts = self._client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        content = next((part[1] for part in parts or () if isinstance(part, tuple) and len(part) > 1), None)
        return Letter(content, size, mark) if isinstance(content, bytes) else None


def introduce(client: imaplib.IMAP4) -> None:
    """Send the ID command (RFC 2971), which NetEase wants; a server without it answers BAD, which is no harm."""
    imaplib.Commands.setdefault("ID", ("AUTH", "SELECTED"))
    client._simple_command("ID", '("name" "listener" "version" "1.0" "vendor" "listener")')


def encoded(folder: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3)."""
    pieces: list[str] = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", folder):
        if run.isascii() and run.isprintable():
            pieces.append(run.replace("&", "&-"))
        else:
            pieces.append("&" + run.encode("utf-7").decode()[1:].rstrip("-").replace("/", ",") + "-")
    return "".join(pieces).replace("\\", "\\\\").replace('"', '\\"')


def _day(moment: datetime) -> str:
    return f"{moment.day:02d}-{_MONTHS[moment.month - 1]}-{moment.year}"


def _plain(answer: Any) -> str:
    if isinstance(answer, tuple):
        answer = answer[0]
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


class _Tunnel(imaplib.IMAP4):
    """A connection that may go through an HTTP proxy."""

    def __init__(self, proxy: str, host: str, port: int, timeout: float) -> None:
        self._proxy = proxy
        super().__init__(host, port, timeout=timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        if self._proxy:
            return connect_through(self._proxy, self.host, self.port, timeout or TIMEOUT)
        return super()._create_socket(timeout)  # type: ignore[misc,no-any-return]


class _TunnelTls(_Tunnel):
    """The same, encrypted from the first byte, the certificate checked."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
