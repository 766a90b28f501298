"""A process that drains an outbox, to be killed: ``python -m tests.deliver_child DATABASE_URL SMTP_PORT MINUTES``.

MINUTES is how far its clock is ahead of the tests' clock, so that the leases of the process killed before have ended.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

from listener.store.engine import Database
from tests.factories import NOW
from tests.outbox_world import DESK, mailer, run


def main(url: str, port: str, minutes: str) -> None:
    """Deliver everything that is due."""
    database = Database(url)
    desk = replace(DESK, per_hour=0)
    print("ready", flush=True)
    run(database, {"email": mailer(int(port), timeout="30s")}, desk, NOW + timedelta(minutes=int(minutes)))
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
