"""The index of fingerprints: bounded look-ups, on both databases, and the numbers that older ones are turned into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy import text as sql
from sqlmodel import select

from listener import dedupe
from listener.model import DedupeDecision
from listener.store import captures, fingerprints, mentions
from listener.store.engine import Database, _alembic
from listener.store.tables import FingerprintRow
from tests.conftest import _with_database
from tests.factories import NOW, mention, processed, raw

ADVERT = "全场清仓大甩卖，进口红酒买一送一，数量有限先到先得，点击下方链接立即领取优惠券"


def store(database: Database, *texts: str, first: int = 1) -> None:
    """Originals with these texts, kept as the pipeline keeps them."""
    said = [mention(str(number), raw_id=number, text=text) for number, text in enumerate(texts, first)]
    looked_up = [dedupe.fingerprints(each) for each in said]
    with database.write() as session:
        captures.save(session, [raw(each.native_id, content=each.text) for each in said])
        held = fingerprints.found(session, looked_up).held
        kept = dedupe.kept(looked_up, [DedupeDecision()] * len(said), held)
        batch = [
            processed(each.native_id, each.raw_id, mention=each, fingerprints=own)
            for each, own in zip(said, kept, strict=True)
        ]
        fingerprints.add(session, batch, mentions.write(session, batch, NOW))


def test_a_stored_original_is_found_with_its_text(database: Database) -> None:
    store(database, ADVERT, "今天天气很好，一家人去公园里放风筝，孩子玩得很开心")
    with database.read() as session:
        found = fingerprints.found(session, [dedupe.fingerprints(mention("9", text=f"转发：{ADVERT}😡"))])
    assert {known.text for each in found.originals.values() for known in each} == {ADVERT}


def test_a_template_said_again_and_again_stays_bounded(database: Database) -> None:
    store(database, *(f"{ADVERT}，编号{number}号" for number in range(100)))
    store(database, *(f"{ADVERT}，编号{number}号" for number in range(100, 150)), first=101)
    asked = dedupe.fingerprints(mention("9", text=f"{ADVERT}，编号140号"))
    with database.read() as session:
        rows = session.exec(select(FingerprintRow.value)).all()
        found = fingerprints.found(session, [asked])
    assert max(map(rows.count, set(rows))) <= dedupe.MOST_SHARED
    texts = {known.text for each in found.originals.values() for known in each}
    assert len(texts) <= dedupe.COMPARED
    assert f"{ADVERT}，编号140号" in texts  # by the print of its whole text, however common its parts are


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database as it was before fingerprints were numbers."""
    url = f"sqlite:///{tmp_path}/old.db"
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgres_server")
        name = f"old_{uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = _with_database(server, name)
    old = Database(url)
    with old.engine.execution_options(listener_write=True).begin() as connection:
        command.upgrade(_alembic(connection), "0007")
    yield old
    old.close()


def test_older_fingerprints_become_numbers_and_no_more_than_the_limit_stay(before: Database) -> None:
    with before.write() as session:
        captures.save(session, [raw(str(number)) for number in range(40)])
        said = [processed(str(number), number + 1, mention=mention(str(number), number + 1)) for number in range(40)]
        ids = sorted(mentions.write(session, said, NOW).values())
        for number in ids:
            session.execute(
                sql("INSERT INTO fingerprint (mention_id, value) VALUES (:id, 'ffffffffffffff00')"), {"id": number}
            )
        session.execute(
            sql("INSERT INTO fingerprint (mention_id, value) VALUES (:id, '00000000000000ff')"), {"id": ids[-1]}
        )
    before.upgrade()
    with before.read() as session:
        rows = session.exec(select(FingerprintRow)).all()
    assert sorted(row.mention_id for row in rows if row.value == -256) == ids[: dedupe.MOST_SHARED]
    assert [row.mention_id for row in rows if row.value == 255] == ids[-1:]
