"""The web part: ``/health``, ``/metrics``, the case page that a mail's link opens, and pushed mentions.

It listens on 127.0.0.1 unless configured otherwise. A case page is masked, and opens only with the signed,
expiring token that stands in the mail's link, so a guessed number shows nothing. Asking for a page shows it and never
acts, because mail scanners follow links; what a person does is sent with the page's form. ``/code`` is for
everybody: there an author types the code that they were sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from listener.errors import BadInput
from listener.intake.pushed import LARGEST_BODY
from listener.web.code_page import Redeem, telling
from listener.web.intake_page import showing
from listener.web.links import Links
from listener.web.pushing import Taken, pushing, refusal

LARGEST_FORM = 64 * 1024
"""Bytes of a form; a long note is a few thousand."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Scraped text stands on these pages: nothing on them may run, and their address, a secret, is told to nobody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a case's page, with which token, which action stands in front, and what was just done or refused."""

    person: str = ""
    token: str = ""
    action: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages show and do, given by the daemon: health as JSON, metrics as text, a case as HTML (None: no such).

    ``author`` gets (platform, site, author) and gives that author's page.
    ``case`` gets the case's number and ``Asked``; ``act`` does what a form asks for and says so in one line, or raises
    ``BadInput``. ``code`` gets a code, a number and who sent them; ``company`` is its name and language.
    ``push`` gets a source's name, the headers by lower-case name and the body.
    """

    health: Callable[[], dict[str, object]]
    metrics: Callable[[], bytes]
    case: Callable[[int, Asked], str | None]
    act: Callable[[int, str, Mapping[str, str]], str]
    author: Callable[[tuple[str, str, str]], str] = lambda by: ""
    language_of: Callable[[str], str] = lambda person: ""
    forward: Callable[[str, str], Sequence[str]] = lambda person, text: ()
    code: Redeem = lambda code, number, source: False
    company: Callable[[], tuple[str, str]] = lambda: ("", "zh")
    push: Callable[[str, Mapping[str, str], bytes], Taken] = lambda source, headers, body: refusal(
        404, "no_such_source", "no source takes pushed mentions under this name"
    )


WORDS = {
    "expired": "链接已过期，请打开最新的预警邮件。 This link has expired; open the newest mail of this case.",
    "invalid": "链接无效。 This link is not valid.",
    "form": "提交的内容过长或无法识别。 The form is too large or cannot be read.",
    "absent": "没有这个工单。 There is no such case.",
}


Endpoint = Callable[[Request], Awaitable[Response]]


def application(pages: Pages, links: Links) -> Starlette:
    """The ASGI application; every page answers from the database at that moment."""

    async def health(_request: Request) -> Response:
        facts = await run_in_threadpool(pages.health)
        return JSONResponse(facts, status_code=200 if facts.get("ok") else 503, headers=HEADERS)

    async def metrics(_request: Request) -> Response:
        text = await run_in_threadpool(pages.metrics)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    case, act, author = _case_pages(pages, links)
    show, take = showing(links, pages.language_of, pages.forward, _fields, HEADERS, WORDS)
    show_code, take_code = telling(pages.code, pages.company, _fields, HEADERS, WORDS["form"])
    return Starlette(
        routes=[
            Route("/health", health),
            Route("/metrics", metrics),
            Route("/cases/{number:int}", case),
            Route("/cases/{number:int}", act, methods=["POST"]),
            Route("/authors", author),
            Route("/code", show_code),
            Route("/code", take_code, methods=["POST"]),
            Route("/intake", show),
            Route("/intake", take, methods=["POST"]),
            Route("/intake/{source}", pushing(pages.push, LARGEST_BODY), methods=["POST"]),
        ]
    )


def _case_pages(pages: Pages, links: Links) -> tuple[Endpoint, Endpoint, Endpoint]:
    """The endpoints behind signed links: a case's page, what its form does, an author's page."""

    async def case(request: Request) -> Response:
        number, token = int(request.path_params["number"]), request.query_params.get("token", "")
        refused = links.opens(token, number)
        if refused:
            return HTMLResponse(WORDS[refused], status_code=403, headers=HEADERS)
        asked = Asked(links.person(token), token, request.query_params.get("do", ""))
        return await _page(pages, number, asked)

    async def act(request: Request) -> Response:
        number, token = int(request.path_params["number"]), request.query_params.get("token", "")
        refused = links.opens(token, number) or ("" if links.person(token) else "invalid")
        if refused:
            return HTMLResponse(WORDS[refused], status_code=403, headers=HEADERS)
        fields = await _fields(request)
        if fields is None:
            return HTMLResponse(WORDS["form"], status_code=413, headers=HEADERS)
        person = links.person(token)
        try:
            notice = await run_in_threadpool(pages.act, number, person, fields)
        except BadInput as error:
            return await _page(pages, number, Asked(person, token, fields.get("action", ""), str(error)), 409)
        return await _page(pages, number, Asked(person, token, "", notice))

    async def author(request: Request) -> Response:
        by = links.author_of(request.query_params.get("token", ""))
        if isinstance(by, str):
            return HTMLResponse(WORDS[by], status_code=403, headers=HEADERS)
        return HTMLResponse(await run_in_threadpool(pages.author, by), headers=HEADERS)

    return case, act, author


async def _page(pages: Pages, number: int, asked: Asked, status: int = 200) -> Response:
    page = await run_in_threadpool(pages.case, number, asked)
    if page is None:
        return HTMLResponse(WORDS["absent"], status_code=404, headers=HEADERS)
    return HTMLResponse(page, status_code=status, headers=HEADERS)


async def _fields(request: Request, largest: int = LARGEST_FORM) -> dict[str, str] | None:
    """The fields of an urlencoded form, the last of each name; None where the form is too large or no text."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > largest:
            return None
    try:
        return dict(parse_qsl(body.decode("utf-8"), max_num_fields=100))
    except ValueError:
        return None
