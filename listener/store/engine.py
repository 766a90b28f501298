"""One database: its engine, its sessions, its migrations. The same code on SQLite and PostgreSQL.

SQLite runs in WAL mode with foreign keys on, a busy timeout and ``synchronous=FULL``. A writing session begins
with ``BEGIN IMMEDIATE``: a deferred one that starts with a read meets "database is locked" when it first writes.
Errors never show bound values: they may be personal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlmodel import Session

from listener.errors import BadInput, Mistake, NeedsOperator
from listener.language import say
from listener.store import (  # noqa: F401 - their tables belong to the metadata
    customer_tables,
    evidence_tables,
    influence_tables,
    link_tables,
)
from listener.system_words import in_words

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

BUSY_MILLISECONDS = 30_000
"""How long a SQLite writer waits for another; a batch commits in well under a second."""


Digests = Callable[[str, str], list[str]]
"""The keyed hashes of a value of a kind, by each secret that there was: ``Vault.digests``."""


class Database:
    """A database by its URL. ``read()`` and ``write()`` give sessions; ``upgrade()`` brings the tables up to date.

    ``digests`` goes with every session (``session.info``), so that what was erased is recognised when it comes again.
    """

    def __init__(self, url: str) -> None:
        self.url = _psycopg(url)
        self.engine = _engine(self.url)
        self.digests: Digests | None = None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; nothing of it is committed."""
        with _session(self.engine.execution_options(listener_write=False), self.digests) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back whole on any error."""
        writing = self.engine.execution_options(listener_write=True)
        with _session(writing, self.digests) as session, session.begin():
            yield session

    def upgrade(self) -> None:
        """Run the migrations that are missing; ``NeedsOperator`` when the database cannot be reached."""
        from alembic import command  # only a database that is behind needs it, and it takes a tenth of a second

        try:
            with self.engine.execution_options(listener_write=True).begin() as connection:
                command.upgrade(_alembic(connection), "head")
        except OperationalError as error:
            raise unreachable(error) from None

    def behind(self) -> bool:
        """True where migrations are missing; ``NeedsOperator`` where the database cannot be reached."""
        try:
            with self.engine.connect() as connection:
                if not inspect(connection).has_table("alembic_version"):
                    return True
                current = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        except DatabaseError as error:  # of which ``OperationalError`` is one: a file that is no database is another
            raise unreachable(error) from None
        return current != newest_migration()

    def close(self) -> None:
        self.engine.dispose()


def newest_migration() -> str:
    """The revision that the newest migration leads to: the number its file name begins with."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def unreachable(error: Exception) -> NeedsOperator:
    """A database error as one clear line without the password that the URL may hold."""
    why = in_words(getattr(error, "orig", error))
    chinese = f"数据库无法使用：{why}；请检查 LISTENER_DATABASE_URL、磁盘空间和权限"
    english = f"the database cannot be used: {why}; check LISTENER_DATABASE_URL, disk space and rights"
    return NeedsOperator(say(chinese, english))


@contextmanager
def _session(engine: Engine, digests: Digests | None) -> Iterator[Session]:
    try:
        with Session(engine, expire_on_commit=False, info={"digests": digests}) as session:
            yield session
    except OperationalError as error:
        raise unreachable(error) from error


def _psycopg(url: str) -> str:
    """PostgreSQL always through psycopg 3, however the URL spells it."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(url, parsed.database)
        named = {"application_name": parsed.query.get("application_name", "listener")}
        return create_engine(
            url, connect_args=named, pool_pre_ping=True, pool_size=5, max_overflow=5, hide_parameters=True
        )
    except (ArgumentError, NoSuchModuleError):
        what = say("不是数据库地址", "is not a database URL")
        mend = "sqlite:///var/listener.db | postgresql://user@host/name"
        raise BadInput(Mistake("environment", what, mend, "LISTENER_DATABASE_URL")) from None


def _sqlite(url: str, database: str | None) -> Engine:
    if database and database != ":memory:":
        try:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unreachable(error) from None
    arguments = {"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is deferred; ours is not
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("listener_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _alembic(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
