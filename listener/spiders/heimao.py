"""Heimao (黑猫投诉, tousu.sina.com.cn): complaints against a company, and each complaint's own page.

    /api/company/received_complaints?couid=UID&type=1&page_size=10&page=N       JSON, newest first
    /api/grp_comp/feed?type=2&page_size=10&page=N                                complaints of many together
    /complaint/view/NUMBER/                                                      one: states, answers, rating

A mention's id is the complaint's number. Its page is read where the number is new or the state has changed; what the
list says is kept where the page cannot be read. The interface may ask for a signature that its own script makes: that
is ``blocked``, and not imitated. ``cards``: the list as the search page shows it, saved as JSON by the operator.
Shapes: as public repositories read them from 2020 to 2025.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from parsel import Selector
from pydantic import model_validator

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import (
    JsonPlatform,
    Row,
    Unreadable,
    identity,
    inner,
    moment,
    names,
    record,
    refusal,
    rows_of,
    words,
)
from listener.text.dates import read_date

ON_A_PAGE = 10
KEPT = 5000

STATES = {"1": "待分配", "2": "待审核", "3": "未通过", "4": "处理中", "6": "已回复", "7": "已完成", "8": "已关闭"}
"""The words for the numbers of a list's states; one that is not known stays a number."""

_VIEW = re.compile(r"/complaint/view/(\d+)")
_SIGNATURE = re.compile(r"sign|签名|参数错误|非法请求", re.IGNORECASE)
_GONE = re.compile(r"不存在|已被?删除|已下线|已撤销|找不到")
_MARK = re.compile(r"<[^<>]{0,100}>")
_CARD_PART = re.compile(r"\[(投诉对象|投诉要求)\]([^\[]*)")
_ASKED = re.compile(r"发起(?:了)?投诉|投诉发起")
_SPACE = re.compile(r"\s+")


