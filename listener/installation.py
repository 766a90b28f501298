"""What every command works on: the configuration, the clock, the database, and the keys of what is encrypted.

A command that shows a little needs nothing else, and so starts in half the time of one that understands texts:
``listener.bootstrap`` has the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from sqlmodel import Session

from listener.loading import CrossCheck, Environment, check_all
from listener.settings import Settings
from listener.store import vault, views
from listener.store.engine import Database
from listener.store.vault import Vault

__all__ = ["Facts", "Installation"]

Facts = dict[str, Any]
"""What is shown of something, by name: masked, in words, ready for a table, a page or JSON."""


class Installation:
    """One installation."""

    checks: ClassVar[tuple[CrossCheck, ...]] = ()
    """What of the configuration only its users can check; those who only look at the database need none of it."""

    def __init__(self, settings: Settings, environment: Environment | None = None) -> None:
        self.settings = settings
        self._environment = environment

    @classmethod
    def from_folder(cls, config_dir: Path, *, environment: Environment | None = None) -> Self:
        """The installation of a configuration folder; ``BadInput`` with every mistake, cross checks included."""
        return cls(check_all(config_dir, cls.checks, environment=environment), environment)

    def now(self) -> datetime:
        """The time: fixed where ``LISTENER_NOW`` says so."""
        return self.settings.fixed_now or datetime.now(UTC)

    def _local(self, moment: datetime | None) -> str | None:
        """A moment as text in the installation's zone; None for none."""
        return moment.astimezone(self.settings.zone).isoformat(timespec="seconds") if moment else None

    @cached_property
    def database(self) -> Database:
        """The database, its tables up to date."""
        found = Database(self.settings.database_url)
        if found.behind():
            found.upgrade()
        found.digests = lambda kind, value: self._keys.digests(kind, value)
        return found

    @cached_property
    def _keys(self) -> Vault:
        """The key file alone, for recognising what was erased within a transaction that is open already."""
        return Vault.open(self.settings.key_file)

    @cached_property
    def vault(self) -> Vault:
        """The key file's vault. A fresh installation gets a key file; one whose file is lost gets an error."""
        with self.database.read() as session:
            used = bool(views.fact(session, vault.KEY_FACT))
        path = self.settings.key_file
        opened = Vault.open(path) if path.exists() or used else Vault.create(path)
        with self.database.write() as session:
            vault.check_key(session, opened)
            self._made_ready(session, opened)
        return opened

    def _made_ready(self, session: Session, opened: Vault) -> None:
        """Bring up to date what is made with the keys."""
