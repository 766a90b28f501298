"""12365auto.com (车质网): the public list of car complaints, and each complaint's own page.

    /zlts/BRAND-SERIES-MODEL-0-0-0_0-0-0-0-0-0-0-PAGE.shtml    newest number first; 0 stands for all
    /zlts/20261120/1501282.shtml                                one, with the maker's answer

A row has eight cells: number, brand, series, model, summary (a link), usual problems, day, state. A mention's id is its
number. A complaint is read where its number is new or its state has changed, so an answer is found where the list still
shows it. Only pages that the paging bar names are followed. Shapes: as public repositories read them from 2019 to 2025.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urljoin

from parsel import Selector
from pydantic import Field

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import JsonPlatform, inner, moment
from listener.text.dates import read_date

KEPT = 5000
CELLS = 8
_NUMBER = re.compile(r"\d{4,}")
_PLACE = re.compile(r"/zlts/(\d{8})/(\d+)\.shtml")
_PAGE = re.compile(r"-(\d+)\.shtml$")
_GONE = re.compile(r"不存在|已被?删除|页面找不到|404")
_SPACE = re.compile(r"\s+")
_COLON = re.compile(r"[:：]")


class Auto12365(JsonPlatform):
    """``url`` is https://www.12365auto.com/."""

    NAME: ClassVar[str] = "12365auto"
    SITE: ClassVar[str] = "12365auto.com"
    EXPERIMENTAL: ClassVar[bool] = True
    OVERLAP: ClassVar[timedelta] = timedelta(days=3)  # the list shows days only, and complaints are checked before

    class Parameters(base.Parameters):
        """``brands``, ``series``: the numbers in the addresses of its lists; none of both for all cars."""

        brands: tuple[int, ...] = ()
        series: tuple[int, ...] = Field(default=())

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._states: dict[str, str] = dict(job.state.get("states") or {})

    def start(self) -> list[Fetch]:
        """The newest page of each list."""
        lists = [f"{brand}-0" for brand in self.parameters.brands] + [f"0-{one}" for one in self.parameters.series]
        floor = self.floor()
        return [self._list(one, 1, floor.isoformat() if floor else "") for one in lists or ["0-0"]]

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The complaint's page, where its address is known."""
        if not _PLACE.search(wanted.url):
            return None
        return Fetch(wanted.url, "one", context={"number": wanted.native_id, "row": {}})

    def next_state(self) -> dict[str, Any]:
        """The time of this crawl, and the state in which each complaint was."""
        return {**super().next_state(), "states": dict(list(self._states.items())[-KEPT:])}

    def _list(self, one: str, number: int, floor: str) -> Fetch:
        url = self.at(f"zlts/{one}-0-0-0-0_0-0-0-0-0-0-0-{number}.shtml")
        return Fetch(url, "list", context={"list": one, "page": number, "floor": floor})

    def read(self, page: Page) -> Parsed:
        """A list, or one complaint."""
        document = Selector(text=page.text, type="html")
        return self._read_list(page, document) if page.kind == "list" else self._read_one(page, document)

    def _read_list(self, page: Page, document: Selector) -> Parsed:
        table = document.css("div.tslb_b")
        rows = [cells for row in table.css("tr") if (cells := row.css("td")) and len(cells) >= CELLS]
        if not table or (table.css("td") and not rows):
            why = say("没有找到投诉列表，页面可能已改版", "no list of complaints; the page may have been redesigned")
            return Parsed(broken=why)
        parsed = Parsed()
        known = [row for cells in rows if (row := _row(cells))]
        for row in known:
            self._open(row, page, parsed)
        if len(known) < len(rows):
            parsed.audit.append(say(f"{len(rows) - len(known)} 行没有编号或链接", "rows without a number or a link"))
        following = int(page.context["page"]) + 1
        if self._is_fresh(known, page) and following in _named(document):
            one = str(page.context["list"])
            self.turn(parsed, self._list(one, following, str(page.context["floor"])), one)
        return parsed

    def _open(self, row: dict[str, str], page: Page, parsed: Parsed) -> None:
        """Read the complaint where it is new or its state another."""
        number, state = row["number"], row["status"]
        if self._states.get(number) != state:
            context = {"number": number, "row": row}
            parsed.fetches.append(Fetch(urljoin(page.url, row["href"]), "one", context=context))

    def _is_fresh(self, rows: list[dict[str, str]], page: Page) -> bool:
        floor = moment(page.context["floor"])
        days = [read_date(row["day"], self.job.now, self.job.zone) for row in rows]
        return bool(rows) and (floor is None or any(day is None or day + timedelta(days=1) >= floor for day in days))

    def _read_one(self, page: Page, document: Selector) -> Parsed:
        row, number = {**inner(page.context, "row")}, str(page.context["number"])
        text = _text(document.css("div.tsnr"))
        title = " ".join("".join(document.css("title::text").getall()).split())
        if not text and _GONE.search(title):
            return Parsed(gone=[number])
        stated = _stated(document)
        parsed = Parsed(captures=[self._capture(page, number, row, stated, text, document)] if text or row else [])
        if text:
            self._states.pop(number, None)  # what was read last stands last: the oldest are forgotten first
            self._states[number] = row.get("status", "")
        else:  # the row of the list is kept at least
            parsed.broken = say("没有找到投诉正文，页面可能已改版", "no text of the complaint; it may be redesigned")
        return parsed

    def _capture(
        self, page: Page, number: str, row: dict[str, str], stated: dict[str, str], text: str, document: Selector
    ) -> RawMention:
        product = row.get("product") or " ".join(filter(None, (stated.get(key) for key in ("品牌", "车系", "车型"))))
        answer = _text(document.css("div.tshf"))
        day = stated.get("投诉时间") or row.get("day", "")
        summary = "".join(document.css("div.tsnr h1::text, div.tsnr h2::text, h1::text").getall()).strip()
        fields = {
            "outside_number": number,
            "product": product,
            "status": row.get("status") or stated.get("投诉状态", "") or stated.get("状态", ""),
            "company_reply": answer,
            "problem": row.get("problem") or stated.get("典型问题", ""),
            "remedy": stated.get("诉求", "") or stated.get("投诉诉求", ""),
            "dealer": stated.get("经销商", ""),
        }
        return self.mention(
            number,
            page.url,
            written=day,
            title=summary or row.get("summary", ""),
            content=text,
            thread_id=number,
            fields={name: value for name, value in fields.items() if value},
        )


