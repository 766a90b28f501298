"""Importing mentions: the columns are found, nothing comes twice, what is broken is told and costs only itself."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.crm.importers import FIELDS as CUSTOMER_FIELDS
from listener.errors import BadInput
from listener.intake.mappings import FIELDS, checked, guess
from listener.intake.tables import BATCH, ImportCounts, count, import_mentions
from listener.model import MentionKey, Origin, RawMention
from tests.factories import NOW, ZONE

HEADINGS = ("内容", "用户名", "评价时间", "评分")


class Store:
    """Keeps captures by key, as the database does."""

    def __init__(self) -> None:
        self.kept: dict[MentionKey, RawMention] = {}
        self.batches: list[int] = []

    def save(self, batch: list[RawMention]) -> int:
        before = len(self.kept)
        self.batches.append(len(batch))
        self.kept.update({capture.key: capture for capture in batch})
        return len(self.kept) - before

    def load(self, path: Path, **mapping: str) -> ImportCounts:
        return import_mentions(
            path, mapping, source="shop", platform="review", now=NOW, zone=ZONE, on_captures=self.save
        )


@pytest.fixture
def store() -> Store:
    return Store()


def write(folder: Path, *rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> Path:
    path = folder / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def rejected(counts: ImportCounts) -> list[list[str]]:
    assert counts.reject_file is not None
    with counts.reject_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


class TestMapping:
    @pytest.mark.parametrize(
        ("headings", "wanted"),
        [
            (["内容", "用户名", "时间"], {"text": "内容", "author": "用户名", "published_at": "时间"}),
            (["Review", "User", "Date", "Stars"],
             {"text": "Review", "author": "User", "published_at": "Date", "rating": "Stars"}),
            (["评价编号", "门店", "评价内容", "评价时间", "订单号", "商家回复"],
             {"id": "评价编号", "title": "门店", "text": "评价内容", "published_at": "评价时间", "order": "订单号",
              "answer": "商家回复"}),
            (["评价", "内容"], {"text": "内容"}),
            (["label", "text"], {"text": "text"}),
            (["甲", "乙"], {}),
        ],
    )  # fmt: skip
    def test_is_guessed_from_chinese_and_english_headings(self, headings: list[str], wanted: dict[str, str]) -> None:
        assert guess(headings) == wanted

    @pytest.mark.parametrize(
        "heading", ["评价内容（必填）", "*评价内容", " 评价 内容 ", "评价内容：", "评价内容[文本]"]
    )
    def test_what_people_add_to_a_heading_does_not_count(self, heading: str) -> None:
        assert guess(["编号", heading]) == {"id": "编号", "text": heading}

    def test_a_number_of_comments_is_no_comment(self) -> None:
        headings = ["评论内容", "评论数", "评论人", "评论时间", "回复内容", "回复数"]
        assert list(guess(headings)) == ["text", "author", "published_at", "answer", "replies"]

    def test_every_word_for_a_field_leads_to_it(self) -> None:
        for name, words in FIELDS.items():
            for word in words:
                assert guess([word])[name] == word

    def test_an_unknown_column_names_the_nearest(self) -> None:
        with pytest.raises(BadInput, match=r"没有列「评价内荣」.*评价内容"):
            checked({"text": "评价内荣"}, ["编号", "评价内容"], "t.csv")

    def test_a_column_near_to_none_lists_all(self) -> None:
        with pytest.raises(BadInput, match="编号、评价内容"):
            checked({"text": "zzz"}, ["编号", "评价内容"], "t.csv")

    def test_an_unknown_field_names_the_nearest(self) -> None:
        with pytest.raises(BadInput, match="author"):
            checked({"text": "内容", "autor": "用户"}, ["内容", "用户"], "t.csv")

    def test_without_a_text_nothing_is_read(self, tmp_path: Path, store: Store) -> None:
        with pytest.raises(BadInput, match="--map text="):
            store.load(write(tmp_path, ("a", "b"), headings=("甲", "乙")))
        assert not store.kept

    def test_the_given_one_is_used_and_told(self, tmp_path: Path, store: Store) -> None:
        counts = store.load(write(tmp_path, ("甲", "王", "", "5")), text="用户名")
        assert counts.mapping == {"text": "用户名"}
        assert [capture.content for capture in store.kept.values()] == ["王"]


class TestCaptures:
    def test_every_field_arrives(self, tmp_path: Path, store: Store) -> None:
        headings = ("编号", "标题", "内容", "用户名", "用户id", "链接", "时间", "评分", "商家回复", "订单号")
        cells = ("R1", "一店", "很差", "老王", "7", "http://x.example/1", "2026-11-01 08:30", "1", "抱歉", "S1")
        store.load(write(tmp_path, cells, headings=headings))
        (found,) = store.kept.values()
        assert found.key == ("review", "shop", "R1")
        assert (found.title, found.content, found.author_name, found.author_id) == ("一店", "很差", "老王", "7")
        assert found.published_at == datetime(2026, 11, 1, 8, 30, tzinfo=ZONE)
        assert (found.origin, found.captured_at, found.url) == (Origin.IMPORT, NOW, "http://x.example/1")
        assert found.fields == {"rating": "1", "company_reply": "抱歉", "order": "S1"}

    def test_counts_are_read_as_platforms_write_them(self, tmp_path: Path, store: Store) -> None:
        headings = ("内容", "粉丝数", "点赞数", "评论数", "转发数", "阅读数", "网站")
        store.load(write(tmp_path, ("甲", "1.2万", "1,234", "999+", "-", "", "shop.example"), headings=headings))
        (found,) = store.kept.values()
        assert found.metrics == {"followers": 12000, "likes": 1234, "replies": 999}
        assert (found.site, found.source) == ("shop.example", "shop")

    @pytest.mark.parametrize(
        ("cell", "wanted"),
        [("0", 0), ("７", 7), ("3.5k", 3500), ("2亿", 200_000_000), ("1.26w+", 12600),
         ("", None), ("-1", None), ("很多", None), ("1.2.3", None), ("9" * 13, None)],
    )  # fmt: skip
    def test_a_count(self, cell: str, wanted: int | None) -> None:
        assert count(cell) == wanted

    def test_no_time_is_no_time(self, tmp_path: Path, store: Store) -> None:
        store.load(write(tmp_path, ("很差", "老王", "", "")))
        (found,) = store.kept.values()
        assert found.published_at is None
        assert found.fields == {}


class TestTwice:
    def test_rows_without_an_id_are_nothing_new_the_second_time(self, tmp_path: Path, store: Store) -> None:
        path = write(tmp_path, ("甲", "王", "", ""), ("乙", "李", "", ""))
        first, second = store.load(path), store.load(path)
        assert (first.read, first.new, first.known) == (2, 2, 0)
        assert (second.read, second.new, second.known) == (2, 0, 2)

    def test_equal_rows_are_each_somebodys_own_word(self, tmp_path: Path, store: Store) -> None:
        path = write(tmp_path, *[("好评", "匿名", "", "")] * 3)
        assert store.load(path).new == 3
        assert store.load(path).new == 0
        assert store.load(write(tmp_path, *[("好评", "匿名", "", "")] * 4)).new == 1

    @given(st.lists(st.sampled_from("甲乙丙"), max_size=8).flatmap(lambda r: st.tuples(st.just(r), st.permutations(r))))
    def test_the_order_of_rows_does_not_matter(
        self, tmp_path_factory: pytest.TempPathFactory, orders: tuple[list[str], list[str]]
    ) -> None:
        store, folder = Store(), tmp_path_factory.mktemp("rows")
        for order in orders:
            store.load(write(folder, *[(text, "", "", "") for text in order]))
        assert len(store.kept) == len(orders[0])

    def test_an_id_given_twice_with_other_content_is_told(self, tmp_path: Path, store: Store) -> None:
        path = write(tmp_path, ("1", "甲"), ("1", "乙"), ("1", "甲"), headings=("编号", "内容"))
        counts = store.load(path)
        assert (counts.new, counts.known, counts.rejected) == (1, 1, 1)
        assert rejected(counts) == [["3", "编号与第 2 行重复，内容不同", "1", "乙"]]


class TestRejects:
    def test_broken_rows_are_told_with_line_and_reason_and_the_rest_goes_in(self, tmp_path: Path, store: Store) -> None:
        path = write(
            tmp_path, ("甲", "王", "2026-11-01", "5"), ("", "李", "", "1"), ("丙", "赵", "从前", ""),
            ("丁", "钱", "", "1", "多余"), ("戊", "孙", "", ""),
        )  # fmt: skip
        counts = store.load(path)
        assert (counts.read, counts.new, counts.rejected) == (5, 2, 3)
        assert counts.reject_file == tmp_path / "reviews.csv.rejects.csv"
        assert [(row[0], row[1]) for row in rejected(counts)] == [
            ("3", "正文为空"),
            ("4", "时间无法识别：从前"),
            ("5", "有 5 格，表头只有 4 格"),
        ]
        assert rejected(counts)[1][2:] == ["丙", "赵", "从前", ""]

    def test_mended_rows_go_in_from_the_reject_file_itself(self, tmp_path: Path, store: Store) -> None:
        counts = store.load(write(tmp_path, ("丙", "赵", "从前", "")))
        assert counts.reject_file is not None
        mended = counts.reject_file.read_text(encoding="utf-8-sig").replace("赵,从前", "赵,2026-11-01")
        counts.reject_file.write_text(mended, encoding="utf-8")
        again = store.load(counts.reject_file)
        assert (again.new, again.rejected) == (1, 0)

    def test_no_file_without_rejects(self, tmp_path: Path, store: Store) -> None:
        assert store.load(write(tmp_path, ("甲", "", "", ""))).reject_file is None


def test_many_rows_go_in_batches(tmp_path: Path, store: Store) -> None:
    path = write(tmp_path, *[(f"第{n}条评价，刹车有异响", f"用户{n}", "2026-11-01 08:30", "3") for n in range(10_000)])
    assert store.load(path).new == 10_000
    assert max(store.batches) <= BATCH


@pytest.mark.parametrize("fields", [FIELDS, CUSTOMER_FIELDS])
def test_the_documentation_names_every_field_and_heading(fields: dict[str, tuple[str, ...]]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[\w]+", text))
    assert {word for name, known in fields.items() for word in (name, *known)} <= words
