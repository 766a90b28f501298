"""What the system said when it refused is told in the language chosen, and ends a command in one line."""

from __future__ import annotations

import errno
import os
import smtplib
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from listener.errors import NeedsOperator
from listener.language import speaking
from listener.reports.files import whole_file
from listener.system_words import in_words


def test_the_system_is_told_in_chinese_and_in_english_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        tmp_path.read_bytes()
    assert in_words(caught.value) == "是目录，不是文件"
    with speaking("en"):
        assert in_words(caught.value) == "Is a directory"


def test_a_library_and_what_lies_behind_its_error_are_worded() -> None:
    assert in_words(sqlite3.OperationalError("attempt to write a readonly database")) == "数据库文件只读，或没有写权限"
    assert in_words(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "找不到这个主机名"
    assert in_words(httpx.ReadTimeout("")) == "超时"
    assert in_words(smtplib.SMTPServerDisconnected("Connection unexpectedly closed")) == "对方断开了连接"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(httpx.ConnectError) as caught, httpx.Client(trust_env=False) as client:
            client.get(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert in_words(caught.value) == "对方拒绝连接"


def test_what_nobody_worded_is_shown_as_it_was_said_in_one_line() -> None:
    assert in_words(OSError(errno.EXDEV, os.strerror(errno.EXDEV))) == os.strerror(errno.EXDEV)
    assert in_words(ValueError("one\ntwo")) == "one"
    assert in_words(ValueError()) == "ValueError"


def test_an_error_of_ours_is_not_worded_anew() -> None:
    ours = NeedsOperator("请先停守护进程")
    ours.__cause__ = PermissionError(errno.EACCES, "Permission denied")
    assert in_words(ours) == "请先停守护进程"


def test_a_place_that_a_command_cannot_make_ends_it_in_one_line(tmp_path: Path) -> None:
    """Wherever it was touched: here ``init`` makes a folder where a file stands."""
    (tmp_path / "file").touch()
    words = ["init", "file/deeper", "--yes", "--company", "江岸银行"]
    done = subprocess.run(
        [sys.executable, "-m", "listener", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert done.stderr == "file/deeper/config: 路径中有一段不是目录 → 请检查路径、权限和磁盘空间\n"


def test_a_whole_file_follows_a_link_and_leaves_a_pipe_as_it_is(tmp_path: Path) -> None:
    target, link, pipe = tmp_path / "target.txt", tmp_path / "link.txt", tmp_path / "pipe"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    with whole_file(link) as part:
        part.write_text("new", encoding="utf-8")
        assert target.read_text(encoding="utf-8") == "old"
    assert (link.is_symlink(), target.read_text(encoding="utf-8")) == (True, "new")
    os.mkfifo(pipe)
    with whole_file(pipe) as part:
        assert part == pipe
