"""People from an Excel file: the difference is shown, mistakes name their row, people.toml stays loadable."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from listener.errors import BadInput
from listener.loading import load
from listener.people_file import Plan, plan, write
from listener.settings import Settings

PEOPLE = """# 使用 Listener 的人。
# 说明保留。

[[people]]
name = "张三"
mail = "zhang@x.example"
team = "客服"
wecom = "zhangsan"

[[people]]
name = "李四"
mail = "li@x.example"
role = "operator"
"""
HEAD = ["姓名", "邮箱", "岗位", "部门", "上级", "代理人", "班次", "休假"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    config = tmp_path / "config"
    config.mkdir()
    (config / "listener.toml").write_text('company = "晨曜"\n', encoding="utf-8")
    (config / "people.toml").write_text(PEOPLE, encoding="utf-8")
    (config / "routes.toml").write_text('default = ["team:客服"]\n', encoding="utf-8")
    return load(config)


def table(folder: Path, *rows: list[str], head: list[str] = HEAD) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (head, *rows):
        sheet.append(row)
    path = folder / "people.xlsx"
    book.save(path)
    return path


def changes(found: Plan) -> dict[str, str]:
    return {change.name: change.what for change in found.changes}


def test_the_difference_is_shown_and_what_the_file_does_not_know_stays(settings: Settings, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        ["张三", "zhang@x.example", "客服", "客服", "王主管", "李四", "1-5 09:00-18:00；6-6 09:00-12:00", ""],
        ["王主管", "wang@x.example", "主管", "客服", "", "", "", "2026-12-01..2026-12-07"],
    )
    found = plan(file, settings.people)
    assert changes(found) == {"张三": "changed", "王主管": "new", "李四": "same"}
    assert ("deputy", "", "李四") in found.changes[0].fields
    write(settings.config_dir, found)
    after = load(settings.config_dir)
    zhang, boss = after.person("张三"), after.person("王主管")
    assert (zhang.wecom, zhang.lead, zhang.deputy, len(zhang.shifts)) == ("zhangsan", "王主管", "李四", 2)
    assert (boss.role, len(boss.away)) == ("supervisor", 1)
    assert after.person("李四").role == "operator"
    text = (settings.config_dir / "people.toml").read_text("utf-8")
    assert text.startswith("# 使用 Listener 的人。\n# 说明保留。\n")
    assert (settings.config_dir / "people.toml.bak").read_text("utf-8") == PEOPLE
    assert plan(file, after.people).empty, "the same file again changes nothing"


def test_bad_rows_are_named_all_at_once(settings: Settings, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        ["甲", "not a mail", "客服", "", "", "", "", ""],
        ["", "x@x.example", "客服", "", "", "", "", ""],
        ["乙", "y@x.example", "国王", "", "", "", "随时", ""],
        ["甲", "z@x.example", "客服", "", "", "", "", ""],
    )
    with pytest.raises(BadInput) as caught:
        plan(file, settings.people)
    lines = sorted((mistake.line or 0) for mistake in caught.value.mistakes)
    assert lines == [2, 3, 4, 4, 5]


def test_what_would_not_load_is_not_written(settings: Settings, tmp_path: Path) -> None:
    file = table(tmp_path, ["王五", "w@x.example", "客服", "别的组", "", "", "", ""])
    found = plan(file, settings.people, remove=True)
    assert changes(found) == {"王五": "new", "张三": "removed", "李四": "removed"}
    with pytest.raises(BadInput, match="team:客服"):
        write(settings.config_dir, found)
    assert (settings.config_dir / "people.toml").read_text("utf-8") == PEOPLE
