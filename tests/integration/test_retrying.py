"""``listener alerts retry``: what failed for good is sent again, the same mail, once; what was sent is not."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path

import pytest
from typer.testing import CliRunner

from listener.cli import app
from listener.errors import BadInput
from listener.starter import Answers
from listener.starter import write as write_starter
from listener.store.engine import Database
from tests.factories import NOW
from tests.outbox_world import mailer, opened, run, status, write
from tests.smtp_servers import ScriptedSmtp


def test_a_failed_delivery_is_tried_again_with_the_same_bytes(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_starter(tmp_path, Answers(company="曜途", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LISTENER_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LISTENER_NOW", NOW.isoformat())
    database = Database(sqlite_url)
    write(database, opened())
    with ScriptedSmtp({"dot": ["554 5.7.1 content refused", "250 queued"]}) as server:
        run(database, {"email": mailer(server.port)})
        assert status(database) == ["failed"]

        said = CliRunner().invoke(app, ["alerts", "retry", "1"])
        assert said.exit_code == 0 and "将重新发送" in said.output
        assert status(database) == ["pending"]
        run(database, {"email": mailer(server.port)})
    assert status(database) == ["sent"]
    first, second = server.received
    assert first == second and message_from_bytes(first)["Message-ID"]
    for number in ("1", "99"):
        assert isinstance(CliRunner().invoke(app, ["alerts", "retry", number]).exception, BadInput), number
    database.close()
