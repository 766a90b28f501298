"""A message that goes in parts: what was taken is not sent again, whichever process goes on after the last one."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest

from listener.model import Receiver, Recipient
from listener.store.engine import Database
from tests.factories import NOW
from tests.outbox_world import TEXT, deliveries, opened, run, status, write
from tests.robot_child import GROUP, robot
from tests.vendor import Vendor, vendor_server

TO = (Recipient(receiver=Receiver(name="客服群", notifier=GROUP, address="客服群"), reason="派单规则「群」"),)
TAKEN = {"errcode": 0, "errmsg": "ok"}
LATER = NOW + timedelta(minutes=30)


def numbers(vendor: Vendor) -> list[str]:
    """Which part each request was, as "1/3"."""
    return [body["text"]["content"].split(")")[0].removeprefix("(") for body in vendor.bodies()]


def wait_for(vendor: Vendor, requests: int) -> None:
    until = time.monotonic() + 90
    while len(vendor.asked) < requests:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_after_a_kill_between_parts_only_the_rest_is_sent_again(sqlite_url: str) -> None:
    with vendor_server() as vendor:
        database = Database(sqlite_url)
        write(database, opened(text=TEXT * 40), to=TO)
        vendor.says(TAKEN)
        vendor.says("", 2)  # the second part is never answered
        with subprocess.Popen([sys.executable, "-m", "tests.robot_child", sqlite_url, vendor.address]) as child:
            wait_for(vendor, 2)
            child.kill()
        assert status(database) == ["pending"] and deliveries(database)[0].parts == 1
        vendor.answers[:] = []
        vendor.says(TAKEN)
        run(database, {GROUP: robot(database, vendor.address)}, now=LATER)
        last = numbers(vendor)[-1]
        count = int(last.split("/")[1])
        assert count >= 2 and status(database) == ["sent"]
        rest = [f"{number}/{count}" for number in range(2, count + 1)]
        assert numbers(vendor) == [f"1/{count}", f"2/{count}", *rest], "the first is not repeated"
        database.close()


def test_what_was_sent_whole_but_not_marked_is_not_sent_again(database: Database) -> None:
    """Killed between the last part and the mark."""
    with vendor_server() as vendor:
        write(database, opened(text=TEXT * 40), to=TO)
        vendor.says(TAKEN)
        notifier = robot(database, vendor.address)
        sending = notifier.send

        def dies(message: object) -> object:
            sending(message)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        notifier.send = dies  # type: ignore[method-assign, assignment]
        with pytest.raises(KeyboardInterrupt):
            run(database, {GROUP: notifier})
        before = len(vendor.asked)
        run(database, {GROUP: robot(database, vendor.address)}, now=LATER)
        assert status(database) == ["sent"] and len(vendor.asked) == before >= 2
