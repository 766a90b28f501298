"""A folder as a source: each file once, whole files only, what cannot be used set aside with the reason."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import func, select

from listener.bootstrap import Listener
from listener.errors import BadInput
from listener.loading import Environment
from listener.model import Outcome
from listener.service import duties
from listener.starter import Answers, write
from listener.store import crawls
from listener.store.tables import AlertRow, ArrivalRow, MentionRow, RawMentionRow
from tests.factories import ZONE

AT = datetime(2026, 11, 28, 10, 0, tzinfo=ZONE)
SOURCE = 'name = "exports"\nplatform = "inbox"\nstored_as = "meituan"\nsettle = "10m"\nlargest_mb = 1\nevery = "1m"\n'
GOOD = "评价编号,评价内容,用户昵称,评价时间\n1,刹车异响没人管,老王,2026-11-27 10:00\n2,服务很好,小李,2026-11-27 11:00\n"


@pytest.fixture
def listener(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    write(tmp_path, Answers(company="晨曜", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com"))
    (tmp_path / "config" / "sources" / "exports.toml").write_text(SOURCE, encoding="utf-8")
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=sqlite_url))
    made.now = lambda: AT  # type: ignore[method-assign]
    made.crawl("exports")  # makes the folder
    yield made
    made.database.close()


@pytest.fixture
def inbox(listener: Listener) -> Path:
    return listener.settings.home / "inbox" / "exports"


def drop(folder: Path, name: str, content: str | bytes, age: float = 3600) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (time.time() - age,) * 2)
    return path


def stored(listener: Listener) -> int:
    with listener.database.read() as session:
        return session.exec(select(func.count()).select_from(RawMentionRow)).one()


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_is_imported_once_and_moved(listener: Listener, inbox: Path) -> None:
    drop(inbox, "11月.csv", GOOD)
    report = listener.crawl("exports")
    assert (report.outcome, report.found, report.new) == (Outcome.OK, 2, 2)
    day = f"{AT:%Y-%m-%d}"
    assert left(inbox) == [f"done/{day}/11月.csv"]
    with listener.database.read() as session:
        row = session.exec(select(RawMentionRow)).first()
    assert row is not None
    assert (row.source, row.platform, row.site, row.origin) == ("exports", "meituan", "exports", "intake")
    drop(inbox, "11月.csv", GOOD)
    again = listener.crawl("exports")
    assert (again.outcome, again.new, "相同" in again.detail) == (Outcome.EMPTY, 0, True)
    assert left(inbox) == [f"done/{day}/11月-2.csv", f"done/{day}/11月.csv"]
    assert stored(listener) == 2


def test_the_same_rows_in_another_file_are_known(listener: Listener, inbox: Path) -> None:
    drop(inbox, "a.csv", GOOD)
    listener.crawl("exports")
    drop(inbox, "b.csv", GOOD + "3,又坏了,老张,2026-11-27 12:00\n")
    report = listener.crawl("exports")
    assert (report.found, report.new, stored(listener)) == (3, 1, 3)


def test_a_file_that_is_still_written_waits(listener: Listener, inbox: Path) -> None:
    path = drop(inbox, "big.csv", GOOD[: len(GOOD) // 2], age=0)
    drop(inbox, "copy.csv.part", GOOD)
    report = listener.crawl("exports")
    assert (report.outcome, report.detail, stored(listener)) == (Outcome.EMPTY, "2 个文件仍在写入", 0)
    assert path.exists()
    drop(inbox, "big.csv", GOOD)
    assert listener.crawl("exports").new == 2


def test_rows_that_cannot_be_used_are_told_with_their_line(listener: Listener, inbox: Path) -> None:
    drop(inbox, "mixed.csv", GOOD + "3,,空,2026-11-27 12:00\n4,坏了,老张,不知道\n")
    report = listener.crawl("exports")
    assert (report.outcome, report.new, "拒绝 2 行" in report.detail) == (Outcome.OK, 2, True)
    (rejects,) = (inbox / "rejected").rglob("*.rejects.csv")
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("行号,原因,评价编号")
    assert [line.split(",")[0] for line in lines[1:]] == ["4", "5"]
    assert "时间无法识别" in lines[2]
    assert len(list((inbox / "done").rglob("mixed.csv"))) == 1


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("photo.png", b"\x89PNG", "不认识的文件类型"),
        ("empty.csv", b"", "没有表头"),
        ("head.csv", "评价内容,评价时间\n".encode(), "没有数据行"),
        ("other.csv", "甲,乙\n1,2\n".encode(), "不知道哪一列是正文"),
        ("broken.xlsx", b"PK\x03\x04 no workbook", "broken.xlsx"),
        ("huge.csv", b"x" * 1_000_001, "大于 1 MB"),
        ("none.csv", "评价内容,评价时间\n坏了,不知道\n".encode(), "没有可用的行"),
    ],
)
def test_a_file_that_cannot_be_used_is_set_aside(
    listener: Listener, inbox: Path, name: str, content: bytes, why: str
) -> None:
    drop(inbox, "a_good.csv", GOOD)
    drop(inbox, name, content)
    report = listener.crawl("exports")
    assert (report.outcome, report.new) == (Outcome.PARSER_BROKE, 2), "the good one is imported all the same"
    assert why in report.detail
    (note,) = (inbox / "rejected").rglob(f"{name}.why.txt")
    assert why in note.read_text(encoding="utf-8")
    assert note.with_name(name).read_bytes() == content
    assert listener.crawl("exports").outcome is Outcome.EMPTY
    with listener.database.read() as session:
        kinds = [row.kind for row in session.exec(select(AlertRow).order_by(AlertRow.id))]  # type: ignore[arg-type]
    assert kinds == ["source_bad", "source_recovered"]


def test_a_workbook_with_a_mapping_of_its_own(listener: Listener, inbox: Path) -> None:
    toml = listener.settings.config_dir / "sources" / "exports.toml"
    toml.write_text(SOURCE + 'map = { text = "说明", author = "谁" }\n', encoding="utf-8")
    listener.reload()
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["谁", "说明"], ["老王", "刹车异响"]):
        book.active.append(row)
    book.save(inbox / "x.xlsx")
    os.utime(inbox / "x.xlsx", (time.time() - 3600,) * 2)
    assert listener.crawl("exports").new == 1


def test_a_kept_mapping_and_a_row_that_says_something_else_now(listener: Listener, inbox: Path) -> None:
    folder = listener.settings.config_dir / "imports"
    folder.mkdir(exist_ok=True)
    kept = 'verified = true\nplatform = "laike"\n[map]\nid = "号"\ntext = "说"\nrating = "分"\n'
    (folder / "ours.toml").write_text(kept, encoding="utf-8")
    toml = listener.settings.config_dir / "sources" / "exports.toml"
    toml.write_text(SOURCE.replace('stored_as = "meituan"', 'mapping = "ours"'), encoding="utf-8")
    listener.reload()
    drop(inbox, "a.csv", "号,说,分\n1,刹车异响,1\n")
    assert listener.crawl("exports").new == 1
    listener.process()
    drop(inbox, "b.csv", "号,说,分\n1,刹车异响,5\n")
    assert listener.crawl("exports").new == 1
    listener.process()
    with listener.database.read() as session:
        (said,) = session.exec(select(MentionRow)).all()
    assert (said.platform, said.origin, said.fields) == ("laike", "intake", {"rating": "5"})
    toml.write_text(SOURCE + 'mapping = "our"\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"没有 our.toml.*ours"):
        listener.reload()


def test_a_kill_before_the_move_costs_nothing(listener: Listener, inbox: Path) -> None:
    drop(inbox, "a.csv", GOOD)
    listener.crawl("exports")
    (moved,) = (inbox / "done").rglob("a.csv")
    moved.rename(inbox / "a.csv")
    with listener.database.write() as session:
        for row in session.exec(select(ArrivalRow)):
            session.delete(row)
    report = listener.crawl("exports")
    assert (report.outcome, report.found, report.new) == (Outcome.OK, 2, 0)


def test_links_hidden_files_and_folders_are_left_alone(listener: Listener, inbox: Path, tmp_path: Path) -> None:
    drop(tmp_path, "secret.csv", GOOD)
    (inbox / "link.csv").symlink_to(tmp_path / "secret.csv")
    drop(inbox, ".hidden.csv", GOOD)
    drop(inbox, "~$lock.xlsx", b"")
    (inbox / "more").mkdir()
    assert listener.crawl("exports").outcome is Outcome.EMPTY
    assert stored(listener) == 0


def test_a_folder_that_cannot_be_used(listener: Listener, inbox: Path) -> None:
    inbox.rmdir()
    inbox.write_text("no folder", encoding="utf-8")
    assert listener.crawl("exports").outcome is Outcome.UNREACHABLE
    with listener.database.read() as session:
        assert crawls.state_of(session, "exports").bad_since is not None


def test_the_daemon_looks_and_nothing_is_fetched(listener: Listener) -> None:
    assert "crawl:exports" in duties(listener)
    for fetch in (lambda: listener.backfill("exports", "2026-01-01"), lambda: listener.try_source("exports", [])):
        with pytest.raises(BadInput, match="等待文件或推送"):
            fetch()


def test_mistakes_in_its_keys_are_named(listener: Listener) -> None:
    toml = listener.settings.config_dir / "sources" / "exports.toml"
    for line, words in (
        ('folder = "../x"', "相对路径"),
        ('foldr = "x"', "folder"),
        ('url = "https://example.com/"', "没有地址"),
    ):
        toml.write_text(SOURCE + line + "\n", encoding="utf-8")
        with pytest.raises(BadInput, match=words):
            listener.reload()
