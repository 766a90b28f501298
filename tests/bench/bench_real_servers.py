"""Real server software, filled with what is known to the letter, and crawled: found, expected, wrong.

    python -m tests.bench.bench_real_servers [wordpress] [isso] [spirit]

Each is installed below a temporary folder (Isso and django-spirit from PyPI; WordPress needs Debian's packages, see
real_servers/wordpress.py), runs on loopback, and gets threads and replies of 120 days: Chinese, emoji, long texts,
signs of HTML. ``listener crawl`` then runs as an operator would run it. Printed for each: how many ids were expected,
found, missing, doubled, and how many have a wrong author, text, title or time; what a second crawl brings (0); what a
third brings after new replies on old threads, a new thread and an edit; and whether reading again shows the edit and
the deletion. The exit code is 1 where anything is missing or wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from listener.model import Origin, RawMention
from listener.spiders.base import Job, Page, Parsed, Revisit
from listener.spiders.decode import decode
from listener.spiders.registry import platforms
from listener.store import crawls
from listener.store.engine import Database
from listener.store.tables import RawMentionRow
from listener.text.clean import clean
from tests.bench.real_servers.isso import Isso
from tests.bench.real_servers.said import Said, Server, World
from tests.bench.real_servers.spirit import Spirit
from tests.bench.real_servers.wordpress import WordPress

REPLIES = (130, 47, 21, 20, 19, *(n % 7 for n in range(55)))
"""How many replies each thread has: several pages, exactly one page and one more than a page among them."""

SOURCE = 'name = "bench"\nevery = "1h"\nallow_private_addresses = true\nmax_pages = 50\n'
SETTINGS = 'company = "bench"\ntimezone = "Asia/Shanghai"\nkey_file = "var/listener.keys"\n'


@dataclass
class Installation:
    """A Listener with one source, in a folder of its own."""

    folder: Path
    source: str

    def __post_init__(self) -> None:
        (self.folder / "config" / "sources").mkdir(parents=True)
        (self.folder / "var").mkdir()
        (self.folder / "config" / "listener.toml").write_text(SETTINGS, encoding="utf-8")
        self.configure(self.source)

    def configure(self, source: str) -> None:
        """Write the source anew."""
        (self.folder / "config" / "sources" / "bench.toml").write_text(SOURCE + source, encoding="utf-8")

    def crawl(self) -> dict[str, object]:
        """``listener crawl bench --json`` until nothing is left for later; the counts of all, the last outcome."""
        total: Counter[str] = Counter()
        while True:
            command = [
                sys.executable,
                "-m",
                "listener",
                "--config",
                str(self.folder / "config"),
                "crawl",
                "bench",
                "--json",
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if not done.stdout.strip():
                raise SystemExit(done.stderr)
            facts = json.loads(done.stdout)
            total += Counter({"crawls": 1} | {name: facts[name] for name in ("found", "new", "requests")})
            if facts["outcome"] not in ("ok", "empty") or not self.state().get("left"):
                return {**facts, **total}

    def state(self) -> dict[str, object]:
        """What the last crawl left."""
        with Session(self.database().engine) as session:
            return dict(crawls.state_of(session, "bench").state)

    def captures(self) -> list[RawMention]:
        """All that was stored, oldest first."""
        names = {field.name for field in fields(RawMention)} - {"origin", "proof"}
        with Session(self.database().engine) as session:
            rows = session.exec(select(RawMentionRow).order_by(col(RawMentionRow.id))).all()
            return [RawMention(**{name: getattr(row, name) for name in names}, origin=Origin.CRAWL) for row in rows]

    def database(self) -> Database:
        return Database(f"sqlite:///{self.folder / 'var' / 'listener.db'}")


def wrong(server: Server, said: Said, capture: RawMention) -> list[str]:
    """What of a capture differs from what was said."""
    mention = clean(capture, 1)
    faults = []
    if mention.author_name != server.author(said):
        faults.append(f"author {mention.author_name!r} for {server.author(said)!r}")
    if "".join(mention.text.split()) != "".join(said.plain.split()):
        faults.append(f"text {mention.text[:60]!r} for {said.plain[:60]!r}")
    if mention.title != server.title(said):
        faults.append(f"title {mention.title!r} for {server.title(said)!r}")
    apart = said.at - mention.published_at if mention.published_at else timedelta.max
    if not timedelta(0) <= apart <= server.unit:
        faults.append(f"time {mention.published_at} for {said.at}, read from {capture.published_raw!r}")
    return faults


def compare(server: Server, expected: list[Said], captures: list[RawMention]) -> bool:
    """Print found, expected, wrong; True where all is right."""
    newest = {capture.native_id: capture for capture in captures}
    wanted = {server.ids[said.number]: said for said in expected}
    missing = sorted(set(wanted) - set(newest))
    faults = {
        key: found for key, said in wanted.items() if key in newest and (found := wrong(server, said, newest[key]))
    }
    kinds = Counter(line.split()[0] for found in faults.values() for line in found)
    print(
        f"    expected {len(wanted)}, found {len(set(newest) & set(wanted))}, missing {len(missing)} {missing[:5]}, ",
        end="",
    )
    strange = sorted(set(newest) - set(wanted))
    print(
        f"unexpected {len(strange)} {strange[:5]}, wrong: "
        + ", ".join(f"{k} {kinds[k]}" for k in ("author", "text", "title", "time"))
    )
    for key, found in list(faults.items())[:5]:
        print(f"      {key}: {'; '.join(found)}")
    return not missing and not faults and not strange


def again(server: Server, installed: Installation, capture: RawMention, now: datetime) -> Parsed:
    """The mention read again as its platform does it."""
    source = platforms()[capture.platform]
    options = tomllib.loads(installed.source)
    url, _ = options.pop("url"), options.pop("platform")
    state = dict(installed.state().get("platform", {}))  # type: ignore[call-overload]
    platform = source(Job(source="bench", platform=capture.platform, url=url, parameters=options, state=state, now=now))
    fetch = platform.revisit(Revisit(capture.native_id, capture.url, capture.thread_id))
    if fetch is None:
        return Parsed()
    try:
        with urllib.request.urlopen(fetch.url, timeout=30) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    page = Page(url=fetch.url, status=status, body=body, text=decode(body), kind=fetch.kind, context=fetch.context)
    return platform.read(page)


def changes(server: Server, world: World, installed: Installation, deleted: Said) -> bool:
    """New replies on old threads, a new thread, an edit, a deletion: what a crawl and reading again show."""
    now = datetime.now().astimezone().replace(microsecond=0)
    fresh = [world.say(thread, now - timedelta(minutes=3 - place), "后来者") for place, thread in enumerate((0, 1, 7))]
    fresh.append(world.say(len(REPLIES), now, "新人"))
    server.say(fresh)
    edited = world.said[0]
    server.edit(edited.edited())
    server.delete(deleted)
    installed.configure(server.source())  # a new thread of Isso has to be named
    before = {capture.native_id: capture for capture in installed.captures()}
    facts = installed.crawl()
    print(f"  4 new, 1 edited, 1 deleted: {facts['outcome']} new {facts['new']} ({facts['requests']} requests)")
    captures = installed.captures()
    held = {capture.native_id for capture in captures}
    shown = [said for said in world.said if said.number != edited.number]
    newest = {capture.native_id: capture for capture in captures}
    by_crawl = not wrong(server, edited.edited(), newest[server.ids[edited.number]])
    fine = compare(server, [*shown, edited.edited() if by_crawl else edited], captures)
    reread = again(server, installed, before[server.ids[edited.number]], now)
    seen = next((c for c in reread.captures if c.native_id == server.ids[edited.number]), None)
    by_revisit = seen is not None and not wrong(server, edited.edited(), seen)
    gone = server.ids[deleted.number] in again(server, installed, before[server.ids[deleted.number]], now).gone
    print(f"    the edit: by the crawl {by_crawl}, read again {by_revisit}; the deletion read again: {gone}")
    facts = installed.crawl()
    print(f"  again: {facts['outcome']} new {facts['new']} ({facts['requests']} requests)")
    return fine and by_revisit and gone and facts["new"] == 0 and len(held) == len(world.said)


def measure(server: Server, folder: Path) -> bool:
    """All of it for one server."""
    print(f"{server.install()}")
    world = World(datetime.now().astimezone(), REPLIES)
    server.say(world.begin())
    installed = Installation(folder / f"{server.name}-listener", server.source())
    begun = time.monotonic()
    facts = installed.crawl()
    seconds = time.monotonic() - begun
    print(f"  first: {facts['outcome']} {facts['detail']} new {facts['new']}", end=" ")
    print(f"({facts['requests']} requests, {facts['crawls']} crawls, {seconds:.0f} s)")
    fine = compare(server, world.said, installed.captures())
    for line in facts["audit"][:5]:  # type: ignore[index]
        print(f"    {line}")
    facts = installed.crawl()
    print(f"  second: {facts['outcome']} new {facts['new']} ({facts['requests']} requests)")
    fine = fine and facts["new"] == 0
    deleted = next(said for said in world.said if said.thread == 4 and not said.opening)
    fine = changes(server, world, installed, deleted) and fine
    return other_way(server, world, deleted, folder) and fine


def other_way(server: Server, world: World, deleted: Said, folder: Path) -> bool:
    """The same by the platform's second way, in a new installation: feeds for WordPress, ``latest`` for Isso."""
    source = server.source()
    if isinstance(server, WordPress):
        articles(server, world, folder)
        server.close()
    elif isinstance(server, Isso):
        source = source.split("uris =")[0]
    else:
        return True
    installed = Installation(folder / f"{server.name}-other", source)
    facts = installed.crawl()
    captures = installed.captures()
    print(f"  the other way: {facts['outcome']} {facts['detail']} new {facts['new']} ({facts['requests']} requests)")
    there = [said.edited() if not said.number else said for said in world.said if said.number != deleted.number]
    if isinstance(server, WordPress):  # its feed of comments holds ten
        replies = sorted((said for said in there if not said.opening), key=lambda said: said.at)
        there = [said for said in there if said.opening] + replies[-10:]
    return compare(server, there, captures)


