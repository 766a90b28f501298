"""The doctor tries real servers and names the mend of what fails."""

from __future__ import annotations

import json
import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from listener import doctor
from listener.doctor import Finding
from listener.language import speaking
from listener.settings import ImapSettings, Installation, MailSettings, Settings, SourceSettings
from tests import loopback

pytestmark = pytest.mark.usefixtures("english")


@contextmanager
def talking(lines: dict[bytes, bytes], greeting: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that greets and answers each command by its first word."""
    heard: list[bytes] = []

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(greeting)
            for line in self.rfile:
                heard.append(line)
                words = line.upper().split()
                answer = next((a for word, a in lines.items() if word in words), b"250 ok\r\n")
                self.wfile.write(answer.replace(b"TAG", line.split()[0]))

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    with loopback.running(server):
        yield server.server_address[1], heard


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, nor can: it is held."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def settings(tmp_path: Path, **installation: object) -> Settings:
    made = Installation.model_validate({"company": "x", **installation})
    return Settings(
        home=tmp_path,
        config_dir=tmp_path / "config",
        installation=made,
        database_url=f"sqlite:///{tmp_path}/var/l.db",
        mail_password=SecretStr("hunter2"),
        imap_password=SecretStr("hunter2"),
    )


def test_the_outside_judge_is_asked_one_made_up_sentence(tmp_path: Path, closed_port: int) -> None:
    assert one(doctor.judge(settings(tmp_path))).what == "not configured"
    answer = {"choices": [{"message": {"content": '{"complaint": "yes", "confidence": 1, "quote": "没人处理"}'}}]}

    class Judge(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    def how(port: int) -> Settings:
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        return settings(tmp_path, nlp={"judge": {"url": url, "model": "m", "allow_private_addresses": True}})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Judge)
    with loopback.running(server):
        assert one(doctor.judge(how(server.server_address[1]))) == Finding("judge", "ok", "m@127.0.0.1")
    gone = one(doctor.judge(how(closed_port)))
    assert (gone.state, gone.what) == ("fail", "m@127.0.0.1: [Errno 111] Connection refused")
    assert "[nlp.judge]" in gone.mend


def test_findings_are_named_as_people_read_them() -> None:
    found = [doctor.Finding("mail", "fail", "x"), doctor.Finding("source news", "ok", "HTTP 200")]
    with speaking("zh"):
        assert [(each.name, each.state) for each in map(doctor.worded, found)] == [
            ("发信", "失败"), ("来源 news", "正常"),
        ]  # fmt: skip
    assert [(each.name, each.state) for each in map(doctor.worded, found)] == [("mail", "fail"), ("source news", "ok")]
    assert {each.__name__ for each in doctor.CHECKS} - {"sources"} <= doctor._NAMES.keys()


def test_a_proxy_is_shown_without_its_password(tmp_path: Path, closed_port: int) -> None:
    found = one(doctor.proxy(settings(tmp_path, proxy=f"http://user:hunter2@127.0.0.1:{closed_port}")))
    assert found.what == f"127.0.0.1:{closed_port}: Connection refused"


def one(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    return found


def test_a_mail_server_that_lets_us_in(tmp_path: Path) -> None:
    talk = {b"EHLO": b"250-x\r\n250 AUTH PLAIN LOGIN\r\n", b"AUTH": b"235 ok\r\n", b"QUIT": b"221 bye\r\n"}
    with talking(talk, b"220 x\r\n") as (port, _):
        how = MailSettings(port=port, user="robot")
        assert one(doctor.mail(settings(tmp_path, mail=how.model_dump()))).state == "ok"


def test_a_refused_password_speaks_of_app_passwords_and_hides_it(tmp_path: Path) -> None:
    talk = {b"EHLO": b"250-x\r\n250 AUTH PLAIN LOGIN\r\n", b"AUTH": b"535 Login fail\r\n", b"QUIT": b"221 bye\r\n"}
    with talking(talk, b"220 x\r\n") as (port, _):
        found = one(doctor.mail(settings(tmp_path, mail={"port": port, "user": "robot"})))
    assert found.state == "fail"
    assert "app password" in found.mend
    assert "hunter2" not in str(found)


def test_a_mail_server_that_is_gone(tmp_path: Path, closed_port: int) -> None:
    found = one(doctor.mail(settings(tmp_path, mail={"port": closed_port})))
    assert (found.state, "[mail]" in found.mend) == ("fail", True)


def test_imap_introduces_itself_as_netease_wants(tmp_path: Path) -> None:
    talk = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1 ID\r\nTAG OK done\r\n",
        b"LOGIN": b"TAG OK done\r\n",
        b"ID": b"* ID NIL\r\nTAG OK done\r\n",
        b"SELECT": b"* 0 EXISTS\r\nTAG OK done\r\n",
        b"LOGOUT": b"* BYE\r\nTAG OK done\r\n",
    }
    with talking(talk, b"* OK hello\r\n") as (port, heard):
        how = ImapSettings(host="127.0.0.1", port=port, security="none", user="robot")
        assert one(doctor.imap(settings(tmp_path, imap=how.model_dump()))).state == "ok"
    commands = [line.split()[1] for line in heard]
    assert commands.index(b"ID") < commands.index(b"SELECT")


def test_imap_that_refuses(tmp_path: Path) -> None:
    talk = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", b"LOGIN": b"TAG NO Unsafe Login\r\n"}
    with talking(talk, b"* OK hello\r\n") as (port, _):
        how = {"host": "127.0.0.1", "port": port, "security": "none", "user": "robot"}
        found = one(doctor.imap(settings(tmp_path, imap=how)))
    assert (found.state, "app password" in found.mend) == ("fail", True)


class Late(loopback.Handler):
    def do_HEAD(self) -> None:
        self.send_response_only(200)
        self.send_header("Date", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.end_headers()


def test_a_source_that_answers_and_a_clock_that_is_off(tmp_path: Path) -> None:
    with loopback.serving(Late) as address:
        source = SourceSettings(name="s", platform="feed", url=f"{address}/")
        made = settings(tmp_path)
        found = list(doctor.sources(Settings(**{**vars_of(made), "sources": (source,)})))
    assert [(one.name, one.state) for one in found] == [("source s", "ok"), ("clock", "warn")]


def vars_of(made: Settings) -> dict[str, object]:
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def test_a_source_that_is_gone(tmp_path: Path, closed_port: int) -> None:
    source = SourceSettings(name="s", platform="feed", url=f"http://127.0.0.1:{closed_port}/")
    found = one(doctor.sources(Settings(**{**vars_of(settings(tmp_path)), "sources": (source,)})))
    assert found.state == "fail"


def test_a_proxy_that_is_gone(tmp_path: Path, closed_port: int) -> None:
    found = one(doctor.proxy(settings(tmp_path, proxy=f"http://127.0.0.1:{closed_port}")))
    assert found.state == "fail"


def test_a_key_file_others_may_read(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert one(doctor.keys(made)).mend == "listener keys create"
    made.key_file.parent.mkdir()
    made.key_file.write_text("k")
    made.key_file.chmod(0o644)
    assert one(doctor.keys(made)).mend.startswith("chmod 600")


def test_a_database_without_tables(tmp_path: Path) -> None:
    assert one(doctor.database(settings(tmp_path))).mend == "listener db upgrade"


def test_one_broken_check_does_not_hide_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: Settings) -> Iterator[Finding]:
        raise RuntimeError("ill")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor.disk))
    found = list(doctor.examine(settings(tmp_path)))
    assert [one.state for one in found] == ["fail", "ok"]
    assert not doctor.healthy(found)
