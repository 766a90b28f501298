"""The discuz spider over saved pages of a real Discuz! X3.5 forum, served on loopback: found, expected, wrong.

    python tests/bench/bench_discuz_samples.py FOLDER

FOLDER holds forumdisplay_fid2_p1.html and p2, viewthread_tid7_p1.html, p5 and p99 (a page past the end, which shows the
last page again), viewthread_deleted.html (404) and posts_truth.csv (what the forum's database held). Threads that were
not saved answer 404, as a deleted one does; the pages of thread 7 that were not saved show its first page again. Every
mention of the saved pages must come once, with author, text and time as the database held them.
"""

from __future__ import annotations

import csv
import sys
import threading
from datetime import UTC, datetime
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from listener.crawls.crawl import Setting, Work, crawl
from listener.model import RawMention
from listener.settings import Installation, SourceSettings
from listener.text.clean import clean

SAVED_AT = datetime(2026, 11, 22, 2, 26, tzinfo=UTC)
"""When the pages were saved; the forum's clock of that moment."""


def page(folder: Path, query: dict[str, list[str]]) -> Path | None:
    """The saved page for a query, None where none was saved."""
    number = query.get("page", ["1"])[0]
    if query.get("mod") == ["forumdisplay"]:
        last = {"1": "p1", "2": "p2", "3": "p2"}.get(number)
        return folder / f"forumdisplay_fid2_{last}.html" if last else None
    if query.get("mod") == ["viewthread"] and query.get("tid") == ["7"]:
        return folder / f"viewthread_tid7_{'p1' if int(number) < 5 else 'p5' if number == '5' else 'p99'}.html"
    return None


def serve(folder: Path) -> ThreadingHTTPServer:
    """The saved pages on loopback; the addresses inside them lead here."""

    class Forum(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            found = page(folder, parse_qs(parts.query)) if parts.path == "/forum.php" else None
            if found is None or not found.exists():
                gone = folder / "viewthread_deleted.html"
                return self.answer(404, gone.read_bytes() if parts.path == "/forum.php" else b"")
            return self.answer(200, found.read_bytes())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forum)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def on_saved_pages(folder: Path) -> set[str]:
    """The ids of all mentions that the saved thread pages show."""
    names = ("viewthread_tid7_p1.html", "viewthread_tid7_p5.html")
    pages = [(folder / name).read_text(encoding="utf-8") for name in names]
    return {part.split('"', 1)[0] for text in pages for part in text.split('id="postmessage_')[1:]}


def wrong(found: RawMention, truth: dict[str, str]) -> list[str]:
    """What of a capture differs from the database's row."""
    mention = clean(found, 1)
    said = unescape(truth["message"])
    if "[quote]" in said:
        said = said.rsplit("[/quote]", 1)[1]
    differences = []
    if mention.author_name != truth["author"] or mention.author_id != truth["uid"]:
        differences.append(f"author {mention.author_name!r} for {truth['author']!r}")
    if "".join(mention.text.split()) != "".join(said.split()):
        differences.append(f"text {mention.text[:40]!r} for {said[:40]!r}")
    if mention.published_at is None or int(mention.published_at.timestamp()) != int(truth["epoch"]):
        differences.append(f"time {mention.published_at} for {truth['epoch']}")
    return differences


def main() -> None:
    """Run it; exit code 1 where anything is missing, doubled or wrong."""
    folder = Path(sys.argv[1])
    with (folder / "posts_truth.csv").open(encoding="utf-8", newline="") as rows:
        truth = {row["pid"]: row for row in csv.DictReader(rows)}
    server = serve(folder)
    url = f"http://127.0.0.1:{server.server_port}/"
    facts = {"name": "forum", "platform": "discuz", "url": url, "forums": [2], "allow_private_addresses": True}
    captured: list[RawMention] = []

    def keep(batch: list[RawMention]) -> int:
        captured.extend(batch)
        return len(batch)

    report = crawl(
        Work(source=SourceSettings.model_validate(facts), state={}, on_captures=keep),
        Setting(now=SAVED_AT, clock=lambda: SAVED_AT, installation=Installation(company="bench")),
    )
    server.shutdown()
    expected = on_saved_pages(folder)
    faults = {c.native_id: found for c in captured if (found := wrong(c, truth[c.native_id]))}
    print(f"outcome   {report.outcome.value} {report.detail} ({report.requests} requests)")
    print(f"expected  {len(expected)}")
    print(f"found     {len({c.native_id for c in captured})} (captures {len(captured)})")
    print(f"missing   {sorted(expected - {c.native_id for c in captured})}")
    print(f"wrong     {len(faults)}")
    for native_id, found in list(faults.items())[:10]:
        print(f"  {native_id}: {'; '.join(found)}")
    sys.exit(bool(faults) or len(captured) != len(expected))


if __name__ == "__main__":
    main()