def articles(server: WordPress, world: World, folder: Path) -> None:
    """The posts once more, by sitemap and trafilatura: how many are found, and how many have each value right.

    A theme's page is not the database: words of the theme may stand in a text, so a text is right that holds what
    was said and is at most 300 characters longer.
    """
    source = f'platform = "article"\nurl = "{server.url}wp-sitemap.xml"\nmatch = "/entry-"\n'
    installed = Installation(folder / "articles", source)
    facts = installed.crawl()
    wanted = {f"entry-{said.number}": said for said in world.said if said.opening}
    wanted["entry-0"] = world.said[0].edited()
    found = {capture.native_id.rstrip("/").rsplit("/")[-1]: capture for capture in installed.captures()}
    right: Counter[str] = Counter()
    for name, said in wanted.items():
        capture = found.get(name)
        mention = clean(capture, 1) if capture else None
        if mention is None:
            continue
        words, wanted_words = "".join(mention.text.split()), "".join(said.plain.split())
        right["text"] += wanted_words in words and len(words) < len(wanted_words) + 300
        right["title"] += mention.title.startswith(said.title)
        right["author"] += mention.author_name == said.author
        if mention.author_name != said.author or mention.published_at != said.at or not right["text"]:
            print(f"      {name}: {mention.author_name!r} for {said.author!r}, {capture.published_raw!r} for {said.at}")
        right["time"] += mention.published_at == said.at
    print(f"  by sitemap and pages: {facts['outcome']} {facts['detail']} ({facts['requests']} requests)")
    counts = ", ".join(f"{kind} {right[kind]}" for kind in ("text", "title", "author", "time"))
    print(f"    expected {len(wanted)}, found {len(set(found) & set(wanted))}, of these right: {counts}")
    for line in facts["audit"][:3]:  # type: ignore[index]
        print(f"      {line}")


def main() -> None:
    """Run those that are named, or all."""
    known = {kind.name: kind for kind in (WordPress, Isso, Spirit)}
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or known:
            server = known[name](Path(folder))
            try:
                fine = measure(server, Path(folder)) and fine
            finally:
                server.stop()
    print("all right" if fine else "NOT all right")
    sys.exit(not fine)


if __name__ == "__main__":
    main()
