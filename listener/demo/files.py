"""The demo's files to import: customers (CSV, UTF-8) and shop reviews (CSV in GB18030, or XLSX)."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from listener.demo.mentions import CONTENT, load_content
from listener.demo.pages import ZONE

REVIEW_COLUMNS = {
    "id": "评价编号",
    "title": "门店",
    "author": "昵称",
    "rating": "星级",
    "text": "评价内容",
    "order": "订单号",
    "published_at": "评价时间",
}
"""What each column of the review file holds, and its heading: the mapping that the import needs."""


def write_customers(folder: Path) -> Path:
    """``customers.csv`` in ``folder``; its columns are those of ``content/customers.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(CONTENT / "customers.csv", folder / "customers.csv"))


def write_reviews(folder: Path, now: datetime, *, ending: str = "csv") -> Path:
    """``reviews.csv`` (GB18030, as Excel in China saves it) or ``reviews.xlsx``; times are local, without an offset."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"reviews.{ending}"
    if ending == "xlsx":
        _write_sheet(path, now)
    elif ending == "csv":
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(_rows(now))
    else:
        raise ValueError(f"{ending} is neither csv nor xlsx")
    return path


def _write_sheet(path: Path, now: datetime) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("评价")
    for row in _rows(now):
        sheet.append(row)
    book.save(path)


def _rows(now: datetime) -> Iterator[list[str]]:
    """The heading, then the reviews, newest first."""
    yield list(REVIEW_COLUMNS.values())
    for review in sorted(load_content().reviews, key=lambda review: review.age):
        at = review.published_at(now).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
        values = {
            "id": review.native_id,
            "title": review.title,
            "author": review.author,
            "rating": str(review.extra["stars"]),
            "text": review.text,
            "order": review.extra["order"],
            "published_at": at,
        }
        yield [str(values[name]) for name in REVIEW_COLUMNS]
