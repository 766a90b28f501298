"""What the system, the network or a library said when it refused, in the language chosen: the one place for it.

Python tells it in English alone (``Is a directory``, ``[Errno 111] Connection refused``). English stays as it was said.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator, Mapping

from listener.errors import ListenerError
from listener.language import chosen

__all__ = ["in_words"]

_BY_NUMBER: Mapping[int, str] = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "系统不允许",
    errno.EISDIR: "是目录，不是文件",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.ENOTEMPTY: "目录不是空的",
    errno.EEXIST: "已经存在",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.EROFS: "磁盘是只读的",
    errno.EIO: "磁盘读写出错",
    errno.EFBIG: "文件太大",
    errno.ENAMETOOLONG: "文件名太长",
    errno.ELOOP: "符号链接绕成了圈",
    errno.EBUSY: "正被占用",
    errno.ETXTBSY: "正被占用",
    errno.EMFILE: "打开的文件太多",
    errno.ENFILE: "打开的文件太多",
    errno.ENOMEM: "内存不够",
    errno.EPIPE: "对方断开了连接",
    errno.ECONNREFUSED: "对方拒绝连接",
    errno.ECONNRESET: "对方断开了连接",
    errno.ECONNABORTED: "连接中断",
    errno.ETIMEDOUT: "连接超时",
    errno.EHOSTUNREACH: "到不了这台主机",
    errno.ENETUNREACH: "网络不通",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "不是本机的地址",
}

_BY_TEXT: tuple[tuple[str, str], ...] = (
    ("readonly database", "数据库文件只读，或没有写权限"),
    ("unable to open database file", "打不开数据库文件"),
    ("database is locked", "数据库正被别的进程占用"),
    ("database or disk is full", "磁盘已满"),
    ("disk I/O error", "磁盘读写出错"),
    ("file is not a database", "不是 SQLite 数据库文件"),
    ("database disk image is malformed", "数据库文件已损坏"),
    ("authentication failed", "用户名或密码不对"),
    ("Name or service not known", "找不到这个主机名"),
    ("name resolution", "找不到这个主机名"),
    ("failed to resolve host", "找不到这个主机名"),
    ("Connection refused", "对方拒绝连接"),
    ("Connection unexpectedly closed", "对方断开了连接"),
    ("Server disconnected", "对方断开了连接"),
    ("timed out", "超时"),
    ("timeout expired", "超时"),
    ("is not a public address", "是内网地址，未获允许"),
)
"""What libraries say without a number (SQLite, psycopg, smtplib, httpx, our guard), by a piece of it."""


def in_words(error: BaseException) -> str:
    """Why, in a few words and one line; what nobody worded is shown as it was said. Never empty.

    What lies behind ``error`` (``raise … from``) counts where ``error`` itself says nothing we know: httpx puts the
    socket's error behind its own. One of ours is worded already.
    """
    if chosen() != "en" and not isinstance(error, ListenerError):
        for each in _behind(error):
            if told := _chinese(each):
                return told
    return _as_said(error)


def _behind(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _chinese(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"证书不可信（{error.verify_message}）"
    if isinstance(error, ssl.SSLError):
        return f"TLS 握手失败（{error.reason or 'TLS'}）"
    if isinstance(error, socket.gaierror):
        return "找不到这个主机名"
    if isinstance(error, UnicodeDecodeError):
        return "不是 UTF-8 文本"
    # one of our own (the guard's) has a number too, and says more than the number does
    number = error.errno or 0 if isinstance(error, OSError) else 0
    if number in _BY_NUMBER and getattr(error, "strerror", "") == os.strerror(number):
        return _BY_NUMBER[number]
    if found := next((ours for sign, ours in _BY_TEXT if sign in str(error)), ""):
        return found
    return "超时" if isinstance(error, TimeoutError) or type(error).__name__.endswith("Timeout") else ""


def _as_said(error: BaseException) -> str:
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return next(iter(str(told).strip().splitlines()), "") or type(error).__name__
