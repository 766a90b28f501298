"""``/code``: where somebody who was sent a code types it, with a number by which the company knows them.

Asking for the page shows it; only its form acts. The answer is one of two, accepted or not: whether a code or a number
exists, was used, or was tried too often is told to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

__all__ = ["Redeem", "render_code", "telling"]

LARGEST = 2_000
"""Bytes of the form: a code and a number."""

LONGEST = 100
"""Characters of either that are looked at."""

Redeem = Callable[[str, str, str], bool]
"""Takes the code, the number and where they came from; True where the account was bound."""

_environment = Environment(loader=PackageLoader("listener.web"), autoescape=select_autoescape(default=True))


def render_code(company: str, language: str, accepted: bool | None = None) -> str:
    """The page; ``accepted`` is what became of the form just sent, None before one was."""
    return _environment.get_template("code.html").render(company=company, lang=language, accepted=accepted)


def telling(
    redeem: Redeem, company: Callable[[], tuple[str, str]], fields: Any, headers: dict[str, str], too_large: str
) -> tuple[Callable[[Request], Any], Callable[[Request], Any]]:
    """The page's endpoints: to show it, and to take the form.

    ``company`` gives its name and language; the address may ask for another one (``?lang=en``).
    """

    def whose(request: Request) -> tuple[str, str]:
        name, language = company()
        asked = request.query_params.get("lang", "")
        return name, asked if asked in ("zh", "en") else language

    async def show(request: Request) -> Response:
        return HTMLResponse(render_code(*whose(request)), headers=headers)

    async def take(request: Request) -> Response:
        given = await fields(request, LARGEST)
        if given is None:
            return HTMLResponse(too_large, status_code=413, headers=headers)
        source = request.client.host if request.client else ""
        code, number = (given.get(name, "")[:LONGEST] for name in ("code", "number"))
        accepted = await run_in_threadpool(redeem, code, number, source)
        page = render_code(*whose(request), accepted)
        return HTMLResponse(page, status_code=200 if accepted else 422, headers=headers)

    return show, take
