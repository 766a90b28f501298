"""A small IMAP server on loopback (RFC 3501 as far as a reader of one folder uses it), with mails that tests put in."""

from __future__ import annotations

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from tests import loopback


@dataclass
class Folder:
    """What the server holds: mails by UID, when each came, and what was flagged as seen."""

    name: str = "INBOX"
    validity: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    days: dict[int, date] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    password: str = "hunter2"
    heard: list[str] = field(default_factory=list)
    next_uid: int = 1
    cut_after: int = -1
    """The connection is lost after so many fetched mails; -1: never."""

    def add(self, content: bytes, day: date | None = None) -> int:
        """Put a mail in; its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.mails[uid], self.days[uid] = content, day or datetime.now(UTC).date()
        return uid


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.folder: Folder = self.server.folder  # type: ignore[attr-defined]
        self.fetched = 0
        self.say("* OK [CAPABILITY IMAP4rev1 ID] ready")
        for line in self.rfile:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.folder.heard.append(text)
            tag, _, rest = text.partition(" ")
            if not self.obey(tag, rest):
                return

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def obey(self, tag: str, rest: str) -> bool:
        word = rest.split(" ")[0].upper()
        if word == "LOGIN" and not rest.endswith(f'"{self.folder.password}"'):
            self.say(f"{tag} NO [AUTHENTICATIONFAILED] wrong")
            return True
        if word in ("SELECT", "EXAMINE"):
            if rest.split(" ", 1)[1].strip('"') != self.folder.name:
                self.say(f"{tag} NO no such folder")
                return True
            self.say(f"* {len(self.folder.mails)} EXISTS")
            self.say(f"* OK [UIDVALIDITY {self.folder.validity}] ok")
        if word == "UID":
            return self.uid(tag, rest[4:])
        if word == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1 ID")
        if word == "LOGOUT":
            self.say("* BYE")
        self.say(f"{tag} OK done")
        return word != "LOGOUT"

    def uid(self, tag: str, rest: str) -> bool:
        word, _, arguments = rest.partition(" ")
        if word.upper() == "SEARCH":
            self.say("* SEARCH " + " ".join(map(str, self.found(arguments))))
        elif word.upper() == "FETCH":
            if not self.fetch(arguments):
                return False
        elif word.upper() == "STORE":
            self.folder.seen.add(int(arguments.split(" ")[0]))
        self.say(f"{tag} OK done")
        return True

    def found(self, arguments: str) -> list[int]:
        since = re.fullmatch(r"SINCE (\S+)", arguments)
        if since:
            day = datetime.strptime(since[1], "%d-%b-%Y").date()
            return [uid for uid, came in self.folder.days.items() if came >= day]
        uids = sorted(self.folder.mails)
        if arguments == "UID *":
            return uids[-1:]
        first = int(re.fullmatch(r"UID (\d+):\*", arguments)[1])  # type: ignore[index]
        return [uid for uid in uids if uid >= first] or uids[-1:]  # RFC 3501: n:* always holds the last one

    def fetch(self, arguments: str) -> bool:
        uid = int(arguments.split(" ")[0])
        content = self.folder.mails.get(uid)
        if content is None:
            return True
        if "RFC822.SIZE" in arguments:
            self.say(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(content)})")
            return True
        if self.fetched == self.folder.cut_after:
            return False
        self.fetched += 1
        self.wfile.write(f"* 1 FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode() + content + b")\r\n")
        return True


@contextmanager
def imap_server(folder: Folder) -> Iterator[int]:
    """The server's port."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), _Session)
    server.folder = folder  # type: ignore[attr-defined]
    with loopback.running(server):
        yield server.server_address[1]
