"""``listener doctor``: tries everything outside that Listener depends on, and says how to mend what fails.

Each check is a function that returns findings and never raises: a doctor that dies of the illness is no help.
"""

from __future__ import annotations

import shutil
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from listener.alerts.sla import known_until
from listener.errors import NeedsOperator, Retry
from listener.judges import EndpointJudge
from listener.language import say
from listener.mailroom.mailbox import Mailbox
from listener.settings import Settings
from listener.store.engine import Database
from listener.system_words import in_words

TIMEOUT = 10.0
"""Seconds for each try; a host that takes longer is as good as gone for a crawl."""

DISK_WARNING_BYTES = 2 * 1024**3
CLOCK_WARNING_SECONDS = 60.0
CALENDAR_WARNING_DAYS = 45
"""The longest deadline is 15 business days; the next year is usually announced in November."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing tried: ``state`` is ok, warn or fail; ``mend`` says what to do."""

    name: str
    state: str
    what: str
    mend: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> Iterator[Finding]:
    """The findings of every check, one after the other."""
    for check in CHECKS:
        try:
            yield from check(settings)
        except Exception as error:
            yield Finding(check.__name__, "fail", f"{type(error).__name__}: {in_words(error)}")


def disk(settings: Settings) -> Iterator[Finding]:
    """Free space where the database and the reports lie."""
    folder = settings.home / "var"
    place = folder if folder.exists() else settings.home
    free = shutil.disk_usage(place).free
    low = free < DISK_WARNING_BYTES
    mend = say("请清理磁盘，或把 var/ 移到更大的磁盘", "free some space, or move var/ to a larger disk") if low else ""
    yield Finding("disk", "warn" if low else "ok", say(f"剩余 {free / 1e9:.1f} GB", f"{free / 1e9:.1f} GB free"), mend)


def database(settings: Settings) -> Iterator[Finding]:
    """The database answers and has all tables."""
    mend = say(
        "检查 LISTENER_DATABASE_URL；SQLite 请检查目录权限", "check LISTENER_DATABASE_URL and the folder's rights"
    )
    try:
        found = Database(settings.database_url)
        behind = found.behind()
        found.close()
    except Exception as error:
        yield Finding("database", "fail", in_words(getattr(error, "orig", error)), mend)
        return
    if behind:
        yield Finding("database", "warn", say("表结构不是最新", "tables are missing"), "listener db upgrade")
    else:
        yield Finding("database", "ok", say("可用，表结构最新", "answers, all tables there"))


def keys(settings: Settings) -> Iterator[Finding]:
    """The key file is there and readable by nobody else."""
    path = settings.key_file
    if not path.exists():
        yield Finding("keys", "warn", say(f"还没有密钥文件 {path}", f"no key file {path} yet"), "listener keys create")
        return
    open_to_others = path.stat().st_mode & 0o077
    mend = f"chmod 600 {path}" if open_to_others else ""
    what = say("其他用户可读", "others may read it") if open_to_others else str(path)
    yield Finding("keys", "fail" if open_to_others else "ok", what, mend)


def fonts(_settings: Settings) -> Iterator[Finding]:
    """The Chinese font that reports embed is in the package."""
    folder = Path(__file__).parent / "reports" / "fonts"
    found = [path for path in folder.glob("*") if path.suffix in (".ttf", ".otf", ".woff2")]
    if found:
        yield Finding("fonts", "ok", found[0].name)
    else:
        mend = say("重新安装 Listener", "install Listener again")
        yield Finding("fonts", "fail", say("缺少中文字体", "the Chinese font is missing"), mend)


def mail(settings: Settings) -> Iterator[Finding]:
    """The SMTP server answers, encrypts and lets us in; nothing is sent."""
    how = settings.installation.mail
    place = f"{how.host}:{how.port}"
    try:
        with _smtp(settings) as client:
            client.ehlo()
            if how.security == "starttls":
                client.starttls(context=ssl.create_default_context())
                client.ehlo()
            if how.user and settings.mail_password:
                client.login(how.user, settings.mail_password.get_secret_value())
        yield Finding("mail", "ok", place)
    except smtplib.SMTPAuthenticationError as error:
        mend = say(
            "多数邮箱需要授权码或客户端专用密码，而不是登录密码",
            "most providers want an app password, not the login password",
        )
        yield Finding("mail", "fail", f"{place}: {error.smtp_code} {_plain(error.smtp_error)}", mend)
    except (OSError, smtplib.SMTPException) as error:
        mend = say("检查 [mail] host、port、security 和防火墙", "check [mail] host, port, security, and the firewall")
        yield Finding("mail", "fail", f"{place}: {in_words(error)}", mend)


