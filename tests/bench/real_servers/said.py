"""What is said on the servers: threads with their replies, known to the letter; and what every server must do."""

from __future__ import annotations

import random
import socket
import subprocess
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

AUTHORS = ("王先生", "李女士", "车主小张🚗", "Ms. O'Neil", "匿名用户", "abc_123", "山东老刘", "诺敏")
LONG = "买车三个月，发动机故障灯亮了四次，每次去店里都说已经修好，开出去不到一百公里又亮。" * 90
WORDS: tuple[tuple[str, ...], ...] = (
    ("刹车失灵，4S店没人管！",),
    ("变速箱异响😡😡，开了不到三千公里", "已经跑了四趟服务站，每次都说正常。"),
    ("客服说会回电，等了 7 天也没有。", "订单号是 A-20261120-01"),
    ("价格写的是 <裸车价>，提车又要加 &装饰费&，5 < 8 也不能这样算",),
    ("車門關不緊，下雨就漏水，客服一直推",),
    ("**太好用了**，店员耐心👍",),
    ("The engine stalls at low speed, nobody answers the phone",),
    ("同问", "同问同问"),
    ("⟦务必⟧召回！油管漏油有起火危险🔥",),
    ("五星好评，下次还来",),
    ("(╯°□°）╯ 气死了，说好 10 月交车",),
    (LONG,),
)
"""Paragraphs. ⟦…⟧ is emphasised by each server in its own way; other signs are what was written."""


@dataclass(frozen=True, slots=True)
class Said:
    """One entry (``reply_to`` None) or one reply to an entry. ``number`` is ours; the server gives its own id."""

    number: int
    thread: int
    opening: bool
    author: str
    paragraphs: tuple[str, ...]
    at: datetime
    title: str = ""

    @property
    def plain(self) -> str:
        """As a reader sees it."""
        return "\n".join(self.paragraphs).replace("⟦", "").replace("⟧", "")

    def html(self) -> str:
        """Paragraphs as HTML."""
        marked = [
            escape(part, quote=False).replace("⟦", "<strong>").replace("⟧", "</strong>") for part in self.paragraphs
        ]
        return "\n\n".join(marked)

    def markdown(self, entities: bool) -> str:
        """Paragraphs as Markdown, its own signs escaped; ``entities``: HTML signs, too."""
        text = "\n\n".join(part.replace("*", "\\*").replace("_", "\\_") for part in self.paragraphs)
        text = escape(text, quote=False) if entities else text
        return text.replace("⟦", "**").replace("⟧", "**")

    def edited(self) -> Said:
        """The same with other words."""
        return replace(self, paragraphs=("已解决，谢谢客服。",))


@dataclass
class World:
    """All that was said so far. ``replies``: how many each thread has at first."""

    now: datetime
    replies: tuple[int, ...]
    said: list[Said] = field(default_factory=list)

    def begin(self) -> list[Said]:
        """Threads of the last 120 days, none younger than three."""
        chance = random.Random(20261123)
        for thread, count in enumerate(self.replies):
            opened = self.now - timedelta(days=120) + timedelta(days=117) * thread / len(self.replies)
            step = (self.now - timedelta(days=3) - opened) / (count + 2)
            for place in range(count + 1):
                self.say(thread, opened + step * place, chance.choice(AUTHORS))
        return list(self.said)

    def say(self, thread: int, at: datetime, author: str) -> Said:
        """Somebody says the next thing, in a new thread where there was none."""
        opening = all(said.thread != thread for said in self.said)
        number = len(self.said)
        words = WORDS[number % len(WORDS)]
        first = words[0][:12].replace("*", "").replace("⟦", "").replace("⟧", "").strip()
        title = f"第 {thread} 帖：{first}" if opening else ""
        whole = at.astimezone().replace(second=number % 60, microsecond=0)
        said = Said(number, thread, opening, author, (*words, f"编号 {number}"), whole, title)
        self.said.append(said)
        return said


class Server(ABC):
    """A server that runs. ``ids`` maps ``Said.number`` to the id that a capture must have."""

    name = ""
    unit = timedelta(0)
    """How exactly the server shows times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.running: list[subprocess.Popen[bytes]] = []
        self.ids: dict[int, str] = {}

    @abstractmethod
    def install(self) -> str:
        """Install and start it; what is running, with its version."""

    @abstractmethod
    def say(self, said: list[Said]) -> None:
        """Put it there, and note the ids."""

    @abstractmethod
    def edit(self, said: Said) -> None:
        """Change its words."""

    @abstractmethod
    def delete(self, said: Said) -> None:
        """Delete it."""

    @abstractmethod
    def source(self) -> str:
        """The keys of its source, as TOML."""

    def title(self, said: Said) -> str:
        """The title that the capture must have."""
        return said.title

    def author(self, said: Said) -> str:
        """The author that the capture must have."""
        return said.author

    def run(self, *command: str, **more: object) -> None:
        """Start a program of the server in the background, its output in the folder."""
        with (self.folder / "server.log").open("ab") as log:
            self.running.append(subprocess.Popen(command, stdout=log, stderr=log, **more))  # type: ignore[call-overload]

    def stop(self) -> None:
        """End what runs."""
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            process.wait(timeout=20)


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(url: str, seconds: float = 30.0) -> None:
    """Return when something answers there, whatever it answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer")
