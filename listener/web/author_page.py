"""The page of an author: the parts of influence, stance by month, complaints, who worked on them, who came back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from listener.text.labels import label
from listener.web.case_page import local_time, safe_link

_environment = Environment(loader=PackageLoader("listener.web"), autoescape=select_autoescape(default=True))


def render_author(facts: dict[str, Any], parts: list[tuple[str, object]], language: str) -> str:
    """The page from ``listener.community.author_facts``; ``parts`` are the words of the parts with their values."""
    return _environment.get_template("author.html").render(
        author=facts,
        parts=parts,
        lang=language,
        label=lambda value: label(value, language),
        local=lambda moment: _local(moment, language),
        link=safe_link,
    )


def _local(moment: datetime | None, language: str) -> str:
    return local_time(moment, moment.tzinfo if moment else None, language)
