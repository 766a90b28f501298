"""Which column of a table of mentions holds what: guessed from the headings, or kept in ``config/imports``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from listener.errors import BadInput, Mistake
from listener.files.headings import plain_heading
from listener.files.toml_files import did_you_mean, nearest, parse, validate
from listener.language import say
from listener.settings import Strict

__all__ = [
    "FIELDS",
    "FOLDER",
    "ImportMapping",
    "checked",
    "guess",
    "load_mappings",
    "resolved",
    "save_mapping",
    "text_of",
]

FOLDER = "imports"
"""The folder below config/ that holds the mappings."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": (
        "内容", "评价内容", "评论内容", "投诉内容", "反馈内容", "诉求内容", "问题描述", "投诉详情", "投诉正文",
        "评价正文", "来电内容", "留言内容", "正文", "评论", "评价", "诉求", "review", "comment", "content", "text",
    ),
    "title": (
        "标题", "主题", "投诉标题", "诉求标题", "工单标题", "门店", "门店名称", "店铺", "店铺名称", "商品", "商品名称",
        "title", "shop", "product",
    ),
    "author": (
        "用户名", "用户", "用户昵称", "昵称", "作者", "发布者", "评论人", "评价人", "买家昵称", "顾客昵称", "投诉人",
        "消费者", "诉求人", "来电人", "author", "user", "username", "nickname",
    ),
    "author_id": ("用户id", "用户编号", "作者id", "author_id", "user_id", "uid"),
    "id": ("编号", "评价编号", "评价id", "评论id", "评论编号", "id"),
    "outside_number": (
        "投诉编号", "投诉单号", "工单编号", "工单号", "登记编号", "受理编号", "诉求编号", "举报编号", "outside_number",
    ),
    "outside_by": (
        "办理时限", "办结时限", "答复时限", "答复期限", "处理时限", "反馈时限", "截止时间", "截止日期", "办理截止时间",
        "应办结时间", "要求办结时间", "到期时间", "outside_by", "deadline",
    ),
    "url": ("链接", "地址", "网址", "原文链接", "url", "link"),
    "published_at": (
        "时间", "发布时间", "评价时间", "评论时间", "投诉时间", "来电时间", "登记时间", "受理时间", "诉求时间",
        "提交时间", "创建时间", "日期", "date", "time", "published_at", "created_at",
    ),
    "platform": ("平台", "platform"),
    "site": ("站点", "网站", "site"),
    "rating": ("评分", "星级", "打分", "总评分", "评价星级", "综合评分", "rating", "stars", "score"),
    "status": ("状态", "处理状态", "投诉状态", "工单状态", "办理状态", "回复状态", "status"),
    "answer": (
        "商家回复", "商家回复内容", "回复", "回复内容", "企业回复", "商户回复", "处理结果", "办理结果", "答复内容",
        "answer", "reply",
    ),
    "order": ("订单号", "订单编号", "订单id", "order"),
    "phone": ("联系电话", "手机号", "手机号码", "手机", "电话", "来电号码", "联系方式", "phone", "mobile"),
    "name": ("姓名", "真实姓名", "客户姓名", "车主姓名", "投诉人姓名", "name"),
    "email": ("邮箱", "电子邮箱", "email"),
    "vin": ("车架号", "vin"),
    "plate": ("车牌号", "车牌", "plate"),
    "region": ("地区", "城市", "所在城市", "所在地", "归属地", "ip属地", "region", "city"),
    "model": ("车型", "产品型号", "型号", "model"),
    "dealer": ("经销商", "经销商名称", "dealer"),
    "followers": ("粉丝数", "粉丝", "followers"),
    "likes": ("点赞数", "点赞", "likes"),
    "replies": ("评论数", "回复数", "replies"),
    "reposts": ("转发数", "转发", "reposts"),
    "views": ("阅读数", "浏览量", "views"),
}  # fmt: skip
"""What a column may hold, and the headings by which it is recognised."""


class ImportMapping(Strict):
    """One ``imports/NAME.toml``: how a back end's export is read.

    ``map`` gives each field its column, or several of which the first that the file has counts. With ``guess`` further
    fields are found by their headings. ``source``, ``platform`` and ``site`` stand in front of the command's own.
    ``verified``: somebody held it against a real export.
    """

    title: str = ""
    verified: bool = False
    source: str = ""
    platform: str = ""
    site: str = ""
    sheet: str = ""
    guess: bool = False
    map: dict[str, str | list[str]] = Field(default_factory=dict)