class Heimao(JsonPlatform):
    """``url`` is https://tousu.sina.com.cn/, with ``cards`` the address of the saved list."""

    NAME: ClassVar[str] = "heimao"
    SITE: ClassVar[str] = "tousu.sina.com.cn"
    EXPERIMENTAL: ClassVar[bool] = True
    OVERLAP: ClassVar[timedelta] = timedelta(days=1)

    class Parameters(base.Parameters):
        """``companies``: their numbers (couid); ``groups``: complaints of many together; ``cards``: a saved list."""

        companies: tuple[int, ...] = ()
        groups: bool = False
        cards: bool = False

        @model_validator(mode="after")
        def _is_something(self) -> Heimao.Parameters:
            if not (self.companies or self.groups or self.cards):
                raise ValueError(say("写明 companies = [商家编号]", "give companies = [number of the company]"))
            return self

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._states: dict[str, str] = dict(job.state.get("states") or {})

    def start(self) -> list[Fetch]:
        """The newest page of each list."""
        if self.parameters.cards:
            return [Fetch(self.job.url, "cards")]
        floor = self.floor()
        written = floor.isoformat() if floor else ""
        lists = [str(couid) for couid in self.parameters.companies] + ["groups"] * self.parameters.groups
        return [self._list(one, 1, written) for one in lists]

    def headers(self, fetch: Fetch) -> dict[str, str]:
        """The operator's cookie."""
        return {"Cookie": self.job.secret}

    def revisit(self, wanted: Revisit) -> Fetch:
        """The complaint's page."""
        return self._view(wanted.native_id, wanted.url, {})

    def next_state(self) -> dict[str, Any]:
        """The time of this crawl, and the state in which each complaint was."""
        return {**super().next_state(), "states": dict(list(self._states.items())[-KEPT:])}

    def _list(self, one: str, number: int, floor: str) -> Fetch:
        path, query = "api/company/received_complaints", {"couid": one, "type": 1}
        if one == "groups":
            path, query = "api/grp_comp/feed", {"type": 2}
        url = self.at(path, **query, page_size=ON_A_PAGE, page=number)
        return Fetch(url, "list", context={"list": one, "page": number, "floor": floor})

    def _view(self, number: str, url: str, row: dict[str, str]) -> Fetch:
        """The page of a complaint: its address may hold a token (``sld``) without which it is not shown."""
        token = urlsplit(url).query
        place = self.at(f"complaint/view/{number}/") + (f"?{token}" if token else "")
        return Fetch(place, "view", context={"number": number, "row": row})

    def read(self, page: Page) -> Parsed:
        """A list or a saved list (JSON), or one complaint (HTML)."""
        return self._read_view(page) if page.kind == "view" else super().read(page)

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A page of a list; errors come as {"result": {"status": {"code": 11, "msg": …}}}."""
        if page.kind == "cards":
            return self._read_cards(rows_of(payload))
        result = inner(record(payload), "result")
        status, found = inner(result, "status"), inner(result, "data")
        if status.get("code") not in (0, "0"):
            raise _refused(words(status, "msg") or str(dict(status)))
        key = "list" if page.context["list"] == "groups" else "complaints"
        listed = rows_of(found, key) if found.get(key) is not None else []
        rows = [inner(row, "main") or row for row in listed]
        parsed = Parsed(fields=names("main", rows))
        for whole, row in zip(listed, rows, strict=True):
            self._open(row, inner(whole, "author"), parsed)
        if len(rows) >= ON_A_PAGE and self._is_fresh(rows, page):
            one, number = str(page.context["list"]), int(page.context["page"])
            self.turn(parsed, self._list(one, number + 1, str(page.context["floor"])), one)
        return parsed

    def _open(self, row: Row, author: Row, parsed: Parsed) -> None:
        """Read the complaint where it is new or its state another."""
        url = words(row, "url")
        found = _VIEW.search(url)
        number = identity(row, "sn") or (found.group(1) if found else "")
        state = STATES.get(identity(row, "status"), identity(row, "status"))
        if not number or self._states.get(number) == state:
            return
        known = {
            "title": _MARK.sub("", words(row, "title")),
            "summary": _MARK.sub("", words(row, "summary")),
            "remedy": words(row, "appeal"),
            "product": words(row, "cotitle"),
            "problem": words(row, "issue"),
            "status": state,
            "written": identity(row, "timestamp"),
            "author": words(author, "title", "name", "nickname"),
            "author_id": identity(author, "wb_uid", "uid", "id"),
        }
        parsed.fetches.append(self._view(number, url, known))

    def _is_fresh(self, rows: list[Row], page: Page) -> bool:
        floor = moment(page.context["floor"])
        times = [self.date(row.get("timestamp")) for row in rows]
        return floor is None or any(at is None or at >= floor for at in times)

    # one complaint

    def _read_view(self, page: Page) -> Parsed:
        document, number = Selector(text=page.text, type="html"), str(page.context["number"])
        row = {key: str(value) for key, value in inner(page.context, "row").items()}
        question = document.css(".ts-d-question")
        if not question:
            said = " ".join("".join(document.css("title::text, .error, .tips ::text").getall()).split())
            if _GONE.search(said):
                return Parsed(gone=[number])
            why = say("没有找到投诉内容，页面可能已改版", "no complaint on the page; it may have been redesigned")
            return Parsed(captures=[self._from_list(number, row)] if row else [], broken=why)
        steps = [_step(step) for step in document.css(".ts-d-steplist .ts-d-item")]
        capture = self._capture(number, row, question, steps)
        self._states.pop(number, None)  # what was read last stands last: the oldest are forgotten first
        self._states[number] = row.get("status") or capture.fields.get("status", "")
        return Parsed(captures=[capture])

    def _capture(self, number: str, row: dict[str, str], question: Any, steps: list[dict[str, str]]) -> RawMention:
        facts = _facts(question)
        written = " ".join("".join(question.css(".ts-q-user .u-date::text").getall()).split())
        author = "".join(question.css(".ts-q-user .u-name::text").getall()).strip()
        asked = next((step for step in reversed(steps) if _ASKED.search(step["status"])), None)
        others = [step for step in steps if step["name"] != author and "回复" in step["status"]]
        fields = {
            "outside_number": facts.get("投诉编号", number),
            "product": facts.get("投诉对象") or row.get("product", ""),
            "problem": facts.get("投诉问题") or row.get("problem", ""),
            "remedy": facts.get("投诉要求") or row.get("remedy", ""),
            "amount": facts.get("涉诉金额", ""),
            "status": facts.get("投诉进度") or facts.get("投诉状态") or row.get("status", ""),
            "company_reply": "\n".join(step["text"] for step in reversed(others) if step["text"]),
            "rating": next((step["text"] for step in steps if "评价" in step["status"]), ""),
        }
        title = "".join(question.css("h1 ::text").getall()).strip() or row.get("title", "")
        return self.mention(
            number,
            f"https://tousu.sina.com.cn/complaint/view/{number}/",
            written=written or row.get("written", ""),
            title=title,
            content=(asked["text"] if asked else "") or row.get("summary", ""),
            author_id=row.get("author_id", ""),
            author_name=author or row.get("author", ""),
            thread_id=number,
            fields={name: value for name, value in fields.items() if value},
        )

    def _from_list(self, number: str, row: dict[str, str]) -> RawMention:
        fields = {name: row[name] for name in ("product", "problem", "remedy", "status") if row.get(name)}
        return self.mention(
            number,
            f"https://tousu.sina.com.cn/complaint/view/{number}/",
            written=row.get("written", ""),
            title=row.get("title", ""),
            content=row.get("summary", ""),
            author_id=row.get("author_id", ""),
            author_name=row.get("author", ""),
            thread_id=number,
            fields={"outside_number": number, **fields, "incomplete": "1"},
        )

    # a saved list

    def _read_cards(self, rows: list[Row]) -> Parsed:
        parsed = Parsed(fields=names("card", rows))
        for row in rows:
            found = _VIEW.search(words(row, "href", "url"))
            if found:
                parsed.captures.append(self._card(found.group(1), row))
            else:
                parsed.audit.append(say("有一条没有投诉链接", "an entry without the complaint's address"))
        return parsed

    def _card(self, number: str, row: Row) -> RawMention:
        """``title`` holds the whole text of the card: day, title, text, [投诉对象] and [投诉要求], a line each."""
        lines = [line.strip() for line in words(row, "title").splitlines() if line.strip()]
        shown = lines[0] if lines and read_date(lines[0], self.job.now, self.job.zone) else ""
        title = next((line for line in lines[bool(shown) :] if not line.startswith("[")), "")
        parts = {name: value.strip() for name, value in _CARD_PART.findall(words(row, "title"))}
        fields = {"outside_number": number, "product": parts.get("投诉对象", ""), "remedy": parts.get("投诉要求", "")}
        cut = words(row, "content").endswith(("...", "…"))
        return self.mention(
            number,
            f"https://tousu.sina.com.cn/complaint/view/{number}/",
            written=words(row, "time") or shown,
            title=title,
            content=words(row, "content"),
            author_name=words(row, "author"),
            thread_id=number,
            fields={name: value for name, value in {**fields, "incomplete": "1" if cut else ""}.items() if value},
        )


def _refused(said: str) -> Unreadable:
    if _SIGNATURE.search(said):
        why = say(f"接口要求网页脚本的签名，不作伪造：{said}", f"the interface wants its script's signature: {said}")
        return Unreadable(why, Outcome.BLOCKED)
    return refusal(said)


def _facts(question: Any) -> dict[str, str]:
    """The list below the title by its labels: number, object, problem, demand, amount, state."""
    facts = {}
    for line in question.css(".ts-q-list li"):
        label = "".join(line.css("label ::text").getall()).strip(" ：:\n\t")
        value = _SPACE.sub(" ", "".join(line.xpath(".//text()[not(ancestor::label)]").getall())).strip()
        if label and value:
            facts[label] = value
    return facts


def _step(step: Any) -> dict[str, str]:
    """Who did what and when: name, status, date, text."""
    found = {name: "".join(step.css(f".u-{name} ::text").getall()).strip() for name in ("name", "status", "date")}
    parts = [" ".join("".join(part.xpath(".//text()").getall()).split()) for part in step.css(".ts-reply p")]
    return {**found, "text": "\n".join(part for part in parts if part and part != found["status"])}
