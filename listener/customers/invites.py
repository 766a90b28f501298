"""Inviting somebody to say who they are: a one-time code, and the private message that carries it. Pure.

A code is easy to say and to type: ten signs of Crockford's base 32 without vowels (https://www.crockford.com/base32.html),
so that it spells nothing, in two groups of five. O and I and L are read as 0 and 1. In a text it is recognised where it
stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from listener.text.normalise import normalise

__all__ = ["ALPHABET", "LASTS", "LENGTH", "code_of", "codes_in", "message", "plain_code", "shown"]

ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXYZ"
"""30 signs: Crockford's 32 without A and E; his alphabet has no I, L, O and U already."""

LENGTH = 10

LASTS = timedelta(days=14)
"""How long a code holds."""

GUESSES = 5
GUESSED_WITHIN = timedelta(hours=1)
"""So many wrong codes of one source in this time, and no further one is looked at."""

_READ = str.maketrans("OILoil", "011011")
CODE = rf"([{ALPHABET}OIL]{{5}})[- ]?([{ALPHABET}OIL]{{5}})"
_CODE = re.compile(rf"(?<![0-9A-Za-z]){CODE}(?![0-9A-Za-z])", re.IGNORECASE)


def code_of(digest: Callable[[str, str], str], case: int, serial: int) -> str:
    """The code of a case, derived from the key file's secret: it is stored nowhere and can be shown again.

    ``digest`` is a keyed hash; 30 to the power of 10 codes are possible, so nobody guesses one.
    """
    for turn in range(100):
        number = int(digest("invite", f"{case}:{serial}:{turn}")[:40], 16)
        code = ""
        for _ in range(LENGTH):
            number, place = divmod(number, len(ALPHABET))
            code += ALPHABET[place]
        if any(sign.isalpha() for sign in code) and any(sign.isdigit() for sign in code):
            return code  # never digits alone: a telephone number is no code
    raise AssertionError("no code in a hundred hashes")


def shown(code: str) -> str:
    """A code as people see it: ``7KM2P-9XQ4R``."""
    return f"{code[:5]}-{code[5:]}"


def plain_code(text: str) -> str:
    """A typed code in its comparing form; "" where it is none."""
    bare = re.sub(r"[\s\-–—_]", "", normalise(text).text).upper().translate(_READ)
    return bare if len(bare) == LENGTH and all(sign in ALPHABET for sign in bare) else ""


def codes_in(text: str) -> Iterator[str]:
    """What may be codes in a running text, each once, in comparing form."""
    found = ((a + b).upper().translate(_READ) for a, b in _CODE.findall(text))
    yield from dict.fromkeys(code for code in found if any(sign.isalpha() for sign in code))


def message(code: str, company: str, contact: str, link: str, lang: str) -> str:
    """A private message to the author of a complaint: it asks for no data and tells nothing of how they were found."""
    if lang == "en":
        way = f" You may also enter it at {link}." if link else ""
        reach = f" or tell it to us by {contact}" if contact else " or tell it to our service when you call or write"
        return (
            f"Hello, this is {company}. We read what you wrote and would like to help. If you wish us to look up your "
            f"records, answer here with the code {shown(code)}{reach}.{way} It holds for {LASTS.days} days and works "
            "once. Please never post your phone number, address or order number in public."
        )
    way = f"，也可以在 {link} 填写" if link else ""
    reach = f"，或通过 {contact} 告知我们" if contact else "，或在致电、来信时告知客服"
    return (
        f"您好，这里是{company}。我们看到了您反映的问题，希望尽快帮您处理。"
        f"如果您愿意由我们核对您的记录，请在私信中回复验证码 {shown(code)}{reach}{way}。"
        f"验证码 {LASTS.days} 天内有效，只能使用一次。请不要在公开评论中留下手机号、地址或订单号。"
    )
