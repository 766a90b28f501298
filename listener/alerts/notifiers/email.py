"""Mail by SMTP: composes a multipart message once, and sends its bytes to one recipient at a time.

What the server accepted with 250 after the final dot is sent, whatever happens to the connection afterwards. Before
that answer a lost connection means "try again": the same bytes, the same Message-ID.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import SMTPUTF8 as UTF8_POLICY
from email.utils import format_datetime
from typing import Any

from pydantic import SecretStr

from listener.alerts.notifiers.base import Draft, NotifierDown, Outgoing, Receipt
from listener.alerts.notifiers.smtp_answers import classify
from listener.alerts.notifiers.tunnel import connect_through
from listener.alerts.wording import clean, one_line
from listener.errors import NeedsOperator, Permanent, Retry
from listener.language import say
from listener.settings import MailSettings, Settings
from listener.system_words import in_words

__all__ = ["EmailNotifier"]

FINAL_ANSWER = 4
"""The answer to the final dot may take so many times the ordinary timeout (RFC 5321 4.5.3.2.6 grants 10 minutes)."""

QUIT_SECONDS = 3.0
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")
_LOCAL = ("127.0.0.1", "::1", "localhost")


class EmailNotifier:
    """Sends by the ``[mail]`` settings. Keeps its connection between messages; ``close`` ends it."""

    def __init__(
        self, mail: MailSettings, password: SecretStr | None = None, *, proxy: str = "", contact: str = ""
    ) -> None:
        self._mail, self._password, self._proxy, self._contact = mail, password, proxy, contact
        self._client: smtplib.SMTP | None = None

    @classmethod
    def of(cls, settings: Settings) -> EmailNotifier:
        """The notifier of an installation; the proxy is not used for exceptions and for this machine itself."""
        how = settings.installation
        direct = how.mail.host in (*how.proxy_exceptions, *_LOCAL)
        return cls(how.mail, settings.mail_password, proxy="" if direct else how.proxy, contact=how.contact)

    def compose(self, draft: Draft) -> Outgoing:
        """The mail's bytes: text and HTML alternatives, threaded by case. ``Permanent`` for an impossible address."""
        address = _address(draft.receiver.address)
        domain = _ascii_domain(self._mail.sender.rpartition("@")[2])
        message_id = f"<{draft.delivery_id}.{draft.token}@{domain}>"
        policy = SMTP_POLICY if address.isascii() else UTF8_POLICY
        mail = EmailMessage(policy=policy.clone(refold_source="none"))
        mail.set_raw("From", _mailbox("From", self._mail.sender_name, _address(self._mail.sender)))
        mail.set_raw("To", _mailbox("To", draft.receiver.name, address))
        mail.set_raw("Subject", _encoded("Subject", one_line(draft.rendered.subject, 200)))
        mail["Date"] = format_datetime(draft.at)
        mail["Message-ID"] = message_id
        # RFC 3834: no out-of-office answers to this
        mail["Auto-Submitted"] = "auto-replied" if draft.answers else "auto-generated"
        if _MESSAGE_ID.fullmatch(draft.answers):
            mail["In-Reply-To"] = draft.answers
            mail["References"] = draft.answers
        if draft.thread:
            root = f"<case.{draft.thread}@{domain}>"
            mail["In-Reply-To"] = root
            mail["References"] = root
        if draft.digest:
            mail["List-Unsubscribe"] = f"<mailto:{self._unsubscribe()}?subject=unsubscribe>"
        _fill(mail, draft)
        return Outgoing(delivery_id=draft.delivery_id, address=address, message_id=message_id, content=mail.as_bytes())

    def _unsubscribe(self) -> str:
        contact = self._contact.strip()
        return contact if contact.isascii() and "@" in contact and " " not in contact else self._mail.sender

    def send(self, message: Outgoing) -> Receipt:
        """Send to the one recipient; returns after the server's 250 to the whole message."""
        kept = self._client is not None
        try:
            return self._transaction(message)
        except _Stale:
            if not kept:
                raise
        # the server had closed the connection that was kept; nothing was handed over yet
        return self._transaction(message)

    def close(self) -> None:
        """End the connection; a server that does not answer QUIT changes nothing."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if client.sock is not None:
                client.sock.settimeout(QUIT_SECONDS)
            client.quit()
        client.close()

    def _transaction(self, message: Outgoing) -> Receipt:
        client = self._client or self._connect()
        self._client = client
        began = False
        try:
            options = [] if message.address.isascii() else _smtputf8(client)
            self._expect(*client.mail(self._mail.sender, options), "mail")
            began = True
            self._expect(*client.rcpt(message.address), "rcpt")
            return Receipt(self._data(client, message.content))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise (NotifierDown if began else _Stale)(self._lost(error)) from None
        except NotifierDown:
            self._drop()
            raise
        except (Retry, Permanent, NeedsOperator):
            self._reset()
            raise

    def _data(self, client: smtplib.SMTP, content: bytes) -> str:
        assert client.sock is not None
        client.sock.settimeout(self._seconds * FINAL_ANSWER)
        try:
            code, answer = client.data(content)
        except smtplib.SMTPDataError as error:
            self._expect(error.smtp_code, error.smtp_error, "data")
            raise
        self._expect(code, answer, "data")
        client.sock.settimeout(self._seconds)
        return f"{code} {one_line(answer.decode('utf-8', 'replace'), 200)}"

    @staticmethod
    def _expect(code: int, answer: bytes | str, stage: str) -> None:
        if not 200 <= code < 300:
            raise classify(code, answer, stage)

    def _reset(self) -> None:
        """Forget the message that was refused, so that the next one finds a clean connection."""
        try:
            assert self._client is not None
            self._expect(*self._client.rset(), "rset")
        except (OSError, smtplib.SMTPException, Retry, Permanent, NeedsOperator):
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    @property
    def _seconds(self) -> float:
        return self._mail.timeout.total_seconds()

    def _connect(self) -> smtplib.SMTP:
        """A connection that is greeted, encrypted and logged in, or a ``NotifierDown`` / ``NeedsOperator``."""
        client: smtplib.SMTP | None = None
        try:
            client = self._greeted()
            self._encrypt(client)
            self._login(client)
            return client
        except BaseException as error:
            if client is not None:
                client.close()
            raise self._refused(error) from None

    def _greeted(self) -> smtplib.SMTP:
        kind = _TunnelTls if self._mail.security == "tls" else _Tunnel
        extra: dict[str, Any] = {"context": ssl.create_default_context()} if self._mail.security == "tls" else {}
        client: smtplib.SMTP = kind(self._proxy, timeout=self._seconds, local_hostname=_our_name(), **extra)
        try:
            code, answer = client.connect(self._mail.host, self._mail.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, answer)
            client.ehlo_or_helo_if_needed()
        except BaseException:
            client.close()
            raise
        return client

    def _encrypt(self, client: smtplib.SMTP) -> None:
        if self._mail.security == "starttls":
            client.starttls(context=ssl.create_default_context())
            client.ehlo()

    def _login(self, client: smtplib.SMTP) -> None:
        if not self._mail.user:
            return
        if self._password is None:
            raise NeedsOperator(
                say("没有邮箱授权码：请设置 LISTENER_MAIL_PASSWORD", "no mail password: set LISTENER_MAIL_PASSWORD")
            )
        if self._mail.security == "none" and self._mail.host not in _LOCAL:
            what = "[mail] security = none：授权码不会以明文发送，请改为 starttls 或 tls"
            raise NeedsOperator(say(what, "[mail] security = none: no password is sent in clear; use starttls or tls"))
        try:
            client.login(self._mail.user, self._password.get_secret_value())
        except UnicodeEncodeError:
            what = "[mail] user 或授权码含有非英文字符：请重新复制"
            raise NeedsOperator(
                say(what, "[mail] user or its password has non-ASCII letters: copy them again")
            ) from None

    def _refused(self, error: BaseException) -> BaseException:
        """What a failure to connect means. The order matters: certificate errors are ``OSError`` too."""
        if isinstance(error, ssl.SSLCertVerificationError):
            what = say("服务器证书无法验证", "the server's certificate cannot be verified")
            return NeedsOperator(f"SMTP {self._place}: {what}: {error.verify_message}")
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return classify(error.smtp_code, error.smtp_error, "auth")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            mend = say("请检查 [mail] port 和 security", "check [mail] port and security")
            return NeedsOperator(f"SMTP {self._place}: {error} → {mend}")
        if isinstance(error, smtplib.SMTPResponseException):
            return classify(error.smtp_code, error.smtp_error, "connect")
        if isinstance(error, (OSError, smtplib.SMTPException)):
            return NotifierDown(self._lost(error))
        return error

    @property
    def _place(self) -> str:
        return f"{self._mail.host}:{self._mail.port}"

    def _lost(self, error: Exception) -> str:
        return f"SMTP {self._place}: {one_line(in_words(error), 200)}"


class _Stale(NotifierDown):
    """The connection was gone before the server heard of this message."""


class _Tunnel(smtplib.SMTP):
    """Connects through the company's proxy where there is one."""

    def __init__(self, proxy: str, **options: Any) -> None:
        self._through = proxy
        super().__init__(**options)

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        self._host = host  # the name that TLS verifies; smtplib sets it from its constructor only
        return super().connect(host, port, source_address)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        if self._through:
            return connect_through(self._through, host, port, timeout)
        return socket.create_connection((host, port), timeout)


