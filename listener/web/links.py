"""Signed, expiring links and tokens that stand in mails: which case they open, and whose they are."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode, want_bytes

__all__ = ["LINK_LIFETIME", "Links", "Opened"]

LINK_LIFETIME = timedelta(days=90)
"""A link in a mail opens its page for so long; a case is closed within 15 days and looked back at for a quarter."""


class Opened(NamedTuple):
    """What a token opens: the case, for whom ("": may look and not act), or why it opens nothing."""

    case_id: int
    person: str = ""
    refused: str = ""


class _OneSpelling(TimestampSigner):
    """Takes a signature only as it was written.

    Twenty bytes are 26 and two thirds letters of base64: four last letters say the same, and letters outside the
    alphabet are passed over, so that a token altered or mangled on its way would open what it was not sent for.
    """

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        return super().verify_signature(value, sig) and base64_encode(base64_decode(sig)) == want_bytes(sig)


def _signs(secret: str, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=salt, signer=_OneSpelling)


class Links:
    """Signs and reads the links to case pages. ``secret`` comes from the key file, so links survive a restart."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._serializer = _signs(secret, "case-page")
        self._authors = _signs(secret, "author-page")
        self._forwarders = _signs(secret, "intake-page")

    def token(self, case_id: int, person: str = "") -> str:
        """What proves that its holder was sent a mail about this case; with ``person`` they may act as that person."""
        return str(self._serializer.dumps([case_id, person] if person else case_id))

    def case(self, case_id: int, person: str = "") -> str:
        """The address of a case's page, or "" where no ``public_url`` is configured."""
        if not self._public_url:
            return ""
        return f"{self._public_url}/cases/{case_id}?token={self.token(case_id, person)}"

    def author(self, by: tuple[str, str, str]) -> str:
        """The address of an author's page (platform, site, author), or "" where no ``public_url`` is configured."""
        return f"{self._public_url}/authors?token={self._authors.dumps(list(by))}" if self._public_url else ""

    def author_of(self, token: str) -> tuple[str, str, str] | str:
        """Whose page the token opens, or why it opens nothing."""
        try:
            found = self._authors.loads(token, max_age=int(LINK_LIFETIME.total_seconds()))
        except SignatureExpired:
            return "expired"
        except BadSignature:
            return "invalid"
        match found:
            case [str(platform), str(site), str(author)]:
                return platform, site, author
        return "invalid"

    def intake(self, person: str) -> str:
        """The address of the page where this person pastes what they forward, "" without a ``public_url``."""
        return f"{self._public_url}/intake?token={self._forwarders.dumps(person)}" if self._public_url else ""

    def forwarder(self, token: str) -> str:
        """Whose page the token opens; "" where it opens none."""
        try:
            found = self._forwarders.loads(token, max_age=int(LINK_LIFETIME.total_seconds()))
        except BadSignature:
            return ""
        return found if isinstance(found, str) else ""

    def read(self, token: str) -> Opened:
        """What the token opens."""
        try:
            found = self._serializer.loads(token, max_age=int(LINK_LIFETIME.total_seconds()))
        except SignatureExpired:
            return Opened(0, refused="expired")
        except BadSignature:
            return Opened(0, refused="invalid")
        match found:
            case [int(case_id), str(person)]:
                return Opened(case_id, person)
            case int(case_id):
                return Opened(case_id)
        return Opened(0, refused="invalid")

    def opens(self, token: str, case_id: int) -> str:
        """ "" where the token opens this case, else the reason why not."""
        found = self.read(token)
        return found.refused or ("" if found.case_id == case_id else "invalid")

    def person(self, token: str) -> str:
        """As whom the token's holder may act; "" where they may only look."""
        return self.read(token).person

    def action(self, case_id: int, person: str, action: str, words: str, mailbox: str) -> str:
        """What a mail's button opens: the case's page with that action in front, else a prepared answer by mail.

        "" where there is neither a public address nor a mailbox that is read.
        """
        if self._public_url:
            return f"{self.case(case_id, person)}&do={action}"
        if not mailbox:
            return ""
        subject = quote(f"{words} #{case_id} [{self.token(case_id, person)}]")
        return f"mailto:{mailbox}?subject={subject}"
