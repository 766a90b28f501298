"""A Jetstream on loopback with two hours of backlog: is each mention wanted found once, how fast, in how much memory.

python tests/bench/bench_jetstream.py [MESSAGES]
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import timedelta

from websockets.sync.server import ServerConnection

from tests.child_runs import job, run_child, said
from tests.factories import NOW
from tests.stream_server import Jetstream, micro, serving

BACKLOG = timedelta(hours=2)
EVERY = 500
"""One message in so many has the keyword."""


class Backlog(Jetstream):
    """A stream whose rows are made once, each with its time."""

    def fill(self, count: int) -> None:
        """``count`` messages over two hours until now."""
        self.rows: list[tuple[int, str]] = []
        for number in range(count):
            at = NOW - BACKLOG + number * BACKLOG / count
            self.log.clear()
            self.say(f"r{number}", f"{'刹车没人管' if number % EVERY == 0 else '今天晚饭吃什么好呢'}{number}", at)
            self.rows.append((micro(at), self.log[0]))

    def _log(self, stream: ServerConnection) -> None:
        for at, message in self.rows:
            if at >= self.cursors[-1]:
                stream.send(message)


def main() -> None:
    """Run it; exit code 1 where something is missing or came twice."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    site = Backlog()
    site.fill(count)
    with serving(site):
        state = {"platform": {"cursor": micro(NOW - BACKLOG)}}
        given = job(site.url, "bluesky", parameters={"keywords": ["刹车"], "listen": 3}, request_timeout=8, state=state)
        began = time.monotonic()
        result, found = said(run_child(given))
        seconds = time.monotonic() - began
    behind = (micro(NOW) - result.state["platform"]["cursor"]) / 1e6
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    expected = len(range(0, count, EVERY))
    size = f"{count} messages, {result.bytes / 1e6:.1f} MB, {result.requests} connections"
    print(f"{size}: {result.outcome} in {seconds:.1f} s")
    print(f"found {len(found)} expected {expected}; {behind:.1f} s behind at the end; at most {memory:.0f} MB resident")
    sys.exit(len({one.native_id for one in found}) != expected or len(found) != expected)


if __name__ == "__main__":
    main()
