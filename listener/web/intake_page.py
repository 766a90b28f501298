"""``/intake?token=…``: where somebody who holds a signed link of their own pastes what they would otherwise mail.

Asking for the page shows it; only its form registers, because mail scanners follow links.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from listener.errors import BadInput
from listener.web.links import Links

__all__ = ["LONGEST", "render_intake", "showing"]

LONGEST = 20_000
"""Characters of a pasted text."""

LARGEST = 10 * LONGEST
"""Bytes of its form: a Chinese character takes nine there."""

_environment = Environment(loader=PackageLoader("listener.web"), autoescape=select_autoescape(default=True))

Fields = Callable[[Request, int], Any]


def render_intake(person: str, language: str, token: str, lines: Sequence[str] = (), text: str = "") -> str:
    """The page; ``lines`` are what became of the last text, ``text`` what was refused and can be mended."""
    page = _environment.get_template("intake.html")
    return page.render(person=person, lang=language, token=token, lines=lines, text=text)


def showing(
    links: Links,
    language_of: Callable[[str], str],
    register: Callable[[str, str], Sequence[str]],
    fields: Fields,
    headers: dict[str, str],
    words: dict[str, str],
) -> tuple[Callable[[Request], Any], Callable[[Request], Any]]:
    """The page's endpoints: to show it, and to take what was pasted.

    ``language_of`` a person, "" for nobody; ``register`` gets person and text and says what became of it.
    """

    def whose(request: Request) -> tuple[str, str]:
        token = request.query_params.get("token", "")
        person = links.forwarder(token)
        return (person if person and language_of(person) else ""), token

    async def show(request: Request) -> Response:
        person, token = whose(request)
        if not person:
            return HTMLResponse(words["invalid"], status_code=403, headers=headers)
        return HTMLResponse(render_intake(person, language_of(person), token), headers=headers)

    async def take(request: Request) -> Response:
        person, token = whose(request)
        if not person:
            return HTMLResponse(words["invalid"], status_code=403, headers=headers)
        given = await fields(request, LARGEST)
        if given is None:
            return HTMLResponse(words["form"], status_code=413, headers=headers)
        text = given.get("text", "")[:LONGEST].strip()
        try:
            lines = await run_in_threadpool(register, person, text)
        except BadInput as error:
            page = render_intake(person, language_of(person), token, [str(error)], text)
            return HTMLResponse(page, status_code=409, headers=headers)
        return HTMLResponse(render_intake(person, language_of(person), token, lines), headers=headers)

    return show, take
