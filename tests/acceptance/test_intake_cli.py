"""``listener intake`` as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from listener.starter import Answers, write

DOUYIN = "7.43 复制打开抖音，看看【老王的作品】晨曜刹车失灵三次，客服一直推诿… https://v.douyin.com/iRNBho6u/ :9pm"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path, Answers(company="晨曜", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com"))
    return tmp_path


def run(home: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "listener", *arguments]
    return subprocess.run(command, cwd=home, input=stdin, capture_output=True, env=dict(os.environ), timeout=300)


def test_a_text_a_mail_and_the_same_again(home: Path) -> None:
    first = run(home, "intake", "-", "--as", "张敏", stdin=DOUYIN.encode("gb18030"))
    line = "已登记 #0001（待核实 · 晨曜刹车失灵三次，客服一直推诿…）"
    assert (first.returncode, first.stdout.decode().strip()) == (0, line)
    saved = home / "转发.eml"
    head = ["From: x@example.net", "Subject: Fwd", "Content-Type: text/plain; charset=utf-8"]
    head += ["Content-Transfer-Encoding: 8bit", "", DOUYIN]
    saved.write_text("\n".join(head), encoding="utf-8")
    again = run(home, "intake", str(saved), "--as", "张敏", "--json")
    facts = json.loads(again.stdout)
    assert [(each["case"], each["new"]) for each in facts["about"]] == [(1, False)]
    assert facts["lines"][0].startswith("已有工单 #0001")
    shown = run(home, "cases", "show", "1").stdout.decode()
    assert "转交" in shown and "张敏" in shown
    assert "命令" in run(home, "status", "--json").stdout.decode()


def test_what_is_wrong_is_told(home: Path) -> None:
    for arguments, words in (
        (("intake", "-"), "--as"),
        (("intake", "-", "--as", "谁"), "没有名为 谁 的人员"),
        (("intake", "-", "--as", "张敏"), "没有内容"),
        (("intake", "nowhere.txt", "--as", "张敏"), "文件不存在"),
    ):
        done = run(home, *arguments)
        assert (done.returncode, words in done.stderr.decode()) == (2, True), done.stderr.decode()
