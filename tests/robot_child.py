"""A process that sends by a robot, to be killed: ``python -m tests.robot_child DATABASE_URL ADDRESS``."""

from __future__ import annotations

import sys

from listener.alerts.notifiers.robots import ROBOTS, RobotNotifier
from listener.store.engine import Database
from listener.store.sent import StoredParts
from tests.outbox_world import run

GROUP = "notifier:客服群"


def robot(database: Database, address: str) -> RobotNotifier:
    """A WeCom robot that keeps in the outbox how far it has come."""
    return RobotNotifier("客服群", ROBOTS["wecom"], address, book=StoredParts(lambda: database))


def main(url: str, address: str) -> None:
    """Deliver everything that is due."""
    database = Database(url)
    run(database, {GROUP: robot(database, address)})
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
