"""Customers from a table to the database, on both kinds: idempotent, complete, in few statements, nothing in plain."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import SQLModel, col, func, select

from listener.crm.importers import CustomerCounts, import_customers
from listener.customers.match import Candidate
from listener.errors import BadInput
from listener.model import IdentityKey, Party
from listener.store import customers
from listener.store.engine import Database
from listener.store.tables import CustomerRow, IdentityRow
from listener.store.vault import Vault
from tests.factories import NOW, ZONE

HEADINGS = (
    "客户编号",
    "姓名",
    "手机号",
    "邮箱",
    "平台账号",
    "订单号",
    "车架号",
    "车牌号",
    "累计消费",
    "购买日期",
    "客户类型",
)
CHEN = ("K1", "陈思远", "13800138001", "chen@example.com", "discuz:7", "SY-2610-330187", "L0YBA5C23SH439563",
        "浙A·D10236", "¥259,800", "2025-11-02", "")  # fmt: skip
SHEN = ("K2", "沈佳宜", "13800138002；13800138003", "", "", "", "", "", "", "", "经销商")


@pytest.fixture
def vault() -> Vault:
    return Vault("ab" * 32, ["a" * 43 + "="])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "customers.csv", CHEN, SHEN)


def write(path: Path, *rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def changed(row: Sequence[str], **cells: str) -> tuple[str, ...]:
    return tuple(cells.get(heading, cell) for heading, cell in zip(HEADINGS, row, strict=True))


def load(database: Database, vault: Vault, table: Path, dry_run: bool = False, **mapping: str) -> CustomerCounts:
    return import_customers(database, vault, table, mapping, now=NOW, zone=ZONE, dry_run=dry_run)


def count(database: Database, table: type[SQLModel]) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def holders(database: Database, vault: Vault, kind: str, value: str) -> list[Candidate]:
    key = IdentityKey(kind, vault.digest(kind, value))
    with database.read() as session:
        return customers.identities(session, [key]).get(key, [])


def stored(database: Database, external_id: str) -> CustomerRow:
    with database.read() as session:
        return session.exec(select(CustomerRow).where(col(CustomerRow.external_id) == external_id)).one()


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def numbers(counts: CustomerCounts) -> tuple[int, int, int, int, int]:
    return counts.read, counts.new, counts.changed, counts.known, counts.rejected


def test_twice_is_nothing_new_and_nothing_changed(database: Database, vault: Vault, table: Path) -> None:
    assert numbers(load(database, vault, table)) == (2, 2, 0, 0, 0)
    before = count(database, IdentityRow)
    assert numbers(load(database, vault, table)) == (2, 0, 0, 2, 0)
    assert (count(database, CustomerRow), count(database, IdentityRow)) == (2, before)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "+8613800138001"),
        ("email", "chen@example.com"),
        ("account", "discuz:7"),
        ("order", "SY2610330187"),
        ("plate", "浙AD10236"),
    ],
)
def test_each_identifier_is_found_by_its_normal_form(
    database: Database, vault: Vault, table: Path, kind: str, value: str
) -> None:
    load(database, vault, table)
    assert [found.party for found in holders(database, vault, kind, value)] == [Party.CONSUMER]


def test_columns_are_read(database: Database, vault: Vault, table: Path) -> None:
    load(database, vault, table)
    chen, shen = stored(database, "K1"), stored(database, "K2")
    assert (chen.value, chen.party, shen.party) == (259800, "consumer", "dealer")
    assert chen.since is not None and chen.since.astimezone(ZONE).date().isoformat() == "2025-11-02"
    assert len(holders(database, vault, "phone", "+8613800138003")) == 1


def test_a_changed_phone_takes_the_place_of_the_old_one(
    database: Database, vault: Vault, table: Path, tmp_path: Path
) -> None:
    load(database, vault, table)
    number = stored(database, "K1").id
    write(table, changed(CHEN, 手机号="13900139000"), SHEN)
    assert numbers(load(database, vault, table)) == (2, 0, 1, 1, 0)
    assert [c.customer_id for c in holders(database, vault, "phone", "+8613900139000")] == [number]
    assert holders(database, vault, "phone", "+8613800138001") == []
    assert len(holders(database, vault, "email", "chen@example.com")) == 1
    assert "13900139000" in vault.decrypt(stored(database, "K1").cipher)


def test_an_emptied_cell_takes_its_identifiers_with_it(database: Database, vault: Vault, table: Path) -> None:
    load(database, vault, table)
    write(table, CHEN, changed(SHEN, 手机号=""))
    load(database, vault, table)
    assert holders(database, vault, "phone", "+8613800138002") == []
    assert len(holders(database, vault, "phone", "+8613800138001")) == 1


def test_a_kept_identifier_keeps_its_provenance(database: Database, vault: Vault, table: Path, tmp_path: Path) -> None:
    load(database, vault, table)
    load(database, vault, write(tmp_path / "later.csv", changed(CHEN, 手机号="13900139000")))
    with database.read() as session:
        rows = session.exec(select(IdentityRow.kind, IdentityRow.provenance)).all()
    assert ("email", "customers.csv") in rows and ("phone", "later.csv") in rows


def test_what_the_table_has_no_column_for_stays(database: Database, vault: Vault, table: Path, tmp_path: Path) -> None:
    load(database, vault, table)
    partial = tmp_path / "values.csv"
    partial.write_text("客户编号,累计消费\nK1,500\nK2,1\nK9,7\n", encoding="utf-8")
    assert numbers(load(database, vault, partial)) == (3, 1, 2, 0, 0)
    assert len(holders(database, vault, "phone", "+8613800138001")) == 1
    assert "陈思远" in vault.decrypt(stored(database, "K1").cipher)
    assert (stored(database, "K1").value, stored(database, "K2").party) == (500, "dealer")
    assert stored(database, "K1").since is not None
    assert stored(database, "K9").party == "consumer"
    assert numbers(load(database, vault, partial)) == (3, 0, 0, 3, 0)


def test_what_people_add_to_a_heading_does_not_count(database: Database, vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("*客户编号,手机号（必填）\nK7,13800138007\n", encoding="utf-8")
    assert numbers(load(database, vault, path)) == (1, 1, 0, 0, 0)
    assert len(holders(database, vault, "phone", "+8613800138007")) == 1


def test_who_is_not_in_the_table_stays(database: Database, vault: Vault, table: Path) -> None:
    load(database, vault, table)
    load(database, vault, write(table, SHEN))
    assert count(database, CustomerRow) == 2


def test_a_segment_survives_an_update(database: Database, vault: Vault, table: Path) -> None:
    load(database, vault, table)
    with database.write() as session:
        session.exec(select(CustomerRow).where(col(CustomerRow.external_id) == "K1")).one().segment = "vip"
    load(database, vault, write(table, changed(CHEN, 手机号="13900139000")))
    assert stored(database, "K1").segment == "vip"


def test_a_dry_run_counts_and_writes_nothing(database: Database, vault: Vault, table: Path) -> None:
    write(table, CHEN, changed(SHEN, 手机号="12"))
    assert numbers(load(database, vault, table, dry_run=True)) == (2, 1, 0, 0, 1)
    assert (count(database, CustomerRow), count(database, IdentityRow)) == (0, 0)
    assert [path.name for path in table.parent.glob("*.csv")] == ["customers.csv"]


def test_a_dry_run_shows_what_would_change_masked(database: Database, vault: Vault, table: Path) -> None:
    load(database, vault, table)
    write(table, changed(CHEN, 手机号="13900139000", 姓名="陈思明", 累计消费="1"), SHEN, changed(SHEN, 客户编号="K3"))
    remarks = load(database, vault, table, dry_run=True).remarks
    assert remarks[:2] == [
        "更新 K1: 姓名 陈** → 陈**；手机号 138****8001 → 139****9000；消费金额 259800.0 → 1.0",
        "新增 K3",
    ]
    assert numbers(load(database, vault, table, dry_run=True)) == (3, 1, 1, 1, 0)


def test_many_remarks_are_counted_and_not_all_shown(database: Database, vault: Vault, tmp_path: Path) -> None:
    same = [changed(SHEN, 客户编号=f"S{n}", 手机号="13800138002") for n in range(100)]
    remarks = load(database, vault, write(tmp_path / "same.csv", *same)).remarks
    assert len(remarks) == 51
    assert remarks[-1] == "另有 49 条同类提示"


@pytest.mark.parametrize("cell", ["discuz:77", "Discuz：77", " DISCUZ : 77 "])
def test_an_account_is_found_however_it_is_written(database: Database, vault: Vault, table: Path, cell: str) -> None:
    load(database, vault, write(table, changed(CHEN, 平台账号=cell)))
    assert len(holders(database, vault, "account", "discuz:77")) == 1


def test_statements_do_not_grow_with_the_rows(database: Database, vault: Vault, tmp_path: Path) -> None:
    def statements(name: str, rows: int) -> int:
        many = [changed(CHEN, 客户编号=f"{name}{n}", 订单号=f"{name}{n:08}") for n in range(rows)]
        path = write(tmp_path / f"{name}.csv", *many)
        with counting(database) as seen:
            load(database, vault, path)
        return len(seen)

    assert statements("A", 2) == statements("B", 200)


@pytest.mark.parametrize(
    ("heading", "cell", "why"),
    [
        ("客户编号", "", "没有客户编号"),
        ("手机号", "123", "手机号无效"),
        ("手机号", "1.38E+10", "科学计数法"),
        ("平台账号", "老王", "平台:账号"),
        ("客户类型", "朋友", "客户类型无效：朋友"),
        ("累计消费", "很多", "金额不是数字"),
        ("累计消费", "nan", "金额不是数字"),
        ("购买日期", "从前", "时间无法识别：从前"),
        ("客户编号", "K2", "与第 2 行重复"),
    ],
)
def test_a_broken_row_is_told_and_the_rest_goes_in(
    database: Database, vault: Vault, table: Path, heading: str, cell: str, why: str
) -> None:
    write(table, SHEN, changed(CHEN, **{heading: cell}))
    counts = load(database, vault, table)
    assert numbers(counts) == (2, 1, 0, 0, 1)
    assert counts.reject_file is not None
    with counts.reject_file.open(encoding="utf-8-sig", newline="") as file:
        _, rejected = csv.reader(file)
    assert rejected[0] == "3"
    assert why in rejected[1]
    assert "陈思远" in rejected
    assert counts.reject_file.stat().st_mode & 0o077 == 0


def test_remarks_name_shared_and_unreadable_identifiers_without_showing_them(
    database: Database, vault: Vault, table: Path
) -> None:
    counts = load(database, vault, write(table, CHEN, changed(SHEN, 手机号="13800138001", 车架号="L0YBA5C24SH439563")))
    assert counts.remarks == ["第 3 行：车架号无法识别，已忽略", "第 3 行：K2 与 K1 的手机号相同"]
    assert len(holders(database, vault, "phone", "+8613800138001")) == 2


def test_an_unknown_field_or_column_names_the_nearest(database: Database, vault: Vault, table: Path) -> None:
    with pytest.raises(BadInput, match="phone"):
        load(database, vault, table, phon="手机号")
    with pytest.raises(BadInput, match="手机号"):
        load(database, vault, table, phone="手机号码")
    write(table, ("x",), headings=("哪一列",))
    with pytest.raises(BadInput, match="external_id"):
        load(database, vault, table)


def test_no_personal_value_lies_in_plain_in_the_file(sqlite_url: str, vault: Vault, table: Path) -> None:
    database = Database(sqlite_url)
    load(database, vault, table)
    database.close()
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    found = b"".join(path.read_bytes() for path in folder.iterdir() if path.name.startswith("listener.db"))
    assert b"K1" in found
    for personal in ("陈思远", "13800138001", "chen@example.com", "2610330187", "2610-330187", "D10236", "discuz:7"):
        assert personal.encode() not in found, personal
