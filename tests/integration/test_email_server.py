"""The mail notifier and real servers: TLS, credentials, proxies, kept connections, SMTPUTF8."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from listener.alerts.notifiers import NOTIFIERS, NotifierDown, notifiers_for
from listener.alerts.notifiers.email import EmailNotifier
from listener.alerts.notifiers.tunnel import connect_through
from listener.errors import ListenerError, NeedsOperator, Permanent
from listener.settings import Installation, MailSettings, Settings
from tests.smtp_servers import CLOSE, HOST, Certificate, ScriptedSmtp, certificate, only, real_server
from tests.unit.test_email import DRAFT

SECRET = "geheim-7-xyz"


def notifier(port: int, password: str | None = None, proxy: str = "", **changes: object) -> EmailNotifier:
    facts: dict[str, object] = {"host": HOST, "port": port, "sender": "listener@maker.example", "timeout": "30s"}
    settings = MailSettings.model_validate(facts | changes)
    return EmailNotifier(settings, SecretStr(password) if password else None, proxy=proxy)


def send(found: EmailNotifier, address: str = "wang@service.example") -> str:
    draft = replace(DRAFT, receiver=replace(DRAFT.receiver, address=address))
    try:
        return found.send(found.compose(draft)).detail
    finally:
        found.close()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def test_smtps_with_credentials(trusted: Certificate) -> None:
    options = {"ssl_context": trusted.context, "authenticator": only("u@x", SECRET), "auth_require_tls": False}
    with real_server(**options) as server:
        assert send(notifier(server.port, SECRET, security="tls", user="u@x")).startswith("250")
        assert len(server.mails) == 1


def test_starttls_with_credentials(trusted: Certificate) -> None:
    options = {"tls_context": trusted.context, "require_starttls": True, "authenticator": only("u@x", SECRET)}
    with real_server(**options) as server:
        send(notifier(server.port, SECRET, security="starttls", user="u@x"))
        assert len(server.mails) == 1


def test_wrong_credentials_need_a_person_and_are_not_told(trusted: Certificate) -> None:
    options = {"tls_context": trusted.context, "require_starttls": True, "authenticator": only("u@x", "other")}
    with real_server(**options) as server, pytest.raises(NeedsOperator) as caught:
        send(notifier(server.port, SECRET, security="starttls", user="u@x"))
    assert SECRET not in str(caught.value) and caught.value.__suppress_context__
    assert server.mails == []


def test_a_password_that_was_copied_wrong_is_said(trusted: Certificate) -> None:
    options = {"tls_context": trusted.context, "require_starttls": True, "authenticator": only("u@x", "other")}
    with real_server(**options) as server, pytest.raises(NeedsOperator) as caught:
        send(notifier(server.port, "授权码：abc", security="starttls", user="u@x"))
    assert "abc" not in str(caught.value)


def test_a_certificate_nobody_vouches_for_needs_a_person(tmp_path: Path) -> None:
    with real_server(tls_context=certificate(tmp_path).context) as server, pytest.raises(NeedsOperator, match="证书"):
        send(notifier(server.port, security="starttls"))
    assert server.mails == [], "nothing is sent in clear instead"


@pytest.mark.parametrize(
    ("security", "script", "expected"),
    [
        ("tls", {}, NotifierDown),  # speaks no TLS
        ("starttls", {}, NeedsOperator),  # offers no STARTTLS
        ("starttls", {"ehlo": "250-x\r\n250 STARTTLS", "starttls": "454 not now"}, NotifierDown),
        ("starttls", {"ehlo": "250-x\r\n250 STARTTLS", "starttls": CLOSE}, NotifierDown),
        ("starttls", {"ehlo": "250-x\r\n250 STARTTLS"}, NotifierDown),  # agrees, and then speaks no TLS
    ],
)
def test_broken_tls_sends_nothing(security: str, script: dict[str, str], expected: type[ListenerError]) -> None:
    with ScriptedSmtp(script) as server, pytest.raises(expected) as caught:
        patience = "0.3s" if expected is NotifierDown else "30s"
        send(notifier(server.port, timeout=patience, security=security))
    assert type(caught.value) is expected
    assert server.received == []


def test_no_password_is_sent_in_clear_to_another_machine() -> None:
    with pytest.raises(NeedsOperator, match="明文"):
        mail = MailSettings(host="mail.example", port=25, user="u", sender="l@x.example")
        with _resolving_to_loopback() as port:
            notifier_ = EmailNotifier(
                mail.model_copy(update={"port": port}), SecretStr(SECRET), proxy=f"http://{HOST}:{port}"
            )
            send(notifier_)


@contextlib.contextmanager
def _resolving_to_loopback() -> Iterator[int]:
    with ScriptedSmtp() as server, proxy_to(server.port) as (port, _):
        yield port


def test_a_missing_password_is_said() -> None:
    with ScriptedSmtp() as server, pytest.raises(NeedsOperator, match="LISTENER_MAIL_PASSWORD"):
        send(notifier(server.port, user="u@x"))


def test_nobody_listens() -> None:
    with socket.socket() as held:
        held.bind((HOST, 0))  # and does not listen
        port = held.getsockname()[1]
        with pytest.raises(NotifierDown, match=f"{HOST}:{port}"):
            send(notifier(port))


def test_a_host_that_cannot_be_found() -> None:
    with pytest.raises(NotifierDown):
        send(notifier(25, host="no-such-host.invalid"))


def test_a_kept_connection_is_used_again_and_replaced_when_it_was_closed() -> None:
    # the second mail finds the kept connection closed at MAIL FROM; nothing was handed over, so it goes at once
    with ScriptedSmtp({"mail": ["250 ok", CLOSE, "250 ok"]}) as server:
        found = notifier(server.port)
        message = found.compose(DRAFT)
        found.send(message)
        found.send(message)
        found.close()
        found.close()
    assert (server.connections, len(server.accepted)) == (2, 2)
    assert server.commands[-1].upper() == "QUIT"


def test_a_421_on_a_new_connection_is_not_tried_at_once() -> None:
    with ScriptedSmtp({"mail": "421 later"}) as server, pytest.raises(NotifierDown):
        send(notifier(server.port))
    assert server.connections == 1


def test_dots_at_the_beginning_of_lines_survive() -> None:
    with real_server() as server:
        found = notifier(server.port)
        plain = replace(found.compose(DRAFT), content=b"Subject: x\r\n\r\n.\r\n..a\r\nb\r\n")
        found.send(plain)
        found.close()
        assert server.mails[0].content.endswith(b"\r\n\r\n.\r\n..a\r\nb\r\n")


def test_an_address_in_chinese_needs_a_server_that_knows_smtputf8() -> None:
    with real_server(enable_SMTPUTF8=True) as server:
        send(notifier(server.port), "王芳@service.example")
        assert server.mails[0].recipient == "王芳@service.example"
        assert "SMTPUTF8" in server.mails[0].options
    with real_server(enable_SMTPUTF8=False) as server, pytest.raises(Permanent, match="SMTPUTF8"):
        send(notifier(server.port), "王芳@service.example")


# --- through a proxy --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def proxy_to(port: int, answer: str = "HTTP/1.1 200 OK") -> Iterator[tuple[int, list[str]]]:
    """An HTTP proxy that tunnels one connection to ``port``; the requests it read."""
    requests: list[str] = []
    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            client, _ = listener.accept()
            with client:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += client.recv(1)
                requests.append(head.decode())
                if " 200 " not in answer:
                    client.sendall(f"{answer}\r\n\r\n".encode())
                    return
                with socket.create_connection((HOST, port)) as server:
                    greeting = server.recv(1000)
                    client.sendall(f"{answer}\r\n\r\n".encode() + greeting)  # in one packet: nothing may be lost
                    back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                    back.start()
                    _copy(client, server)
                    back.join(timeout=5)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], requests
    finally:
        listener.close()
        thread.join(timeout=5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


def test_mail_goes_through_the_company_s_proxy() -> None:
    with real_server() as server, proxy_to(server.port) as (port, requests):
        send(notifier(server.port, proxy=f"http://user:p%40ss@{HOST}:{port}"))
        assert len(server.mails) == 1
    assert requests[0].startswith(f"CONNECT {HOST}:{server.port} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXNlcjpwQHNz" in requests[0]


@pytest.mark.parametrize("answer", ["HTTP/1.1 407 Proxy Authentication Required", "HTTP/1.1 403 no", "nonsense"])
def test_a_proxy_that_refuses_is_passing_trouble_and_tells_no_secret(answer: str) -> None:
    with proxy_to(1, answer) as (port, _), pytest.raises(NotifierDown) as caught:
        send(notifier(25, proxy=f"http://user:{SECRET}@{HOST}:{port}"))
    assert SECRET not in str(caught.value)


def test_a_proxy_that_says_nothing_is_given_up() -> None:
    with socket.create_server((HOST, 0)) as silent, pytest.raises(OSError):
        connect_through(f"http://{HOST}:{silent.getsockname()[1]}", "mail.example", 25, 0.2)


# --- made from the configuration --------------------------------------------------------------------------------


def test_every_notifier_is_made_from_the_settings_without_connecting(tmp_path: Path) -> None:
    how = Installation(company="曜途汽车", proxy="http://127.0.0.1:1", mail=MailSettings(host=HOST, port=1))
    made = notifiers_for(Settings(home=tmp_path, config_dir=tmp_path, installation=how))
    assert made.keys() == NOTIFIERS.keys() == {"email"}
    for each in made.values():
        each.close()