def _smtp(settings: Settings) -> smtplib.SMTP:
    how = settings.installation.mail
    if how.security == "tls":
        return smtplib.SMTP_SSL(how.host, how.port, timeout=TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(how.host, how.port, timeout=TIMEOUT)


def _plain(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def imap(settings: Settings) -> Iterator[Finding]:
    """The mailbox opens. NetEase refuses a client that did not introduce itself with ID (RFC 2971)."""
    how = settings.installation.imap
    if not how.host:
        yield Finding("imap", "ok", say("未配置", "not configured"))
        return
    place = f"{how.host}:{how.port}"
    try:
        with Mailbox.of(settings, timeout=TIMEOUT):
            yield Finding("imap", "ok", f"{place} {how.folder}")
    except (NeedsOperator, Retry) as error:
        chinese = "检查 [imap]，并在邮箱设置中开启 IMAP、使用授权码"
        mend = say(chinese, "check [imap]; turn IMAP on in the mailbox and use its app password")
        yield Finding("imap", "fail", str(error), mend)


def proxy(settings: Settings) -> Iterator[Finding]:
    """The configured proxy takes connections."""
    address = settings.installation.proxy
    if not address:
        yield Finding("proxy", "ok", say("未配置", "not configured"))
        return
    parts = urlsplit(address)
    place = (parts.hostname or "", parts.port or 80)
    named = f"{place[0]}:{place[1]}"  # without the name and password that the address may hold
    try:
        socket.create_connection(place, timeout=TIMEOUT).close()
        yield Finding("proxy", "ok", named)
    except OSError as error:
        mend = say("检查 proxy 地址和端口", "check proxy's host and port")
        yield Finding("proxy", "fail", f"{named}: {in_words(error)}", mend)


def judge(settings: Settings) -> Iterator[Finding]:
    """The outside judge answers one made-up sentence as it is asked to; nothing of anybody's is sent."""
    how = settings.installation.nlp.judge
    if not how.url:
        yield Finding("judge", "ok", say("未配置", "not configured"))
        return
    asked = EndpointJudge(how, settings.secret(how.secret))
    answer = asked.ask(_TRIED)
    if answer.verdict is not None:
        yield Finding("judge", "ok", asked.name)
        return
    chinese = "检查 [nlp.judge]；它不回答时以自带的判断为准"
    mend = say(chinese, "check [nlp.judge]; while it does not answer, the built-in judgement stands")
    yield Finding("judge", "fail", f"{asked.name}: {answer.failure}", mend)


_TRIED = "订单到现在没人处理，请尽快退款"


def sources(settings: Settings) -> Iterator[Finding]:
    """Each enabled source's host answers; whose clock differs from ours is told."""
    for source in settings.sources:
        if not source.enabled or not source.url:
            continue
        yield from _host(settings, f"source {source.name}", source.url)


def _host(settings: Settings, name: str, address: str) -> Iterator[Finding]:
    through = settings.installation.proxy or None
    if urlsplit(address).hostname in settings.installation.proxy_exceptions:
        through = None
    try:
        with httpx.Client(proxy=through, timeout=TIMEOUT, trust_env=False) as client:
            answer = client.head(address, follow_redirects=False)
    except httpx.HTTPError as error:
        mend = say("检查地址、网络、DNS 和代理", "check the address, the network, DNS and the proxy")
        yield Finding(name, "fail", f"{address}: {in_words(error)}", mend)
        return
    yield Finding(name, "ok", f"HTTP {answer.status_code}")
    yield from _clock(answer.headers.get("date", ""))


def _clock(date: str) -> Iterator[Finding]:
    """A finding only where our clock and the server's differ by more than a minute."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return
    off = abs((datetime.now(UTC) - theirs).total_seconds())
    if off > CLOCK_WARNING_SECONDS:
        mend = say("启用 NTP 时间同步", "turn time synchronisation (NTP) on")
        yield Finding("clock", "warn", say(f"与服务器相差 {off:.0f} 秒", f"{off:.0f} s off a server's clock"), mend)


def clock(settings: Settings) -> Iterator[Finding]:
    """The time zone, and what time we think it is there."""
    now = datetime.now(settings.zone)
    plausible = now.year >= 2026
    mend = "" if plausible else say("设置系统时间", "set the system clock")
    yield Finding("clock", "ok" if plausible else "fail", f"{now:%Y-%m-%d %H:%M:%S %z} {settings.zone.key}", mend)


def calendar(settings: Settings) -> Iterator[Finding]:
    """Whether the announced holidays reach far enough for the deadlines of the coming weeks."""
    last = known_until()
    left = (last - datetime.now(settings.zone).date()).days
    if left > CALENDAR_WARNING_DAYS:
        yield Finding("calendar", "ok", say(f"节假日安排已知至 {last}", f"holidays are known until {last}"))
        return
    what = say(f"节假日安排只到 {last}，之后按法定节日估算", f"holidays are known until {last} only, then estimated")
    mend = say("国务院公布后升级 chinesecalendar", "upgrade chinesecalendar once the next year is announced")
    yield Finding("calendar", "warn", what, mend)


CHECKS: tuple[Check, ...] = (disk, clock, calendar, database, keys, fonts, proxy, mail, imap, judge, sources)


_NAMES = {
    "disk": "磁盘",
    "clock": "时钟",
    "calendar": "节假日",
    "database": "数据库",
    "keys": "密钥",
    "fonts": "字体",
    "proxy": "代理",
    "mail": "发信",
    "imap": "收信",
    "judge": "外部判断",
    "source": "来源",
}
_STATES = {"ok": "正常", "warn": "注意", "fail": "失败"}


def worded(finding: Finding) -> Finding:
    """A finding with its name and state as people read them: 磁盘, 来源 news; 正常, 注意, 失败."""
    kind, _, rest = finding.name.partition(" ")
    name = " ".join(part for part in (say(_NAMES.get(kind, kind), kind), rest) if part)
    return replace(finding, name=name, state=say(_STATES[finding.state], finding.state))


def healthy(findings: list[Finding]) -> bool:
    """True where nothing failed; warnings do not count."""
    return all(finding.state != "fail" for finding in findings)
