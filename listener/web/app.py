"""The web part: ``/health``, ``/metrics`` and the case page that a mail's link opens.

It listens on 127.0.0.1 unless configured otherwise. A case page is masked, and opens only with the signed,
expiring token that stands in the mail's link, so a guessed number shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

LINK_LIFETIME = timedelta(days=90)
"""A link in a mail opens its page for so long; a case is closed within 15 days and looked back at for a quarter."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Scraped text stands on these pages: nothing on them may run, and their address, a secret, is told to nobody."""


class Links:
    """Signs and reads the links to case pages. ``secret`` comes from the key file, so links survive a restart."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._serializer = URLSafeTimedSerializer(secret, salt="case-page")

    def case(self, case_id: int) -> str:
        """The address of a case's page, or "" where no ``public_url`` is configured."""
        if not self._public_url:
            return ""
        return f"{self._public_url}/cases/{case_id}?token={self._serializer.dumps(case_id)}"

    def opens(self, token: str, case_id: int) -> str:
        """ "" where the token opens this case, else the reason why not."""
        try:
            found = self._serializer.loads(token, max_age=int(LINK_LIFETIME.total_seconds()))
        except SignatureExpired:
            return "expired"
        except BadSignature:
            return "invalid"
        return "" if found == case_id else "invalid"


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages show, given by the daemon: health as JSON, metrics as text, a case as HTML (None: no such)."""

    health: Callable[[], dict[str, object]]
    metrics: Callable[[], bytes]
    case: Callable[[int], str | None]


WORDS = {
    "expired": "链接已过期，请打开最新的预警邮件。 This link has expired; open the newest mail of this case.",
    "invalid": "链接无效。 This link is not valid.",
    "absent": "没有这个工单。 There is no such case.",
}


def application(pages: Pages, links: Links) -> Starlette:
    """The ASGI application; every page answers from the database at that moment."""

    async def health(_request: Request) -> Response:
        facts = await run_in_threadpool(pages.health)
        return JSONResponse(facts, status_code=200 if facts.get("ok") else 503, headers=HEADERS)

    async def metrics(_request: Request) -> Response:
        text = await run_in_threadpool(pages.metrics)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def case(request: Request) -> Response:
        number = int(request.path_params["number"])
        refused = links.opens(request.query_params.get("token", ""), number)
        if refused:
            return HTMLResponse(WORDS[refused], status_code=403, headers=HEADERS)
        page = await run_in_threadpool(pages.case, number)
        if page is None:
            return HTMLResponse(WORDS["absent"], status_code=404, headers=HEADERS)
        return HTMLResponse(page, headers=HEADERS)

    return Starlette(routes=[Route("/health", health), Route("/metrics", metrics), Route("/cases/{number:int}", case)])
