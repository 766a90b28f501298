"""Names that tell nobody from anybody."""

from __future__ import annotations

import pytest

from listener.text.clean import clean
from listener.text.nobody import author_of, names_nobody
from tests.factories import raw

NOBODY = """匿名 匿名用户 匿名网友 热心网友 热心市民 网友 游客 微信用户 淘宝匿名买家 匿名车主 京东用户 大众点评网友
某用户 用户已注销 该账号已注销 已注销用户 佚名
不愿透露姓名 j***8 李** 王* 138****1234 王女士 欧阳先生 张师傅 anonymous Anonymous guest [deleted] -
＊＊＊ 来电市民 诉求人** N/A"""
SOMEBODY = """王建国 大鹏展翅 用户7384927492
手机用户23871 老张说车 车主之家小李 新新人类 朔岳车主群主
网友小王 guest_8812 anonymous_fox user123
微博小秘书 柚子女士爱吃糖 Null_Pointer 群众演员阿强 K歌之王"""


@pytest.mark.parametrize("name", [*NOBODY.split(), "Anonymous User", "A Google User", "anonymous coward"])
def test_a_name_that_many_share(name: str) -> None:
    assert names_nobody(name)
    assert names_nobody(f" {name}　")


@pytest.mark.parametrize("name", SOMEBODY.split())
def test_a_name_of_ones_own(name: str) -> None:
    assert not names_nobody(name)


@pytest.mark.parametrize("account", ["0", "-1", "null"])
def test_no_account_is_no_account(account: str) -> None:
    found = clean(raw(author_id=account, author_name="匿名用户"), 1)
    assert (found.author_id, found.author_name) == ("", "匿名用户")


@pytest.mark.parametrize(
    ("account", "name", "author"),
    [("", "匿名用户", ""), ("u81", "微信用户", "u81"), ("", "大鹏展翅", "大鹏展翅"), ("7", "", "7"), ("", "", "")],
)
def test_by_what_an_author_is_told(account: str, name: str, author: str) -> None:
    assert author_of(account, name) == author
