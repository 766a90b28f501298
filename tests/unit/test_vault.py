"""The key file: its rights, its mistakes, and what is encrypted and hashed with it."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from listener.errors import BadInput, NeedsOperator
from listener.model import IdentityKey
from listener.store import captures, mentions
from listener.store import vault as vaults
from listener.store.engine import Database
from listener.store.tables import CustomerRow, IdentityRow, MentionKeyRow
from listener.store.vault import Vault, check_key, encrypt_anew
from tests.factories import NOW, processed, raw

INDEX = "ab" * 32
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


def _vault(index: str = INDEX) -> Vault:
    return Vault(index, [KEY])


def _write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return path


class TestKeyFile:
    def test_is_readable_by_its_owner_only_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            Vault.create(tmp_path / "var" / "keys")
        finally:
            os.umask(before)
        assert (tmp_path / "var" / "keys").stat().st_mode & 0o777 == 0o600

    def test_is_not_widened_by_a_left_over_of_a_crash(self, tmp_path: Path) -> None:
        left_over = tmp_path / "keys.new"
        left_over.write_text("half")
        left_over.chmod(0o666)
        Vault.create(tmp_path / "keys")
        assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
        assert not left_over.exists()

    def test_is_never_overwritten_by_a_new_one(self, tmp_path: Path) -> None:
        Vault.create(tmp_path / "keys")
        before = (tmp_path / "keys").read_bytes()
        with pytest.raises(BadInput, match="listener keys rotate"):
            Vault.create(tmp_path / "keys")
        assert (tmp_path / "keys").read_bytes() == before

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
    def test_that_others_may_read_is_refused_with_the_mend(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "keys"
        Vault.create(path)
        path.chmod(mode)
        with pytest.raises(NeedsOperator, match=f"chmod 600 {path}"):
            Vault.open(path)

    def test_that_is_missing_is_told_with_the_mend(self, tmp_path: Path) -> None:
        with pytest.raises(NeedsOperator, match=r"没有密钥文件.*备份.*listener keys create"):
            Vault.open(tmp_path / "keys")

    @pytest.mark.parametrize(
        "content",
        [
            "", "not json", "[]", "3", '"text"', "{}", '{"index": "ab", "keys": []}',
            json.dumps({"index": INDEX, "keys": []}),
            json.dumps({"index": INDEX, "keys": ["short"]}),
            json.dumps({"index": INDEX, "keys": [7]}),
            json.dumps({"index": INDEX, "keys": KEY}),
            json.dumps({"index": "no hex", "keys": [KEY]}),
            json.dumps({"index": 5, "keys": [KEY]}),
            json.dumps({"index": "", "keys": [KEY]}),
            json.dumps({"index": "abcd", "keys": [KEY]}),
            json.dumps({"index": INDEX, "keys": [KEY], "former": 5}),
            json.dumps({"index": INDEX, "keys": [KEY], "former": ["abcd"]}),
        ],
    )  # fmt: skip
    def test_that_is_broken_is_told_with_the_mend(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(NeedsOperator, match=r"已损坏.*备份"):
            Vault.open(_write(tmp_path / "keys", content))

    def test_that_is_binary_or_a_folder_is_broken_too(self, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        path.write_bytes(b"\xff\xfe\x00\x01")
        path.chmod(0o600)
        with pytest.raises(NeedsOperator, match="已损坏"):
            Vault.open(path)
        (tmp_path / "folder").mkdir(mode=0o700)
        with pytest.raises(NeedsOperator, match="已损坏"):
            Vault.open(tmp_path / "folder")

    def test_messages_never_hold_a_secret(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "keys", json.dumps({"index": INDEX, "keys": [KEY, "broken"]}))
        with pytest.raises(NeedsOperator) as caught:
            Vault.open(path)
        assert KEY not in str(caught.value)
        assert INDEX not in str(caught.value)


class TestEncryption:
    @given(st.text())
    def test_every_text_comes_back(self, text: str) -> None:
        vault = _vault()
        cipher = vault.encrypt(text)
        assert vault.decrypt(cipher) == text
        assert len(text) < 4 or text.encode("utf-8", "surrogatepass") not in cipher

    def test_a_lone_surrogate_comes_back(self) -> None:
        assert _vault().decrypt(_vault().encrypt("\ud83d车")) == "\ud83d车"

    def test_the_same_value_never_looks_the_same(self) -> None:
        assert _vault().encrypt("13800138000") != _vault().encrypt("13800138000")

    def test_another_key_file_is_told_and_not_garbage(self) -> None:
        cipher = Vault(INDEX, [Fernet.generate_key().decode()]).encrypt("陈思远")
        with pytest.raises(NeedsOperator, match="密钥文件与数据不符"):
            _vault().decrypt(cipher)
        with pytest.raises(NeedsOperator, match="密钥文件与数据不符"):
            _vault().renew(cipher)

    def test_a_changed_cipher_is_not_read(self) -> None:
        cipher = bytearray(_vault().encrypt("陈思远"))
        cipher[-5] ^= 1
        with pytest.raises(NeedsOperator):
            _vault().decrypt(bytes(cipher))


class TestRotation:
    def test_old_values_stay_readable_and_new_ones_need_the_new_key(self, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        before = Vault.create(path)
        only_old = Vault(INDEX, json.loads(path.read_text())["keys"])
        old = before.encrypt("陈思远")
        after = before.rotated(path)
        assert Vault.open(path).decrypt(old) == "陈思远"
        with pytest.raises(NeedsOperator):
            only_old.decrypt(after.encrypt("陈思远"))
        assert path.stat().st_mode & 0o777 == 0o600

    def test_a_running_daemon_takes_up_the_new_key(self, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        Vault.create(path)
        daemon = Vault.open(path)
        cipher = Vault.open(path).rotated(path).encrypt("陈思远")
        assert daemon.decrypt(cipher) == "陈思远"
        assert Vault.open(path).decrypt(daemon.renew(cipher)) == "陈思远"

    def test_no_keys_are_taken_from_another_file_or_a_broken_one(self, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        daemon = Vault.create(path)
        path.unlink()
        cipher = Vault.create(path).encrypt("陈思远")
        for _ in range(2):
            with pytest.raises(NeedsOperator, match="密钥文件与数据不符"):
                daemon.decrypt(cipher)
            _write(path, "broken")

    def test_hashes_and_key_id_stay(self, tmp_path: Path) -> None:
        before = Vault.create(tmp_path / "keys")
        after = before.rotated(tmp_path / "keys")
        assert after.digest("phone", "1") == before.digest("phone", "1")
        assert after.key_id == before.key_id

    def test_a_renewed_value_needs_the_old_key_no_more(self, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        old = Vault.create(path)
        cipher = old.rotated(path).renew(old.encrypt("陈思远"))
        newest = json.loads(path.read_text())["keys"][0]
        assert Vault(INDEX, [newest]).decrypt(cipher) == "陈思远"


class TestRenewedIndexSecret:
    def test_the_database_is_hashed_anew_once(
        self, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(vaults, "PAGE", 4)
        path = tmp_path / "keys"
        old = Vault.create(path)
        with database.write() as session:
            check_key(session, old)
            _store(session, old, 10)
        fresh = old.renewed(path)
        assert fresh.digest("phone", "1") != old.digest("phone", "1")
        for _ in range(2):  # the second start finds nothing left to do
            with database.write() as session:
                check_key(session, Vault.open(path))
        with database.read() as session:
            found = set(session.exec(select(IdentityRow.digest)).all())
        assert found == {fresh.digest("phone", f"1380000000{n}") for n in range(10)}
        with pytest.raises(NeedsOperator, match="不属于这个数据库"), database.write() as session:
            check_key(session, old)

    def test_one_cut_short_is_finished_by_the_next_start(self, database: Database, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        old = Vault.create(path)
        with database.write() as session:
            check_key(session, old)
            _store(session, old, 2)
        fresh = old.renewed(path)
        with pytest.raises(RuntimeError), database.write() as session:
            check_key(session, fresh)
            raise RuntimeError("killed before the commit")
        with database.read() as session:
            assert old.digest("phone", "13800000000") in session.exec(select(IdentityRow.digest)).all()
        again = Vault.open(path).rotated(path).renewed(path)
        with database.write() as session:
            check_key(session, again)
        with database.read() as session:
            assert again.digest("phone", "13800000000") in session.exec(select(IdentityRow.digest)).all()

    def test_hashes_of_mentions_that_nobody_can_make_anew_go(self, database: Database, tmp_path: Path) -> None:
        old = Vault.create(tmp_path / "keys")
        with database.write() as session:
            check_key(session, old)
            captures.save(session, [raw("1")])
            (waiting,) = captures.pending(session, 1)
            done = processed("1", waiting.raw_id, keys=(IdentityKey("phone", old.digest("phone", "1")),))
            mentions.write(session, [done], NOW)
            assert session.exec(select(MentionKeyRow)).all()
        with database.write() as session:
            check_key(session, old.renewed(tmp_path / "keys"))
        with database.read() as session:
            assert session.exec(select(MentionKeyRow)).all() == []


class TestDigest:
    def test_differs_by_kind_and_by_key_file(self) -> None:
        digests = {
            _vault().digest("phone", "13800138000"),
            _vault().digest("order", "13800138000"),
            _vault("cd" * 32).digest("phone", "13800138000"),
        }
        assert len(digests) == 3
        assert all(len(digest) == 64 for digest in digests)

    @given(st.text(), st.text())
    def test_is_equal_exactly_for_equal_values(self, left: str, right: str) -> None:
        assert (_vault().digest("name", left) == _vault().digest("name", right)) == (left == right)

    def test_the_key_id_tells_nothing_of_the_secret(self) -> None:
        assert _vault().key_id != INDEX[:16]
        assert len(_vault().key_id) == 16


class TestInTheDatabase:
    def test_the_first_key_file_is_remembered_and_another_refused(self, database: Database) -> None:
        for _ in range(2):
            with database.write() as session:
                check_key(session, _vault())
        with pytest.raises(NeedsOperator, match="不属于这个数据库"), database.write() as session:
            check_key(session, _vault("cd" * 32))

    def test_encrypting_anew_reaches_every_value_over_several_pages(
        self, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(vaults, "PAGE", 4)
        old = Vault.create(tmp_path / "keys")
        with database.write() as session:
            _store(session, old, 10)
        fresh = old.rotated(tmp_path / "keys")
        with database.write() as session:
            assert encrypt_anew(session, fresh) == 20
        newest = Vault(INDEX, [json.loads((tmp_path / "keys").read_text())["keys"][0]])
        with database.read() as session:
            customers = session.exec(select(CustomerRow).order_by(col(CustomerRow.id))).all()
            identities = session.exec(select(IdentityRow)).all()
            assert [newest.decrypt(row.cipher) for row in customers] == [f"客户{n}" for n in range(10)]
            assert {newest.decrypt(row.cipher) for row in identities} == {f"1380000000{n}" for n in range(10)}

    def test_encrypting_anew_with_a_wrong_key_changes_nothing(self, database: Database, tmp_path: Path) -> None:
        with database.write() as session:
            _store(session, _vault(), 2)
        with pytest.raises(NeedsOperator), database.write() as session:
            encrypt_anew(session, Vault.create(tmp_path / "other"))
        with database.read() as session:
            assert _vault().decrypt(session.exec(select(CustomerRow.cipher)).first() or b"") == "客户0"


def _store(session: Session, vault: Vault, count: int) -> None:
    for number in range(count):
        row = CustomerRow(external_id=f"K{number}", cipher=vault.encrypt(f"客户{number}"), imported_at=NOW)
        session.add(row)
        session.flush()
        phone = f"1380000000{number}"
        session.add(
            IdentityRow(
                customer_id=row.id or 0,
                kind="phone",
                digest=vault.digest("phone", phone),
                cipher=vault.encrypt(phone),
                added_at=NOW,
            )
        )
