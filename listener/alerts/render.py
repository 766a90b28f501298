"""What a message says: facts in, subject, text and HTML out. Pure; what comes from a mention is never trusted.

    MessageFacts ─view (words, masked, cut)─▶ Jinja2 template (autoescape) ─css-inline─▶ Rendered

The templates are in ``templates/``; files of the same name in the operator's folder replace them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    TemplateError,
    select_autoescape,
)

from listener.alerts.bundles import digest_view, morning_view, source_view, summary_view
from listener.alerts.facts import MessageFacts
from listener.alerts.notices import burst_view, operations_view
from listener.alerts.told_back import answer_view, orders_view
from listener.alerts.views import View, case_view
from listener.alerts.wording import one_line
from listener.language import say
from listener.model import AlertKind
from listener.replies import DEFAULT, Reply

__all__ = ["SUBJECT", "Look", "Rendered", "kind_of", "render"]

log = logging.getLogger(__name__)

SUBJECT = 120
"""Characters of a subject: RFC 5322 allows 998 bytes in a line, a phone shows about 40 characters."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words: a subject on one line, plain text, and HTML with inline style."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How messages look here.

    ``problem_name(code, language)`` words a problem code; ``case_link(number)`` is the address of a case's page,
    ``action_link(number, action)`` what its button opens, "" where there is none; ``reply_for(problem)`` is what may be
    answered; ``invitation(number, language)`` the private message by which the unknown author of a case may say who
    they are. ``source_title(name)`` is what people call a source.
    """

    company: str
    zone: ZoneInfo
    now: datetime
    case_link: Callable[[int], str] = lambda number: ""
    action_link: Callable[[int, str], str] = lambda number, action: ""
    reply_for: Callable[[str], Reply] = lambda problem: DEFAULT
    contact: str = ""
    templates: Path | None = None
    problem_name: Callable[[str, str], str] = lambda code, language: code
    invitation: Callable[[int, str], str] = lambda number, language: ""
    source_title: Callable[[str], str] = lambda name: name


def kind_of(facts: MessageFacts) -> str:
    """Which template says it: ``case``, ``digest``, ``source``, or that of the alert's own kind."""
    if facts.bundle or len({alert.case.number if alert.case else 0 for alert in facts.alerts}) > 1:
        return "digest"
    first = facts.alerts[0]
    if first.kind in _OWN_TEMPLATES:
        return _OWN_TEMPLATES[first.kind]
    if first.kind in (AlertKind.SOURCE_BAD, AlertKind.SOURCE_RECOVERED):
        return "source"
    return "case"


_VIEWS: Mapping[str, Callable[[MessageFacts, Any], View]] = {
    "case": case_view,
    "digest": digest_view,
    "source": source_view,
    "backlog": summary_view,
    "morning": morning_view,
    "burst": burst_view,
    "operations": operations_view,
    "intake": answer_view,
    "orders": orders_view,
}
_OWN_TEMPLATES = {
    AlertKind.BACKLOG_SUMMARY: "backlog",
    AlertKind.MORNING_LIST: "morning",
    AlertKind.BURST: "burst",
    AlertKind.OPERATIONS: "operations",
    AlertKind.INTAKE_ANSWER: "intake",
    AlertKind.ORDERS_ANSWER: "orders",
}


def render(facts: MessageFacts, look: Look) -> Rendered:
    """The message in its receiver's language.

    A template of the operator's that breaks is logged and the shipped one is used: a mail has to go out.
    """
    kind = kind_of(facts)
    view = _VIEWS[kind](facts, look)
    if look.templates is not None and look.templates.is_dir():
        try:
            return _fill(kind, view, look.templates)
        except TemplateError as error:
            used = say("改用自带的模板", "the shipped template is used")
            log.warning("config/templates: %s: %s; %s", kind, error, used)
    return _fill(kind, view, None)


def _fill(kind: str, view: View, folder: Path | None) -> Rendered:
    environment = _environment(folder)
    page = environment.get_template(f"{kind}.html.j2").render(view)
    text = environment.get_template(f"{kind}.txt.j2").render(view)
    return Rendered(subject=one_line(str(view["subject"]), SUBJECT), text=_tidy(text), html=_inliner().inline(page))


def _tidy(text: str) -> str:
    """At most one empty line in a row, no blanks at the ends of lines."""
    lines: list[str] = []
    for line in text.splitlines():
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"


@cache
def _environment(folder: Path | None) -> Environment:
    loaders: list[BaseLoader] = [PackageLoader("listener.alerts", "templates")]
    if folder is not None:
        loaders.insert(0, FileSystemLoader(folder))
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    """``@media`` rules stay in the head: dark mode and narrow phones need them."""
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
