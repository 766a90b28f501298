"""The bytes of a mail: headers that survive any scraped title, two bodies, stable names."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listener.alerts.notifiers.base import Draft
from listener.alerts.notifiers.email import EmailNotifier
from listener.alerts.render import Rendered
from listener.alerts.wording import one_line
from listener.errors import Permanent
from listener.model import Receiver
from listener.settings import MailSettings
from tests.factories import NOW

MAIL = MailSettings(sender="listener@maker.example", sender_name="曜途汽车 监测")
WANG = Receiver(name="王芳", notifier="email", address="wang@service.example")
DRAFT = Draft(
    delivery_id=7,
    token="abc123",
    receiver=WANG,
    rendered=Rendered("【特急】刹车失灵", "正文\n第二行", "<p>正文</p>"),
    at=NOW,
    thread="t9",
)


def composed(draft: Draft = DRAFT, notifier: EmailNotifier | None = None) -> EmailMessage:
    content = (notifier or EmailNotifier(MAIL)).compose(draft).content
    found = message_from_bytes(content, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def test_a_mail_has_what_it_needs() -> None:
    mail = composed()
    assert mail["From"].addresses[0].display_name == "曜途汽车 监测"
    assert mail["To"].addresses[0].addr_spec == "wang@service.example"
    assert mail["Subject"] == "【特急】刹车失灵"
    assert mail["Message-ID"] == "<7.abc123@maker.example>"
    assert mail["References"] == mail["In-Reply-To"] == "<case.t9@maker.example>"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().splitlines() == ["正文", "第二行"]


def test_the_same_draft_is_the_same_bytes() -> None:
    one, two = (EmailNotifier(MAIL).compose(DRAFT) for _ in range(2))
    assert one == two


def test_another_installation_s_delivery_of_that_number_has_another_name() -> None:
    assert composed()["Message-ID"] != composed(replace(DRAFT, token="other"))["Message-ID"]


def test_no_case_no_thread() -> None:
    mail = composed(replace(DRAFT, thread=""))
    assert mail["References"] is None and mail["In-Reply-To"] is None


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("service@maker.example", "service@maker.example"),
        ("400-800-1234", "listener@maker.example"),
        ("", "listener@maker.example"),
    ],
)
def test_only_a_digest_can_be_unsubscribed(contact: str, expected: str) -> None:
    mail = composed(replace(DRAFT, digest=True), EmailNotifier(MAIL, contact=contact))
    assert mail["List-Unsubscribe"] == f"<mailto:{expected}?subject=unsubscribe>"


def test_everything_on_the_wire_is_seven_bit_and_no_line_too_long() -> None:
    long = replace(DRAFT, rendered=Rendered("刹车失灵" * 60, "字" * 5000, "<p>" + "字" * 5000 + "</p>"))
    content = EmailNotifier(MAIL).compose(long).content
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


scraped = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=1000),
    st.text(st.sampled_from('a刹 \r\n\t\x00\u202e\u2028\ud83d😡=?_:;,<>"\\@é'), max_size=1000),
)


@given(scraped, scraped, scraped)
def test_headers_survive_any_title_and_any_name(title: str, name: str, body: str) -> None:
    draft = replace(DRAFT, receiver=replace(WANG, name=name), rendered=Rendered(title, body, body))
    mail = composed(draft)
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "In-Reply-To", "References",
        "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert [address.addr_spec for address in mail["To"].addresses] == ["wang@service.example"]
    assert mail["Message-ID"] == "<7.abc123@maker.example>"
    assert len(mail["Subject"].splitlines()) <= 1
    assert not mail.defects


@given(st.text(st.sampled_from('刹车失灵 ab1·｜，。😡（）"@=?'), min_size=1, max_size=150))
@example("【特急】朔岳汽车·食品安全 ｜ 摇光7停在车库里冒烟，消防都来了 ｜ 工单#51")  # lost a blank when folded
@example("=?utf-8?b?5Yi56L2m?=")  # must not turn into something else
def test_an_ordinary_title_and_name_arrive_as_they_were(title: str) -> None:
    draft = replace(DRAFT, receiver=replace(WANG, name=title), rendered=Rendered(title, "x", "x"))
    assert composed(draft)["Subject"] == " ".join(title.split())
    # the newer parser adds blanks between the encoded words of a long name, the older one reads RFC 2047 as it is
    raw = message_from_bytes(EmailNotifier(MAIL).compose(draft).content)
    for name, expected in (("Subject", title), ("To", f"{one_line(title, 60)} wang@service.example")):
        assert str(make_header(decode_header(raw[name]))).translate({60: " ", 62: " "}).split() == expected.split()


def test_an_address_with_other_letters() -> None:
    chinese = EmailNotifier(MAIL).compose(replace(DRAFT, receiver=replace(WANG, address="王芳@例子.example")))
    assert chinese.address == "王芳@xn--fsqu00a.example"
    assert "<王芳@xn--fsqu00a.example>".encode() in chinese.content
    domain_only = EmailNotifier(MAIL).compose(replace(DRAFT, receiver=replace(WANG, address="wang@例子.example")))
    assert domain_only.address == "wang@xn--fsqu00a.example" and domain_only.content.isascii()


@pytest.mark.parametrize(
    "address",
    ["", "wang", "@x.example", "wang@", "a b@x.example", "wang@x.example\r\nBcc: all@x.example", "<a@x.example>",
     "a@x.example,b@x.example", "w\x00@x.example", "a" * 260 + "@x.example", "wang@" + "\u3002" + ".example"],
)  # fmt: skip
def test_what_is_no_address_never_goes_through(address: str) -> None:
    with pytest.raises(Permanent):
        EmailNotifier(MAIL).compose(replace(DRAFT, receiver=replace(WANG, address=address)))
