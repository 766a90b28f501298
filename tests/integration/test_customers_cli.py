"""Customers as people type the commands: what they read, what ends with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from listener.cli import app
from listener.errors import BadInput, NeedsOperator
from listener.starter import Answers, write
from listener.store import residue

TABLE = """客户编号,姓名,手机号,车架号,消费金额
K1,欧阳雪婷,13800138001,L0YBA5C23SH439563,1200000
K2,王建国,13800138001,,
K3,坏行,12,,
"""


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, Answers(company="晨曜汽车", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com"))
    (tmp_path / "客户.csv").write_text(TABLE, encoding="gb18030")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LISTENER_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LISTENER_NOW", "2026-11-28T10:00:00+08:00")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_an_import_tells_lines_and_shared_numbers(home: Path) -> None:
    tried = run("import", "customers", "客户.csv", "--dry-run")
    assert "试运行" in tried.output and "第 4 行：手机号无效" in tried.output
    done = run("import", "customers", "客户.csv")
    assert "新增 2" in done.output and "拒绝 1" in done.output
    assert "1 个号码由多位客户共用（未合并）" in done.output and "手机号 138****8001: K1、K2" in done.output
    assert isinstance(run("import", "customers").exception, BadInput)
    assert isinstance(run("import", "customers", "客户.csv", "--from-view", "erp").exception, BadInput)


def test_a_card_is_read_by_people_and_programs(home: Path) -> None:
    run("import", "customers", "客户.csv")
    (home / "d.csv").write_text("客户编号,时间,内容\nK1,2026-11-20 09:30,更换刹车片\n", encoding="utf-8")
    assert "新增 1" in run("import", "interactions", "d.csv", "--kind", "维修").output
    card = run("customers", "show", "K1").output
    for line in ("姓名: 欧阳**", "消费金额: 1200000", "分群: 大客户", "2026-11-20 09:30  维修  更换刹车片"):
        assert line in card, line
    assert "13800138001" not in card and "欧阳雪婷" not in card
    found = json.loads(run("customers", "show", "K1", "--json").output)
    assert found["timeline"][0]["kind"] == "service"
    assert "欧阳雪婷" in run("customers", "show", "K1", "--unmask", "--as", "张敏").output


def test_marks_are_set_and_ended(home: Path) -> None:
    run("import", "customers", "客户.csv")
    assert isinstance(run("customers", "flag", "K1", "--as", "张敏").exception, BadInput)
    assert "时限不变" in run("customers", "flag", "K1", "--evidence", "半年内五次相同索赔", "--as", "张敏").output
    assert "疑似职业索赔" in run("customers", "show", "K1").output
    run("customers", "unflag", "K1", "--as", "张敏")
    assert "疑似职业索赔" not in run("customers", "show", "K1").output
    run("customers", "do-not-link", "K1", "--as", "张敏")
    assert "禁止匹配" in run("customers", "show", "K1").output


def test_erasing_says_what_was_done_and_fails_where_something_is_left(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", "customers", "客户.csv")
    assert isinstance(run("customers", "erase", "--as", "张敏").exception, BadInput)
    done = run("customers", "erase", "K1", "--as", "张敏")
    assert done.exit_code == 0
    assert "customer 1" in done.output and "数据库文件与预写日志的字节中：0 处" in done.output
    assert isinstance(run("customers", "show", "K1").exception, BadInput)
    monkeypatch.setattr(residue, "truncate", lambda path: False)  # as while somebody goes on reading
    late = run("customers", "erase", "K2", "--as", "张敏", "--json")
    assert isinstance(late.exception, NeedsOperator)
    assert json.loads(late.output)["complete"] is False
