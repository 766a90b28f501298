"""SMTP servers for tests: a real one (aiosmtpd) that keeps what it gets, and a scripted one that misbehaves."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
CLOSE, HANG = "CLOSE", "HANG"


@dataclass
class Arrived:
    """What the real server took."""

    sender: str
    recipient: str
    content: bytes
    options: tuple[str, ...] = ()
    at: float = field(default_factory=time.time)

    @property
    def mail(self) -> EmailMessage:
        found = message_from_bytes(self.content, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def text(self) -> str:
        """The plain text part."""
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


class _Controller(Controller):  # type: ignore[misc]
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Keeper:
    def __init__(self) -> None:
        self.mails: list[Arrived] = []
        self.connections = 0
        self.changed = threading.Condition()

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, responses: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = name
        return responses

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        for recipient in envelope.rcpt_tos:
            options = tuple(envelope.mail_options)
            with self.changed:
                self.mails.append(Arrived(envelope.mail_from, recipient, envelope.original_content, options))
                self.changed.notify_all()
        return "250 OK queued"


class _RealServer:
    def __init__(self, keeper: _Keeper, port: int) -> None:
        self.keeper, self.port = keeper, port

    @property
    def mails(self) -> list[Arrived]:
        return self.keeper.mails

    def wait_for(self, count: int, seconds: float) -> bool:
        """True when ``count`` mails have arrived, False when ``seconds`` passed first."""
        with self.keeper.changed:
            return self.keeper.changed.wait_for(lambda: len(self.mails) >= count, seconds)


@contextlib.contextmanager
def real_server(**options: Any) -> Iterator[_RealServer]:
    """A running aiosmtpd; ``options`` go to its SMTP session (tls_context, authenticator, enable_SMTPUTF8 …)."""
    keeper = _Keeper()
    controller = _Controller(keeper, hostname=HOST, port=0, **options)
    controller.start()
    try:
        yield _RealServer(keeper, controller.port)
    finally:
        controller.stop()


def only(user: str, password: str) -> Any:
    """An aiosmtpd authenticator that lets in one user."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=right)

    return check


@dataclass
class Certificate:
    """A self-signed certificate for 127.0.0.1: its file (also the authority to trust) and a server context."""

    file: Path
    context: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "cert.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return Certificate(file, context)


@dataclass
class ScriptedSmtp:
    """Answers each command from a script: a line, a list of lines used one after the other, CLOSE or HANG.

    Stages: greeting, ehlo, starttls, auth, mail, rcpt, data, dot, rset, quit. Messages whose dot was answered with
    2xx are in ``accepted``, all that were received whole in ``received``. With ``after_dot`` CLOSE the connection is
    cut right after that answer.
    """

    script: Mapping[str, Any] = field(default_factory=dict)
    accepted: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    _USUAL = {
        "greeting": "220 scripted",
        "ehlo": "250-scripted\r\n250 AUTH PLAIN LOGIN",
        "starttls": "220 go ahead",
        "auth": "235 ok",
        "mail": "250 ok",
        "rcpt": "250 ok",
        "data": "354 go on",
        "dot": "250 queued",
        "rset": "250 ok",
        "quit": "221 bye",
    }

    def follow(self, script: Mapping[str, Any]) -> None:
        """Go by this script from now on."""
        self._left = {stage: list(given) if isinstance(given, list) else [given] for stage, given in script.items()}

    def __enter__(self) -> ScriptedSmtp:
        self.follow(self.script)
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, _Closed), connection.makefile("rb") as lines:
            self._answer(connection, "greeting")
            while line := lines.readline():
                self.commands.append(line.decode("utf-8", "replace").strip())
                self._command(connection, lines, line[:4].upper().decode("ascii", "replace"))
        connection.close()

    def _command(self, connection: socket.socket, lines: Any, verb: str) -> None:
        stage = {"HELO": "ehlo", "STAR": "starttls"}.get(verb, verb.lower())
        answer = self._answer(connection, stage if stage in self._USUAL else "rset")
        if stage == "data" and answer.startswith("354"):
            self._take(connection, lines)
        if stage == "quit":
            raise _Closed

    def _take(self, connection: socket.socket, lines: Any) -> None:
        body = b""
        while (line := lines.readline()) and line != b".\r\n":
            body += line[1:] if line.startswith(b".") else line
        if not line:
            raise _Closed
        self.received.append(body)
        if self._peek("dot").startswith("2"):
            self.accepted.append(body)
        self._answer(connection, "dot")
        if self.script.get("after_dot") == CLOSE:
            raise _Closed

    def _peek(self, stage: str) -> str:
        left = self._left.get(stage)
        return str(left[0]) if left else self._USUAL[stage]

    def _answer(self, connection: socket.socket, stage: str) -> str:
        answer = self._peek(stage)
        if len(self._left.get(stage, [])) > 1:
            self._left[stage].pop(0)
        if answer == CLOSE:
            raise _Closed
        if answer == HANG:
            self._ended.wait()
            raise _Closed
        connection.sendall(answer.encode("utf-8") + b"\r\n")
        return answer


class _Closed(Exception):
    """The script closes the connection here."""
