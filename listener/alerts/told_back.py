"""What somebody is told back who forwarded something (「已登记 #1024」) or answered a mail with orders. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from listener.alerts.facts import MessageFacts
from listener.alerts.views import Look, View, Words, frame
from listener.alerts.wording import one_line, safe_link
from listener.model import Alert, AlertKind
from listener.text.labels import label
from listener.text.mask import mask

__all__ = ["answer_alert", "answer_lines", "answer_subject", "answer_view"]

_TITLE = 60
_BROKEN = (
    "已收到，暂时无法处理，运维可在状态中看到",
    "received; it cannot be worked through now, the operator sees it",
)
_NO_CASE = ("已收到，未立案", "received; no case was opened")


def answer_alert(number: int, about: Sequence[Mapping[str, Any]], *, in_reply_to: str, at: datetime) -> Alert:
    """The answer to arrival ``number``. Of each thing in it: title, case (or None), state, new, broken."""
    facts = {"about": [dict(each) for each in about], "in_reply_to": in_reply_to, "at": at.isoformat()}
    return Alert(
        kind=AlertKind.INTAKE_ANSWER, subject=f"arrival:{number}", reason="您转交了内容，这是登记结果", facts=facts
    )


def orders_alert(name: str, told: Sequence[tuple[int | None, str]], *, in_reply_to: str, at: datetime) -> Alert:
    """What became of the orders in one answered mail: (case, line) of each; ``name`` tells the mail from others."""
    lines = [{"case": number, "line": one_line(mask(line), 300)} for number, line in told]
    facts = {"lines": lines, "in_reply_to": in_reply_to, "at": at.isoformat()}
    return Alert(
        kind=AlertKind.ORDERS_ANSWER, subject=f"orders:{name}", reason="您回复了邮件，这是处理结果", facts=facts
    )


def answer_lines(about: Iterable[Mapping[str, Any]], language: str = "zh") -> list[str]:
    """One line for each thing that was forwarded."""
    lines = [_line(each, language) for each in about]
    nothing = (
        "未能登记：没有找到链接、分享口令、聊天记录、文字或截图",
        "nothing to register: no link, share text, chat, words or screenshot was found",
    )
    return lines or [nothing[language == "en"]]


def _line(each: Mapping[str, Any], language: str) -> str:
    english = language == "en"
    title = one_line(mask(str(each.get("title", ""))), _TITLE)
    state = label(str(each.get("state", "")), language) if each.get("state") else ""
    number = each.get("case")
    if number is None:
        said = _BROKEN if each.get("broken") else _NO_CASE
    elif each.get("new"):
        said = (f"已登记 #{number:04d}", f"registered as #{number:04d}")
    else:
        said = (f"已有工单 #{number:04d}", f"is case #{number:04d} already")
    more = " · ".join(part for part in (state, title) if part)
    if not more:
        return said[english]
    return f"{said[1]} ({more})" if english else f"{said[0]}（{more}）"


def answer_subject(facts: Mapping[str, Any], language: str = "zh") -> str:
    """All that was forwarded on one line."""
    return _subject(answer_lines(facts.get("about") or (), language), language)


def orders_subject(facts: Mapping[str, Any], language: str = "zh") -> str:
    """All that became of an answered mail's orders on one line."""
    return _subject([str(each["line"]) for each in facts.get("lines") or ()], language)


def _subject(lines: Sequence[str], language: str) -> str:
    more = f" +{len(lines) - 2}" if len(lines) > 2 else ""
    return ("; " if language == "en" else "；").join(lines[:2]) + more


def answer_view(facts: MessageFacts, look: Look) -> View:
    """The answer as its template shows it."""
    words = Words(facts, look)
    given: Any = facts.alerts[-1].facts.get("about")
    about = [dict(each) for each in given] if isinstance(given, list) else []
    rows = [
        {"line": line, "link": safe_link(look.case_link(int(each["case"]))) if each.get("case") is not None else ""}
        for each, line in zip(about, answer_lines(about, words.language), strict=False)
    ]
    return frame(facts, words, answer_subject({"about": about}, words.language), None) | {
        "rows": rows or [{"line": answer_lines(about, words.language)[0], "link": ""}],
        "hint": words.say(
            "转交的内容先列为“待核实”，核实后进入处理；同事再次转交同一内容时，会得到同一工单号。",
            "What is forwarded is to be verified first; who forwards it again gets the same number.",
        ),
    }


def orders_view(facts: MessageFacts, look: Look) -> View:
    """What was done and what was refused, of each case that the answered mail named."""
    words = Words(facts, look)
    told: Mapping[str, Any] = facts.alerts[-1].facts

    def link(number: Any) -> str:
        return safe_link(look.case_link(int(number))) if number is not None else ""

    return frame(facts, words, orders_subject(told, words.language), None) | {
        "rows": [{"line": str(each["line"]), "link": link(each.get("case"))} for each in told["lines"]],
        "hint": words.say(
            "没有办成的，请按提示再回复一次，或在工单页面处理。",
            "What was refused: answer once more as it says, or act on the case's page.",
        ),
    }
