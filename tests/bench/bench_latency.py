"""From stored to accepted by SMTP, at 50 mentions a second: ``python -m tests.bench.bench_latency``.

A real ``listener run`` on SQLite, a real SMTP server in this process, no group wait and no limits. Every second so many
captures are stored at once, as a crawl stores them; a share of them are complaints of different authors about
different things, each of which has to come as a mail. Printed: how long each took from being stored to the 250.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from listener.bootstrap import Listener
from listener.model import RawMention
from tests.smtp_servers import HOST, real_server

CONFIG = {
    "listener.toml": """company = "晨曜汽车"
[mail]
host = "{host}"
port = {port}
sender = "alert@maker.example"
per_minute = 1000000
per_domain_per_minute = 1000000
per_receiver_per_hour = 1000000
[alerts]
group_wait = "0s"
group_interval = "0s"
[web]
enabled = false
""",
    "people.toml": "".join(
        f'[[people]]\nname = "客服{number}"\nmail = "agent{number}@maker.example"\nteam = "售后"\n'
        for number in range(10)
    ),
    "routes.toml": 'default = ["team:售后"]\n[[routes]]\nto = ["team:售后"]\nassign = "load"\n',
    "topics/brand.toml": 'name = "晨曜"\nany = ["晨曜"]\n',
}
FAULTS = (
    "变速箱顿挫",
    "中控黑屏",
    "空调不制冷",
    "底盘异响",
    "漏油",
    "车门关不严",
    "电池掉电",
    "大灯进水",
    "倒车影像花屏",
    "座椅开线",
)
PLACES = ("城东店", "城西店", "开发区店", "机场路店", "江北店", "老城店", "高铁站店", "大学城店")
DEEDS = ("推来推去没人管", "修了三次还没好", "一直拖着不给答复", "说不在保修范围", "客服电话打不通", "让我自己出钱修")
WANTS = ("要求退车", "要求换车", "要求赔偿", "要求免费维修", "要求给个说法", "要求退还维修费")
OPENINGS = (
    "提车才两个月，",
    "开了八千公里，",
    "花了二十多万，",
    "上个月刚保养完，",
    "全家都在等着用车，",
    "跑长途的路上，",
)
NICE = ("风景不错", "油耗还行", "停车方便", "空间够用", "音响好听", "颜色耐看")


def said(number: int, complaint: bool, chance: random.Random) -> str:
    """What mention ``number`` says; its number stands in it so that the mail can be told."""
    if not complaint:
        return (
            f"周末开晨曜X5去了{chance.choice(PLACES)}附近，{chance.choice(NICE)}，{chance.choice(NICE)}。记录{number}"
        )
    return (
        f"{chance.choice(OPENINGS)}我的晨曜X5{chance.choice(FAULTS)}，{chance.choice(PLACES)}{chance.choice(DEEDS)}，"
        f"{chance.choice(FAULTS)}也没修好，{chance.choice(WANTS)}！工单{number}号"
    )


def captured(number: int, complaint: bool, chance: random.Random) -> RawMention:
    """The capture of mention ``number``, each by an author of its own."""
    now = datetime.now(UTC)
    return RawMention(
        source="bench",
        platform="discuz",
        site="forum.example",
        native_id=str(number),
        url=f"http://forum.example/{number}",
        captured_at=now,
        published_at=now,
        content=said(number, complaint, chance),
        author_id=f"a{number}",
        author_name=f"车主{number}",
        thread_id=str(number),
    )


def feed(listener: Listener, rate: int, seconds: int, share: float, chance: random.Random) -> dict[int, float]:
    """Store ``rate`` captures each second; when each complaint was stored, by number."""
    stored: dict[int, float] = {}
    begin = time.time()
    for second in range(seconds):
        time.sleep(max(0.0, begin + second - time.time()))
        numbers = range(second * rate, (second + 1) * rate)
        asked = {number: chance.random() < share for number in numbers}
        batch = [captured(number, complaint, chance) for number, complaint in asked.items()]
        listener._collector().save(batch, alert=False)
        at = time.time()
        stored |= {number: at for number, complaint in asked.items() if complaint}
    return stored


def arrivals(mails: list[tuple[float, str]]) -> dict[int, float]:
    """When the first mail about each complaint was accepted."""
    found: dict[int, float] = {}
    for at, text in mails:
        for number in re.findall(r"工单(\d+)号", text):
            found.setdefault(int(number), at)
    return found


def main() -> None:
    """Run it and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--share", type=float, default=0.2, help="how many of the mentions are complaints")
    parser.add_argument("--drain", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, real_server() as server:
        folder = Path(name)
        for file, text in CONFIG.items():
            path = folder / "config" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{host}", HOST).replace("{port}", str(server.port)), encoding="utf-8")
        listener = Listener.from_folder(folder / "config")
        _ = (listener.database, listener.vault)
        command = [sys.executable, "-m", "listener", "--config", str(folder / "config"), "run"]
        log = (folder / "daemon.log").open("wb")
        daemon = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            time.sleep(10)
            stored = feed(listener, given.rate, given.seconds, given.share, random.Random(1))
            until = time.time() + given.drain
            while time.time() < until and len(server.mails) < len(stored):
                time.sleep(1)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            log.close()
        if not server.mails:
            print((folder / "daemon.log").read_text("utf-8", "replace")[-2000:])
        listener.database.close()
        found = arrivals([(each.at, each.text) for each in server.mails])
        mails = len(server.mails)
    took = sorted(found[number] - at for number, at in stored.items() if number in found)
    total = given.rate * given.seconds
    print(f"{total} mentions at {given.rate}/s, {len(stored)} complaints, {mails} mails, {len(took)} complaints told")
    if took:
        cut = statistics.quantiles(took, n=100)
        print(f"the daemon computed for {used.ru_utime + used.ru_stime:.0f} s; load average {os.getloadavg()[1]:.1f}")
        print(
            f"stored to accepted: p50 {cut[49]:.1f} s, p95 {cut[94]:.1f} s, p99 {cut[98]:.1f} s, most {took[-1]:.1f} s"
        )


if __name__ == "__main__":
    main()
