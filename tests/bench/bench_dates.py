"""Rendered time cells of a real forum against the times that its database holds: exact where the exact time is given.

    python tests/bench/bench_dates.py SAMPLES/live/discuz-x3.5/authorposton_truth.json

Each cell has the clock at the moment of rendering. Each is read twice: as it is (the exact time is in a title), and as
a reader sees it, without the title, where it has to be right within the unit shown.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from listener.text.dates import read_date_why

ZONE = ZoneInfo("Asia/Shanghai")
UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_TAG = re.compile(r"<[^>]+>")


def main() -> None:
    """Print the counts; exit code 1 where a cell is wrong."""
    cells = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    exact, shown, faults = Counter[str](), Counter[str](), []
    for cell in cells:
        truth = datetime.fromtimestamp(cell["epoch"], UTC)
        now = datetime.fromtimestamp(cell["now"], UTC)
        whole, words = cell["raw"], _TAG.sub("", cell["raw"])
        for text, counted in ((whole, exact), (words, shown)):
            found = read_date_why(text, now, ZONE)
            off = abs(found.at - truth) if found.at else None
            titled = counted is exact and "title=" in whole
            most = timedelta() if titled else UNITS.get(found.unit, timedelta())
            right = off is not None and off <= most
            counted[("titled " if titled else "") + (found.unit if right else "wrong")] += 1
            faults += [] if right else [f"{text} at {now}: {found.at} {found.unit or found.reason}, truth {truth}"]
    print(f"cells {len(cells)}; as they are: {dict(exact)}; without the title: {dict(shown)}")
    for line in faults[:20]:
        print(line)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