def guess(headings: Sequence[str]) -> dict[str, str]:
    """Field to heading, by the words in the headings; case, blanks, stars and what stands in brackets do not count."""
    found: dict[str, str] = {}
    folded: dict[str, str] = {}
    for heading in headings:
        folded.setdefault(plain_heading(heading), heading)
        folded.setdefault(plain_heading(heading.rpartition("/")[2]), heading)  # 「评价/内容」 of two rows of headings
    for name, words in FIELDS.items():
        hits = (folded[word] for word in map(plain_heading, words) if word in folded)
        hit = next((heading for heading in hits if heading not in found.values()), None)
        if hit is not None:
            found[name] = hit
    return found


def checked(mapping: Mapping[str, str], headings: Sequence[str], file: str) -> dict[str, str]:
    """The mapping where every field and column exists; ``BadInput`` naming the nearest where not."""
    for name, column in mapping.items():
        if name not in FIELDS:
            near = nearest(name, FIELDS)
            raise BadInput(
                Mistake("--map", say(f"没有字段 {name}", f"no field {name}"), did_you_mean(near) if near else "")
            )
        if column not in headings:
            near = nearest(column, headings)
            mend = did_you_mean(near) if near else say("现有的列：", "columns: ") + "、".join(headings)
            raise BadInput(Mistake(file, say(f"没有列「{column}」", f"has no column {column}"), mend, f"--map {name}"))
    if "text" not in mapping:
        what = say("不知道哪一列是正文", "no column for the text")
        columns = say("现有的列：", "columns: ") + "、".join(headings)
        raise BadInput(Mistake(file, what, "--map text=" + (headings[0] if headings else "…") + f"（{columns}）"))
    return dict(mapping)


def resolved(kept: ImportMapping, headings: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Field to column as a kept mapping gives it for this file, and the fields whose columns the file has not."""
    found: dict[str, str] = {}
    missing = []
    for name, columns in kept.map.items():
        wanted = [columns] if isinstance(columns, str) else columns
        hit = next((column for column in wanted if column in headings), None)
        if hit is None:
            missing.append(name)
        else:
            found[name] = hit
    if kept.guess:
        taken = set(found.values())
        found |= {n: c for n, c in guess(headings).items() if n not in found and c not in taken}
    return found, [name for name in missing if name not in found]


def load_mappings(folder: Path) -> tuple[dict[str, ImportMapping], list[Mistake]]:
    """The mappings of ``config/imports`` by name, and every mistake in them."""
    found: dict[str, ImportMapping] = {}
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            table, text = parse(path)
            found[path.stem] = validate(ImportMapping, table, path, text)
        except BadInput as error:
            mistakes.extend(error.mistakes)
            continue
        mistakes += _wrong_fields(path, found[path.stem].map)
    return found, mistakes


def _wrong_fields(path: Path, fields: Iterable[str]) -> list[Mistake]:
    return [
        Mistake(str(path), say(f"没有字段 {name}", f"no field {name}"), did_you_mean(near), f"map.{name}")
        for name in fields
        if name not in FIELDS
        for near in (nearest(name, FIELDS) or "text",)
    ]


def save_mapping(folder: Path, name: str, mapping: ImportMapping) -> Path:
    """Write ``NAME.toml``; ``BadInput`` where one of that name says something else: nothing is overwritten."""
    if not re.fullmatch(r"\w[\w.-]{0,63}", name):
        what = say(f"「{name}」不能作为名称", f"{name} is no name")
        raise BadInput(Mistake("--save", what, say("由文字、数字、-、_ 组成", "letters, digits, - and _")))
    path = folder / f"{name}.toml"
    text = text_of(mapping)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        what = say("已经存在，不会覆盖", "is there already and is not overwritten")
        raise BadInput(
            Mistake(str(path), what, say("换一个名称，或先移走它", "take another name, or move it away"), "--save")
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def text_of(mapping: ImportMapping) -> str:
    """The mapping as TOML with what its keys mean."""
    quoted = {name: json.dumps(column, ensure_ascii=False) for name, column in mapping.map.items()}
    lines = "\n".join(f"{name} = {column}" for name, column in quoted.items())
    words = {
        name: json.dumps(getattr(mapping, name), ensure_ascii=False) for name in ("source", "platform", "site", "sheet")
    }
    return f"""# 导入表格的列对应：listener import mentions 文件 --mapping 本文件名
verified = {str(mapping.verified).lower()}                 # 用真实导出核对过
source = {words["source"]}               # 记作哪个来源
platform = {words["platform"]}             # 平台；同一平台、站点、编号的再次导入是更新
site = {words["site"]}                     # 站点；留空与来源相同
sheet = {words["sheet"]}                    # 工作表；留空自动选择
guess = {str(mapping.guess).lower()}                   # 其余字段按表头猜测

[map]                            # 字段 = 列名，或几个候选列名
{lines}
"""
