"""The mail sink keeps what was sent, byte for byte, one file for each receiver."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import pytest

from listener.demo.sink import MailSink


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mails"


@pytest.fixture
def sink(folder: Path) -> Iterator[MailSink]:
    found = MailSink(folder)
    yield found
    found.close()


def mail(
    subject: str = "预警：刹车", message_id: str = "<case-1@listener.example>", text: str = "正文\n"
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["From"] = "alerts@listener.example"
    message["To"] = "qin@listener.example"
    if message_id:
        message["Message-ID"] = message_id
    message.set_content(text)
    return message


def send(port: int, message: EmailMessage | bytes, receivers: list[str]) -> None:
    raw = message if isinstance(message, bytes) else message.as_bytes()
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.sendmail("alerts@listener.example", receivers, raw)


def test_a_mail_is_kept_byte_for_byte(sink: MailSink) -> None:
    port = sink.start()
    message = mail(text="第一行\n.开头是点的行\n..两个点\n\n结束\n")
    send(port, message, ["qin@listener.example"])
    (path,) = sink.mails()
    assert path.read_bytes() == message.as_bytes()
    kept = message_from_bytes(path.read_bytes(), policy=default)
    assert kept["Subject"] == "预警：刹车"
    assert ".开头是点的行\r\n..两个点" in kept.get_content().replace("\n", "\r\n").replace("\r\r", "\r")


def test_the_name_tells_number_message_and_receiver(sink: MailSink) -> None:
    port = sink.start()
    send(port, mail(), ["qin@listener.example"])
    send(port, mail(message_id="<case-2@listener.example>"), ["lu@listener.example"])
    send(port, mail(), ["qin@listener.example"])
    first, second, repeated = (path.name.removesuffix(".eml").split("_", 2) for path in sink.mails())
    assert [first[0], second[0], repeated[0]] == ["0001", "0002", "0003"]
    assert first[1] == repeated[1] != second[1]
    assert (first[2], second[2]) == ("qin@listener.example", "lu@listener.example")


def test_several_receivers_are_a_file_each(sink: MailSink) -> None:
    port = sink.start()
    send(port, mail(), ["qin@listener.example", "lu@listener.example"])
    assert len(sink.mails()) == 2
    assert len({path.read_bytes() for path in sink.mails()}) == 1


def test_a_receiver_cannot_lead_out_of_the_folder(sink: MailSink, folder: Path) -> None:
    port = sink.start()
    send(port, mail(message_id=""), ['"../../x/../y"@listener.example'])
    (path,) = sink.mails()
    assert path.parent == folder
    assert [one.name for one in folder.parent.iterdir()] == ["mails"]


def test_numbers_go_on_after_a_restart(folder: Path) -> None:
    for number in (1, 2):
        sink = MailSink(folder)
        send(sink.start(), mail(), ["qin@listener.example"])
        assert len(sink.mails()) == number
        sink.close()
    assert [path.name[:4] for path in sorted(folder.glob("*.eml"))] == ["0001", "0002"]
    assert not list(folder.glob(".*"))


def test_close_frees_the_port_and_may_be_called_twice(sink: MailSink) -> None:
    port = sink.start()
    sink.close()
    sink.close()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_given_port_is_used_and_a_taken_one_is_told(tmp_path: Path) -> None:
    first, second = MailSink(tmp_path / "a"), MailSink(tmp_path / "b")
    port = first.start()
    try:
        with pytest.raises(OSError):
            second.start(port)
    finally:
        first.close()
    assert second.start(port) == port
    second.close()


def test_only_loopback_is_served(sink: MailSink) -> None:
    port = sink.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", port))  # free: the sink holds 127.0.0.1 only
