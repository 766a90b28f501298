"""Personal values: encrypted with a key file outside the database, found by keyed hash.

The key file is JSON: ``{"index": HEX, "keys": [FERNET, …]}``, newest key first. Values are encrypted with the first
key and read with any of them (Fernet: AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec). Hashes are
HMAC-SHA256 with the index secret. The database remembers a fingerprint of the index secret, so that a wrong key file
is one clear line and not garbage.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import update
from sqlmodel import Session, col, select

from listener.errors import BadInput, Mistake, NeedsOperator
from listener.language import say
from listener.store.bulk import insert_new
from listener.store.tables import CustomerRow, FactRow, IdentityRow

KEY_FACT = "key_id"

INDEX_BYTES = 32
"""Length of the index secret: that of the hash (RFC 2104, section 3, advises no shorter key)."""

PAGE = 1000
"""Rows that are encrypted anew at a time."""


class Vault:
    """Encrypts, decrypts and hashes personal values with one key file."""

    def __init__(self, index: str, keys: list[str]) -> None:
        self._index = bytes.fromhex(index)
        if len(self._index) != INDEX_BYTES:
            raise ValueError("the index secret has another length")
        self._keys = keys
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    @classmethod
    def create(cls, path: Path) -> Vault:
        """A new key file, readable by its owner only; ``BadInput`` where there is one."""
        if path.exists():
            what = say("密钥文件已经存在", "the key file is there already")
            raise BadInput(Mistake(str(path), what, "listener keys rotate"))
        vault = cls(secrets.token_hex(INDEX_BYTES), [Fernet.generate_key().decode()])
        vault._save(path)
        return vault

    @classmethod
    def open(cls, path: Path) -> Vault:
        """The vault of a key file; ``NeedsOperator`` where it is missing, open to others, or broken."""
        if not path.exists():
            mend = say(
                "从备份恢复，或用 listener keys create 新建", "restore it from its backup, or: listener keys create"
            )
            raise NeedsOperator(say(f"没有密钥文件 {path}；{mend}", f"no key file {path}; {mend}"))
        if path.is_file() and path.stat().st_mode & 0o077:
            mend = f"chmod 600 {path}"
            raise NeedsOperator(say(f"其他用户可以读取密钥文件；{mend}", f"others may read the key file; {mend}"))
        broken = say(f"密钥文件 {path} 已损坏，请从备份恢复", f"the key file {path} is broken; restore its backup")
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(found["index"], list(found["keys"]))
        except (ValueError, KeyError, TypeError, OSError):
            raise NeedsOperator(broken) from None

    def _save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        text = json.dumps({"index": self._index.hex(), "keys": self._keys})
        fresh.unlink(missing_ok=True)  # what a crash left may have other rights
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    @property
    def key_id(self) -> str:
        """A public name of the index secret: 16 hex digits that tell nothing about it."""
        return hmac.new(self._index, b"key id", hashlib.sha256).hexdigest()[:16]

    def encrypt(self, value: str) -> bytes:
        """``value`` encrypted with the newest key."""
        return self._fernet.encrypt(value.encode("utf-8", "surrogatepass"))

    def decrypt(self, cipher: bytes) -> str:
        """What ``encrypt`` was given; ``NeedsOperator`` where no key of the file fits."""
        try:
            return self._fernet.decrypt(cipher).decode("utf-8", "surrogatepass")
        except InvalidToken:
            raise _wrong_key() from None

    def digest(self, kind: str, value: str) -> str:
        """The keyed hash of a normalised value; the same phone and order number hash differently."""
        return hmac.new(self._index, f"{kind}\x1f{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def rotated(self, path: Path) -> Vault:
        """A vault with a new key in front, written to ``path``; old values stay readable."""
        vault = Vault(self._index.hex(), [Fernet.generate_key().decode(), *self._keys])
        vault._save(path)
        return vault

    def renew(self, cipher: bytes) -> bytes:
        """The same value, encrypted with the newest key; ``NeedsOperator`` where no key of the file fits."""
        try:
            return self._fernet.rotate(cipher)
        except InvalidToken:
            raise _wrong_key() from None


def _wrong_key() -> NeedsOperator:
    return NeedsOperator(
        say("密钥文件与数据不符，请恢复正确的密钥文件", "the key file does not fit the data; restore the right one")
    )


def check_key(session: Session, vault: Vault) -> None:
    """Remember which key file belongs to this database; ``NeedsOperator`` where another one does."""
    row = session.get(FactRow, KEY_FACT)
    if row is None:
        insert_new(session, FactRow, [{"name": KEY_FACT, "value": vault.key_id}], ("name",))
        row = session.get(FactRow, KEY_FACT)
    if row is None or row.value != vault.key_id:
        chinese = "这个密钥文件不属于这个数据库，请恢复正确的密钥文件"
        raise NeedsOperator(say(chinese, "this key file belongs to another database; restore the right one"))


def encrypt_anew(session: Session, vault: Vault) -> int:
    """Encrypt every stored value with the newest key; how many."""
    return sum(_encrypt_anew(session, vault, table) for table in (CustomerRow, IdentityRow))


def _encrypt_anew(session: Session, vault: Vault, table: type[CustomerRow] | type[IdentityRow]) -> int:
    count = after = 0
    while True:
        statement = select(table.id, table.cipher).where(col(table.id) > after).order_by(col(table.id)).limit(PAGE)
        rows = session.exec(statement).all()
        if not rows:
            return count
        session.execute(update(table), [{"id": number, "cipher": vault.renew(cipher)} for number, cipher in rows])
        count += len(rows)
        after = rows[-1][0] or 0