class _TunnelTls(_Tunnel):
    """The same with TLS from the first byte."""

    def __init__(self, proxy: str, *, context: ssl.SSLContext, **options: Any) -> None:
        self._tls = context
        super().__init__(proxy, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return self._tls.wrap_socket(plain, server_hostname=host)


def _smtputf8(client: smtplib.SMTP) -> list[str]:
    if not client.has_extn("smtputf8"):
        english = "the mail server cannot send to an address with non-ASCII letters (no SMTPUTF8)"
        raise Permanent(say("邮件服务器不支持国际化邮箱地址（没有 SMTPUTF8）", english))
    return ["SMTPUTF8", "BODY=8BITMIME"]


def _our_name() -> str:
    """What we call ourselves in EHLO; looking the full name up could hang where DNS is broken."""
    name = socket.gethostname()
    plain = name.isascii() and all(mark.isalnum() or mark in "-." for mark in name)
    return name if name and plain else "[127.0.0.1]"


def _address(address: str) -> str:
    """``address`` with an ASCII domain; the part before the @ may be in any letters (RFC 6531)."""
    local, at, domain = address.rpartition("@")
    bad = not at or not local or not domain or len(address) > 254
    if bad or any(mark.isspace() or not mark.isprintable() or mark in '<>(),;:"\\[]' for mark in address):
        raise Permanent(say(f"不是邮箱地址：{one_line(address, 80)}", f"not a mail address: {one_line(address, 80)}"))
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise Permanent(say(f"域名无效：{domain[:80]}", f"not a domain: {domain[:80]}")) from None


def _mailbox(header: str, name: str, address: str) -> str:
    phrase = _encoded(header, one_line(name, 60), always=True)
    return f"{phrase} <{address}>" if phrase else address


def _encoded(header: str, text: str, *, always: bool = False) -> str:
    """``text`` as RFC 2047 encoded words, folded; plain English stays as it is.

    The policies of ``email`` would do it, but where they break the line at a blank the blank is lost to readers
    (seen with Python 3.11: 「制动 ｜ 刹车」 came back as 「制动 ｜刹车」). An encoded word has at most 75 characters
    (RFC 2047, 2); ``Header`` does not count the blank before it, so its default of 76 makes some too long.
    """
    if text.isascii() and "=?" not in text and not always:
        return text
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n", maxlinelen=75) if text else ""


def _fill(mail: EmailMessage, draft: Draft) -> None:
    """Both bodies in base64: any server carries it, and no line gets too long."""
    mail.set_content(clean(draft.rendered.text), cte="base64")
    mail.add_alternative(clean(draft.rendered.html), subtype="html", cte="base64")
    mail.set_boundary(f"=_listener_{draft.token}")
