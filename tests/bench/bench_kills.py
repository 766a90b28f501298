"""Real kill -9 of a delivering process at random moments: ``python tests/bench/bench_kills.py``.

Printed: kills, mails, how many came twice (at most one a kill, with equal bytes and Message-ID, which is asserted),
and that none was lost. SQLite; the SMTP server is real and runs in this process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from listener.store.engine import Database
from tests.integration.test_delivery_kills import kill_again_and_again


def main() -> None:
    """Kill and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=8000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'kills.db'}"
        database = Database(url)
        database.upgrade()
        database.close()
        begin = time.perf_counter()
        tell = kill_again_and_again(url, mails=given.mails, kills=given.kills, seed=given.seed)
        tell()
        print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
