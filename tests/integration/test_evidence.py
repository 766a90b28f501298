"""Evidence: what a crawl kept of its answers, for how long, and a folder that a third party can verify."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.errors import BadInput
from listener.loading import Environment
from listener.model import CaseState, Proof, RawMention
from listener.starter import Answers, write
from listener.store import captures, evidence, tombstones
from listener.store.engine import Database
from listener.store.evidence_tables import EvidenceRow, PayloadRow
from listener.store.tables import AuditRow, CaseRow, RawMentionRow
from listener.store.vault import Vault
from tests.factories import NOW, raw
from tests.outbox_world import opened
from tests.outbox_world import write as store

PHONE = "13812345678"
BODY = f"<html>刹车失灵，找4S店没人管 {PHONE}</html>".encode()


def proof(body: bytes = BODY, **changes: object) -> Proof:
    facts: dict[str, object] = {
        "url": "http://forum.example/t1",
        "status": 200,
        "sha256": hashlib.sha256(body).hexdigest(),
        "size": len(body),
        "fetched_at": NOW,
        "headers": {"content-type": "text/html; charset=utf-8"},
        "payload": zlib.compress(body),
    }
    return Proof(**(facts | changes))  # type: ignore[arg-type]


def said(native_id: str, body: bytes = BODY, **changes: object) -> RawMention:
    return raw(native_id, content=f"刹车失灵 {PHONE}", proof=proof(body, **changes))


def kept(database: Database) -> tuple[int, int]:
    with database.read() as session:
        return len(session.exec(select(EvidenceRow)).all()), len(session.exec(select(PayloadRow)).all())


def save(database: Database, *found: RawMention) -> int:
    with database.write() as session:
        return captures.save(session, found)


def prune(database: Database, days: int) -> int:
    with database.write() as session:
        return evidence.prune(session, NOW + timedelta(days=days))


def test_a_page_is_kept_once_for_all_that_it_shows(database: Database) -> None:
    assert save(database, *(said(str(number)) for number in range(20))) == 20
    assert kept(database) == (20, 1)
    assert save(database, *(said(str(number), b"another page") for number in range(20))) == 0, "nothing new was said"
    assert kept(database) == (20, 1)
    save(database, said("21", fetched_at=NOW + timedelta(days=5)))
    assert prune(database, 3) == 0, "it was read again since"
    assert prune(database, 6) == 1
    assert kept(database) == (21, 0), "the hash stays"


def test_what_proves_an_open_case_stays(database: Database) -> None:
    store(database, opened("1"), alert=False)
    save(database, said("1"), said("2", b"of no case"))
    assert (prune(database, 100), kept(database)) == (1, (2, 1))
    with database.write() as session:
        session.exec(select(CaseRow)).one().state = CaseState.CLOSED.value
    assert (prune(database, 100), kept(database)) == (1, (2, 0))


def test_what_is_erased_takes_along_every_page_that_may_show_it(database: Database) -> None:
    save(database, said("0", b"before", fetched_at=NOW - timedelta(hours=1)))
    save(database, said("1"), said("2"))
    save(database, said("3", b"the same page, read again for what is new on it", fetched_at=NOW + timedelta(hours=1)))
    save(database, replace(said("4", b"elsewhere"), source="another", site="b.example"))
    with database.write() as session:
        (number,) = session.exec(select(RawMentionRow.id).where(RawMentionRow.native_id == "1"))
        assert evidence.forget(session, [number or 0]) == 2
    assert kept(database) == (4, 2), "the hashes of the others stay, and the bodies from before and elsewhere"


def test_a_page_that_shows_what_was_erased_is_not_kept_for_others(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    vault = Vault.create(tmp_path / "keys")
    with database.write() as session:
        tombstones.add(session, vault, "mention", [tombstones.natural(said("1").key)], NOW, "erased on request")
    with database.write() as session:
        session.info["digests"] = vault.digests
        assert captures.save(session, [said("1"), said("2"), said("3", b"another page")]) == 2
    assert kept(database) == (2, 1)
    database.close()


@pytest.fixture
def listener(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    answers = Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com", feed="http://127.0.0.1:9/f")
    write(tmp_path, answers)
    people = '[[people]]\nname = "张敏"\nmail = "z@example.com"\nteam = "客服"\nrole = "supervisor"\n'
    (tmp_path / "config" / "people.toml").write_text(people, encoding="utf-8")
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=sqlite_url))
    store(made.database, opened("1"), alert=False)
    save(made.database, said("1"), said("2"))
    yield made
    made.database.close()


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    """As a third party would: with nothing of ours."""
    return subprocess.run(
        ["sha256sum", "-c", "sha256sums.txt"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_third_party_can_verify_the_folder(listener: Listener, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "case-1"
    listener.export_evidence(1, folder, unmask=True, person="张敏")
    assert verified(folder).returncode == 0, verified(folder).stdout
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (_, capture) = manifest["captures"]  # as the pipeline's test world stored it, then as the crawl read it
    answer = capture["answer"]
    assert (answer["status"], answer["url"], answer["bytes"]) == (200, "http://forum.example/t1", len(BODY))
    assert (folder / answer["raw"]).read_bytes() == BODY
    assert answer["raw"] == f"raw/{hashlib.sha256(BODY).hexdigest()}.html"
    assert PHONE in (folder / capture["file"]).read_text("utf-8")
    assert "工单 #1" in (folder / "manifest.txt").read_text("utf-8")
    assert "sha256sum -c" in (folder / "README.txt").read_text("utf-8")
    assert [event["action"] for event in json.loads((folder / "case.json").read_text("utf-8"))["events"]]
    assert listener.check_evidence(folder)[0].sound
    with listener.database.read() as session:
        audited = [(row.person, row.action, row.subject) for row in session.exec(select(AuditRow))]
    assert audited == [("张敏", "export evidence unmasked", "case #1"), ("张敏", "export evidence", "case #1")]


def test_a_changed_byte_is_found_in_any_file(listener: Listener, tmp_path: Path) -> None:
    folder = tmp_path / "case-1"
    listener.export_evidence(1, folder, unmask=True, person="张敏")
    for path in [one for one in folder.rglob("*") if one.is_file() and one.name not in ("seal.json", "sha256sums.txt")]:
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert verified(folder).returncode == 1, path
        assert listener.check_evidence(folder)[0].changed == (str(path.relative_to(folder)),)
        path.write_bytes(before)
    assert listener.check_evidence(folder)[0].sound
    (folder / "raw" / "more.html").write_text("smuggled in")
    assert listener.check_evidence(folder)[0].unlisted == ("raw/more.html",)


def test_whoever_forges_the_sums_too_does_not_fit_the_seal(listener: Listener, tmp_path: Path) -> None:
    folder = tmp_path / "case-1"
    listener.export_evidence(1, folder, unmask=False, person="")
    (folder / "case.json").write_text("{}")
    sums = folder / "sha256sums.txt"
    lines = [line for line in sums.read_text().splitlines() if not line.endswith("case.json")]
    sums.write_text("\n".join([*lines, f"{hashlib.sha256(b'{}').hexdigest()}  case.json"]) + "\n")
    assert verified(folder).returncode == 0, "the sums alone can be forged"
    found, known = listener.check_evidence(folder)
    assert (found.changed, found.sealed, known) == ((), False, False)


def test_masked_it_shows_no_personal_value_and_no_page(listener: Listener, tmp_path: Path) -> None:
    folder = tmp_path / "case-1"
    sealed = listener.export_evidence(1, folder, unmask=False, person="")
    assert (sealed.bodies, (folder / "raw").exists()) == (0, False)
    assert not [path for path in folder.rglob("*.*") if path.is_file() and PHONE in path.read_text("utf-8")]
    answer = json.loads((folder / "manifest.json").read_text("utf-8"))["captures"][1]["answer"]
    assert (answer["raw_missing"], answer["sha256"]) == ("masked", hashlib.sha256(BODY).hexdigest())


def test_nothing_is_written_without_a_name_or_over_something(listener: Listener, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--as"):
        listener.export_evidence(1, tmp_path / "a", unmask=True, person="")
    with pytest.raises(BadInput, match="没有工单 #9"):
        listener.export_evidence(9, tmp_path / "a", unmask=False, person="")
    with pytest.raises(BadInput, match="不是空目录"):
        listener.export_evidence(1, tmp_path / "config", unmask=False, person="")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "a"))] == []


def test_a_crawl_of_a_forum_brings_its_pages_along() -> None:
    """The child hands on each page once, with the captures that were read from it."""
    import threading

    from tests.integration.test_crawl import FEED, Web, fetch

    with Web() as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.05,))
        thread.start()
        _, found = fetch(web, "/good")
        web.shutdown()
        thread.join()
    first, second = (one.proof for one in found)
    assert first is not None
    assert first is second
    assert (first.status, first.size) == (200, len(FEED.encode()))
    assert zlib.decompress(first.payload) == FEED.encode()
    assert first.sha256 == hashlib.sha256(FEED.encode()).hexdigest()
