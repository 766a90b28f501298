"""``POST /intake/SOURCE``: mentions pushed in, answered only once they are committed.

Every answer is JSON. A refusal is ``{"error": {"code", "message", "details"}}`` with 400 (no JSON, no UTF-8), 401 (not
signed, or too old), 404, 409 (the id was used for something else), 413, 415, 422 (not as described) or 429.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

__all__ = ["Taken", "pushing", "refusal"]

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What is answered to a push: an HTTP status, facts as JSON, further headers."""

    status: int
    facts: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, code: str, message: str, details: object = (), **headers: str) -> Taken:
    """An answer that says no; underscores in the names of headers are hyphens."""
    facts: dict[str, Any] = {"code": code, "message": message}
    if details:
        facts["details"] = details
    return Taken(status, {"error": facts}, {name.replace("_", "-"): value for name, value in headers.items()})


def pushing(take: Callable[[str, Mapping[str, str], bytes], Taken], largest: int) -> Callable[[Request], Any]:
    """The endpoint: reads at most ``largest`` bytes and hands them to ``take`` with the source's name and headers."""

    async def receive(request: Request) -> Response:
        found = _wrong_kind(request) or await _body(request, largest)
        if isinstance(found, bytes):
            headers = {name.lower(): value for name, value in request.headers.items()}
            found = await run_in_threadpool(take, str(request.path_params["source"]), headers, found)
        return JSONResponse(found.facts, status_code=found.status, headers={**HEADERS, **found.headers})

    return receive


def _wrong_kind(request: Request) -> Taken | None:
    """Why the body is not looked at: it is no JSON by its own word, in another charset, or compressed."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json" and not kind.strip().lower().endswith("+json"):
        return refusal(415, "not_json", "content-type has to be application/json")
    charset = parameters.lower().partition("charset=")[2].split(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        return refusal(415, "not_utf8", f"charset {charset[:40]} is not taken; send UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return refusal(415, "compressed", "content-encoding is not taken")
    return None


async def _body(request: Request, largest: int) -> bytes | Taken:
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > largest:
        return _too_large(largest)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > largest:
                return _too_large(largest)
    except ClientDisconnect:
        return refusal(400, "incomplete", "the connection ended before the body did")
    return bytes(body)


def _too_large(largest: int) -> Taken:
    return refusal(413, "too_large", f"at most {largest} bytes; send fewer mentions at once", connection="close")
