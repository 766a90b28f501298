"""Personal values: encrypted with a key file outside the database, found by keyed hash.

The key file is JSON: ``{"index": HEX, "keys": [FERNET, …], "former": [HEX, …]}``, newest key first. Values are
encrypted with the first key and read with any of them (Fernet: AES-128-CBC and HMAC-SHA256,
https://github.com/fernet/spec). Hashes are HMAC-SHA256 with the index secret. The database remembers a fingerprint of
the index secret, so that a wrong key file is one clear line and not garbage. Where it remembers a former secret of the
same file, the secret was renewed: ``check_key`` then hashes anew, so that a renewal cut short is finished.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import delete, select, update
from sqlmodel import Session

from listener.errors import BadInput, Mistake, NeedsOperator
from listener.language import say
from listener.store.bulk import insert_new
from listener.store.customer_tables import FlagRow, InteractionRow
from listener.store.tables import CustomerRow, FactRow, IdentityRow, MentionKeyRow

KEY_FACT = "key_id"

INDEX_BYTES = 32
"""Length of the index secret: that of the hash (RFC 2104, section 3, advises no shorter key)."""

PAGE = 1000
"""Rows that are encrypted anew at a time."""


class Vault:
    """Encrypts, decrypts and hashes personal values with one key file."""

    def __init__(self, index: str, keys: list[str], former: Sequence[str] = (), path: Path | None = None) -> None:
        self._index = _secret(index)
        self._former = [_secret(secret) for secret in former]
        self._path = path
        self._keys = keys
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    @classmethod
    def create(cls, path: Path) -> Vault:
        """A new key file, readable by its owner only; ``BadInput`` where there is one."""
        if path.exists():
            what = say("密钥文件已经存在", "the key file is there already")
            raise BadInput(Mistake(str(path), what, "listener keys rotate"))
        return cls(secrets.token_hex(INDEX_BYTES), [_new_key()], path=path)._saved(path)

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
            return cls(found["index"], list(found["keys"]), list(found.get("former", ())), path)
        except (ValueError, KeyError, TypeError, OSError):
            raise NeedsOperator(broken) from None

    def _saved(self, path: Path) -> Vault:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        former = {"former": [secret.hex() for secret in self._former]} if self._former else {}
        text = json.dumps({"index": self._index.hex(), "keys": self._keys, **former})
        fresh.unlink(missing_ok=True)  # what a crash left may have other rights
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return self

    @property
    def key_id(self) -> str:
        """A public name of the index secret: 16 hex digits that tell nothing about it."""
        return _key_id(self._index)

    @property
    def former_ids(self) -> list[str]:
        """The names of the index secrets that this file had before."""
        return [_key_id(secret) for secret in self._former]

    def encrypt(self, value: str) -> bytes:
        """``value`` encrypted with the newest key."""
        return self._fernet.encrypt(value.encode("utf-8", "surrogatepass"))

    def decrypt(self, cipher: bytes) -> str:
        """What ``encrypt`` was given; ``NeedsOperator`` where no key of the file fits."""
        return self._with_any_key(lambda: self._fernet.decrypt(cipher)).decode("utf-8", "surrogatepass")

    def _with_any_key(self, use: Callable[[], bytes]) -> bytes:
        """``use()``, after a failure once more with the keys that another process put into the file since."""
        try:
            return use()
        except InvalidToken:
            if not self._take_up_new_keys():
                raise _wrong_key() from None
        try:
            return use()
        except InvalidToken:
            raise _wrong_key() from None

    def _take_up_new_keys(self) -> bool:
        """A daemon goes on when the keys are rotated beside it; True where the file has other keys by now."""
        try:
            fresh = Vault.open(self._path) if self._path else self
        except NeedsOperator:
            return False
        if fresh._index != self._index or fresh._keys == self._keys:
            return False
        self._keys, self._fernet = fresh._keys, fresh._fernet
        return True

    def digest(self, kind: str, value: str) -> str:
        """The keyed hash of a normalised value; the same phone and order number hash differently."""
        return _digest(self._index, kind, value)

    def digests(self, kind: str, value: str) -> list[str]:
        """``digest`` with the secret in force, then with those before it: for what cannot be hashed anew."""
        return [_digest(secret, kind, value) for secret in (self._index, *self._former)]

    def rotated(self, path: Path) -> Vault:
        """A vault with a new key in front, written to ``path``; old values stay readable."""
        former = [secret.hex() for secret in self._former]
        return Vault(self._index.hex(), [_new_key(), *self._keys], former, path)._saved(path)

    def renewed(self, path: Path) -> Vault:
        """A vault with a new index secret, written to ``path``; ``check_key`` then hashes the identifiers anew."""
        former = [self._index.hex(), *(secret.hex() for secret in self._former)]
        return Vault(secrets.token_hex(INDEX_BYTES), self._keys, former, path)._saved(path)

    def renew(self, cipher: bytes) -> bytes:
        """The same value, encrypted with the newest key; ``NeedsOperator`` where no key of the file fits."""
        return self._with_any_key(lambda: self._fernet.rotate(cipher))


def _digest(secret: bytes, kind: str, value: str) -> str:
    inside, outside = _hmac(secret)
    inner, outer = inside.copy(), outside.copy()
    inner.update(f"{kind}\x1f{value}".encode("utf-8", "surrogatepass"))
    outer.update(inner.digest())
    return str(outer.hexdigest())


@lru_cache(maxsize=8)
def _hmac(secret: bytes) -> tuple[Any, Any]:
    """The two states of HMAC-SHA256 (RFC 2104) after the secret: copying them costs less than half of ``hmac.digest``,
    and a mention asks for six hashes."""
    padded = secret.ljust(64, b"\0")
    return tuple(hashlib.sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))  # type: ignore[return-value]


def _secret(text: str) -> bytes:
    secret = bytes.fromhex(text)
    if len(secret) != INDEX_BYTES:
        raise ValueError("the index secret has another length")
    return secret


def _new_key() -> str:
    return Fernet.generate_key().decode()


def _key_id(secret: bytes) -> str:
    return hmac.new(secret, b"key id", hashlib.sha256).hexdigest()[:16]


def _wrong_key() -> NeedsOperator:
    return NeedsOperator(
        say("密钥文件与数据不符，请恢复正确的密钥文件", "the key file does not fit the data; restore the right one")
    )


def check_key(session: Session, vault: Vault) -> None:
    """Remember which key file belongs to this database; ``NeedsOperator`` where another one does.

    Where the file's index secret was renewed since, the identifiers are hashed anew first.
    """
    row = session.get(FactRow, KEY_FACT)
    if row is None:
        insert_new(session, FactRow, [{"name": KEY_FACT, "value": vault.key_id}], ("name",))
        row = session.get(FactRow, KEY_FACT)
    if row is not None and row.value in vault.former_ids:
        hash_anew(session, vault)
        row.value = vault.key_id
    if row is None or row.value != vault.key_id:
        chinese = "这个密钥文件不属于这个数据库，请恢复正确的密钥文件"
        raise NeedsOperator(say(chinese, "this key file belongs to another database; restore the right one"))


def hash_anew(session: Session, vault: Vault) -> int:
    """Hash every stored identifier of a customer with the index secret of ``vault``; how many.

    The hashes of what stands in mentions go: nobody can tell any more what they were made from. They come back when
    the mentions are analysed again.
    """
    session.execute(delete(MentionKeyRow))
    count = 0
    for rows in _pages(session, IdentityRow.id, IdentityRow.kind, IdentityRow.cipher):
        fresh = [{"id": number, "digest": vault.digest(kind, vault.decrypt(cipher))} for number, kind, cipher in rows]
        session.execute(update(IdentityRow), fresh)
        count += len(rows)
    return count


def encrypt_anew(session: Session, vault: Vault) -> int:
    """Encrypt every stored value with the newest key; how many."""
    return sum(_encrypt_anew(session, vault, table) for table in ENCRYPTED)


ENCRYPTED = (CustomerRow, IdentityRow, InteractionRow, FlagRow)
"""The tables that have a ``cipher`` column."""


def _encrypt_anew(session: Session, vault: Vault, table: Any) -> int:
    count = 0
    for rows in _pages(session, table.id, table.cipher):
        fresh = [{"id": number, "cipher": vault.renew(cipher)} for number, cipher in rows if cipher is not None]
        if fresh:
            session.execute(update(table), fresh)
        count += len(fresh)
    return count


def _pages(session: Session, number: Any, *columns: Any) -> Iterator[Sequence[Any]]:
    """The rows of a table in pages; ``number`` is its id."""
    after = 0
    while rows := session.execute(select(number, *columns).where(number > after).order_by(number).limit(PAGE)).all():
        yield rows
        after = rows[-1][0]
