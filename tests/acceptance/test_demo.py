"""The demo, run as a user runs it; then its mails opened as mails and its tables read."""

from __future__ import annotations

import email
import email.policy
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from openpyxl import load_workbook

from listener.demo.mentions import load_content
from tests.mail_lint import mail_faults


def run(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LISTENER_")}
    return subprocess.run(
        [sys.executable, "-m", "listener", *words],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("demo")
    done = run("demo", cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    yield folder / "var" / "demo", done.stdout


def mails(folder: Path) -> list[EmailMessage]:
    found = []
    for path in sorted((folder / "mails").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text


def rows(folder: Path, question: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "var" / "listener.db") as connection:
        found = connection.execute(question).fetchall()
    connection.close()
    return found


def test_it_says_where_mails_and_report_lie(demo: tuple[Path, str]) -> None:
    folder, printed = demo
    assert "mails/*.eml" in printed
    assert "report/index.html" in printed
    assert (folder / "report" / "index.html").stat().st_size > 50_000
    assert load_workbook(folder / "report" / "report.xlsx").sheetnames


def test_every_mention_of_the_site_is_stored_once(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    stored = Counter(platform for (platform,) in rows(folder, "select platform from mention"))
    content = load_content()
    assert stored["discuz"] == len(content.forum_mentions)
    assert sum(stored.values()) == len(content.mentions)
    assert rows(folder, "select count(*) from pending_capture") == [(0,)]


def test_the_second_crawl_brings_nothing_and_mails_nothing(demo: tuple[Path, str]) -> None:
    folder, printed = demo
    last = rows(folder, "select source, new from crawl where id > (select max(id) / 2 from crawl)")
    assert last
    assert all(new == 0 for _, new in last)
    assert "新邮件 0 封" in printed


def test_a_complaint_of_a_known_customer_names_them_masked_with_the_reason(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    texts = [body(message, "plain") for message in mails(folder)]
    known = [text for text in texts if "陈**" in text or "陈*" in text]
    assert known, "no mail names the known customer 陈思远"
    assert all("陈思远" not in text for text in texts)
    assert any("平台账号" in text or "手机号" in text or "订单号" in text for text in known)


def test_mails_are_multipart_masked_and_threaded(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    found = mails(folder)
    assert found
    for message in found:
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Message-ID"]
        plain, html = body(message, "plain"), body(message, "html")
        assert "<script" not in html
        for number in ("19200001001", "19200001002"):
            assert number not in plain + html
        assert mail_faults(message) == []
    assert len({message["Message-ID"] for message in found}) == len(found)


def test_grave_complaints_are_found_and_what_is_none_is_not(demo: tuple[Path, str]) -> None:
    """The writers' own judgement of the bundled mentions, as a floor that a change must not fall below."""
    folder, _ = demo
    found = {
        (str(platform), str(native)): str(tier)
        for platform, native, tier in rows(
            folder, "select m.platform, m.native_id, a.complaint from mention m join analysis a on a.mention_id = m.id"
        )
    }
    content = load_content()
    sure = [one for one in content.forum_mentions if one.expected.complaint.value == "yes"]
    hit = sum(found[("discuz", one.native_id)] != "no" for one in sure)
    plain = [one for one in content.forum_mentions if one.expected.complaint.value == "no"]
    false = sum(found[("discuz", one.native_id)] == "yes" for one in plain)
    assert hit / len(sure) >= 0.75, f"{hit} of {len(sure)}"
    assert false / len(plain) <= 0.1, f"{false} of {len(plain)}"


def test_no_customer_is_linked_wrongly(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    linked = {
        str(native): str(customer)
        for native, customer in rows(
            folder,
            "select m.native_id, c.external_id from identity_link l join mention m on m.id = l.mention_id "
            "join customer c on c.id = l.customer_id where l.judgement = 'positive'",
        )
    }
    expected = {one.native_id: one.expected.customer for one in load_content().mentions if one.expected.customer}
    wrong = {native: customer for native, customer in linked.items() if expected.get(native) != customer}
    assert not wrong
    assert len(linked) >= 0.8 * len(expected)


def test_the_database_holds_no_personal_value_of_a_customer(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    for name in ("chensiyuan@example.com", "陈思远"):
        dumped = (folder / "var" / "listener.db").read_bytes()
        assert name.encode() not in dumped


def test_commands_show_what_the_demo_left(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    status = run("--config", str(folder / "config"), "status", "--json", cwd=folder)
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["backlog"] == {"waiting": 0, "set_aside": 0}
    cases = run("--config", str(folder / "config"), "cases", "list", "--json", cwd=folder)
    assert cases.returncode == 0, cases.stderr
    listed = json.loads(cases.stdout)
    assert listed
    shown = run("--config", str(folder / "config"), "cases", "show", str(listed[0]["number"]), cwd=folder)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith(f"工单 #{listed[0]['number']} · 特急 · 待受理")
    assert "—— 处理记录 ——" in shown.stdout and "None" not in shown.stdout and "first_contact" not in shown.stdout


def test_a_folder_that_is_not_the_demos_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("ten years")
    done = run("demo", "--out", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "ten years"
