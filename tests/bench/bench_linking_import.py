"""Customers brought in by the command line, then linked and erased, in one installation. Prints figures.

    python -m tests.bench.bench_linking_import [--customers 1000000] [--mentions 20000] [--seed 92] [--home DIR]
        [--wordings all] [--erase]

Writes a CSV of ``linking_world``, runs ``listener import customers`` on it (time and peak memory of that process), then
measures linking over that database as ``bench_linking`` does, and with ``--erase`` one ``listener customers erase``.
With ``--home`` the installation stays, and a second run finds it and leaves the import out. SQLite.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.starter import Answers, write
from tests.bench.bench_linking import Figures, measure
from tests.bench.linking_world import NOW, Person, World

HEADINGS = (
    "客户编号",
    "姓名",
    "手机号",
    "订单号",
    "车架号",
    "车牌号",
    "邮箱",
    "地区",
    "产品",
    "门店",
    "购买日期",
    "客户类型",
    "账号",
)


def row(person: Person) -> tuple[str, ...]:
    account = f"weibo:{person.uid}" if person.uid else ""
    return (
        f"C{person.number}", person.name, person.phone, person.order, person.vin, person.plate, person.email,
        person.city, person.product, person.dealer, f"{person.since:%Y-%m-%d}", person.party, account,
    )  # fmt: skip


def listing(world: World, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADINGS)
        table.writerows(row(world.customer(number)) for number in range(world.size))


def run(home: Path, *words: str) -> tuple[float, str]:
    """Seconds of a command, and what it printed."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "listener", "--config", str(home / "config"), *words]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        print(told.stdout[-2000:], told.stderr[-2000:], sep="\n")
    return time.perf_counter() - began, told.stdout


def bring(home: Path, world: World) -> None:
    """Make the installation and import the world into it."""
    write(home, Answers(company="朔岳汽车", brands=("朔岳",), receiver="张敏", receiver_mail="z@example.com"))
    path = home / "customers.csv"
    listing(world, path)
    seconds, told = run(home, "import", "customers", str(path))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = (home / "var" / "listener.db").stat().st_size / 1e9
    print(told.strip()[-600:])
    print(f"import: {world.size} customers in {seconds:.0f} s, {world.size / seconds:.0f} a second, "
          f"peak {memory:.0f} MB, database {size:.2f} GB", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--mentions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=92)
    parser.add_argument("--home", type=Path)
    parser.add_argument(
        "--wordings", choices=("all", "open", "sealed", "second-open", "second-sealed", "third-sealed"), default="all"
    )
    parser.add_argument("--erase", action="store_true")
    given = parser.parse_args()
    world = World(given.seed, given.customers)
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        if not (home / "config").exists():
            bring(home, world)
        if given.mentions:
            listener = Listener.from_folder(home / "config", environment=Environment(now=NOW))
            figures = Figures()
            spent, done = measure(
                listener.database, world, given.mentions, given.wordings, figures, listener.vault.digest
            )
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            own = 1000 * done / max(1, figures.counts["busy_ms"])
            print(f"linking: {done} mentions, {done / spent:.0f} a second, {own:.0f} by the process's own time; "
                  f"{memory:.0f} MB")  # fmt: skip
            print(*figures.lines(), *figures.kinds(), sep="\n", flush=True)
            listener.database.close()
        if given.erase:
            number = given.customers // 2 + 3
            seconds, told = run(home, "customers", "erase", f"C{number}", "--as", "张敏")
            print(told.strip()[-600:])
            print(f"erase: {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