def _row(cells: Any) -> dict[str, str]:
    """The eight cells of a row by their names; empty where it has no number or no link to the complaint."""
    number, brand, series, model, _, problem, day, status = (_text(cell) for cell in cells[:CELLS])
    link = cells[4].css("a")
    href = link.css("::attr(href)").get("")
    if not _NUMBER.fullmatch(number) or not _PLACE.search(href.replace("../", "/")):
        return {}
    summary = link.css("::attr(title)").get("").strip() or _text(cells[4])
    product = " ".join(filter(None, (brand, series, model)))
    names = ("number", "product", "summary", "href", "problem", "day", "status")
    return dict(zip(names, (number, product, summary, href, problem, day, status), strict=True))


def _named(document: Selector) -> set[int]:
    """The numbers of the pages that the paging bar names."""
    found = (_PAGE.search(href) for href in document.css("div.p_page a::attr(href)").getall())
    return {int(one.group(1)) for one in found if one}


def _stated(document: Selector) -> dict[str, str]:
    """What the list of facts on a complaint's page says, by its labels."""
    facts = {}
    for line in document.css("div.jbqk li"):
        label, *value = _COLON.split(_text(line), maxsplit=1)
        if value and value[0].strip():
            facts[label.strip()] = value[0].strip()
    return facts


def _text(node: Any) -> str:
    return _SPACE.sub(" ", " ".join(node.xpath(".//text()[not(parent::script or parent::style)]").getall())).strip()
