"""The report in a real browser: Chinese charts in the embedded font, numbers that filter, pages that fit a telephone.

Chromium is driven by its command line alone (``--dump-dom``, ``--screenshot``); a small page around the report, served
from the same folder, asks the report in a frame what it looks like.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from listener.reports.build import build_report
from listener.store.engine import Database
from tests.factories import ZONE
from tests.report_samples import END, NOW, START, fill

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip

PROBE = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe id="f" src="index.html%(hash)s" style="width:%(width)spx;height:900px;border:0"></iframe>
<pre id="out"></pre><script>
document.getElementById('f').onload = function () {
  var frame = this.contentWindow, doc = frame.document;
  doc.fonts.ready.then(function () {
    var result = (function () { %(script)s })();
    document.getElementById('out').textContent = JSON.stringify(result);
  });
};
</script></body>"""


class Quiet(SimpleHTTPRequestHandler):
    asked: list[str] = []

    def log_message(self, *_: object) -> None:
        Quiet.asked.append(self.path)


@pytest.fixture(scope="module")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "needs Chromium: make browser-setup"
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("report")
    database = Database(f"sqlite:///{home}/t.db")
    database.upgrade()
    fill(database)
    build_report(database, start=START, end=END, out=home / "out", zone=ZONE, company="晨曜汽车", now=NOW)
    database.close()
    return home / "out"


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    Quiet.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(chromium: str, profile: Path, *arguments: str) -> str:
    # no proxy of the machine's: the page is on loopback and must need nothing else
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={profile}", "--virtual-time-budget=8000", *arguments],
        capture_output=True, text=True, timeout=120, env=environment, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def ask(chromium: str, folder: Path, address: str, tmp_path: Path) -> Any:
    def asked(script: str, hash_: str = "", width: int = 1280) -> Any:
        # a name of its own: one written twice within a second would come from the browser's cache
        probe = folder / f"probe-{uuid4().hex}.html"
        probe.write_text(PROBE % {"hash": hash_, "width": width, "script": script}, "utf-8")
        dom = run(
            chromium, tmp_path / "profile", f"--window-size={width + 40},1000", "--dump-dom", f"{address}/{probe.name}"
        )
        probe.unlink()
        out = re.search(r'<pre id="out">(.*?)</pre>', dom, re.S)
        assert out is not None
        assert out[1], dom[-2000:]
        return json.loads(html.unescape(out[1]))

    return asked


VISIBLE = "return [].map.call(doc.querySelectorAll('article:not([hidden])'), function (a) { return a.id; });"


def test_charts_show_chinese_text_in_the_embedded_font(ask: Any) -> None:
    found = ask("""
      var texts = [].filter.call(doc.querySelectorAll('figure svg text'), function (t) {
        return t.getBoundingClientRect().width > 0;
      });
      return {
        texts: texts.map(function (t) { return t.textContent; }),
        family: frame.getComputedStyle(texts[0]).fontFamily,
        loaded: doc.fonts.check("12px 'Listener Sans SC'", '负面'),
        faces: [].map.call(Array.from(doc.fonts), function (f) { return f.family + ' ' + f.status; }),
        drawn: [].filter.call(doc.querySelectorAll('figure svg a path'), function (p) {
          return p.getBoundingClientRect().width > 1;
        }).length
      };""")
    assert {"负面", "中性", "正面", "特急", "制动系统"} <= set(found["texts"])
    assert "Listener Sans SC" in found["family"]
    assert found["loaded"]
    assert [face.replace('"', "") for face in found["faces"]] == ["Listener Sans SC loaded"]
    assert found["drawn"] >= 12


def test_a_number_filters_the_list(ask: Any) -> None:
    everything = ask(VISIBLE)
    assert len(everything) == 9
    assert ask(VISIBLE, "#f=complaint:yes;repost:no") == ["m7", "m1"]
    assert ask(VISIBLE, "#f=") == everything
    assert ask(VISIBLE, "#f=topic:%E5%94%AE%E5%90%8E") == ["m7"]
    assert ask(VISIBLE, "#f=sentiment:nothing") == []


def test_every_number_on_the_page_shows_as_many_mentions_as_it_says(ask: Any) -> None:
    """Each distinct link is followed in the browser and the list counted."""
    wrong = ask("""
      var links = {}, wrong = [];
      [].forEach.call(doc.querySelectorAll('a[href^="#f="]'), function (a) {
        if (/^[0-9,]+$/.test(a.textContent)) { links[a.getAttribute('href')] = a.textContent.replace(',', ''); }
      });
      Object.keys(links).forEach(function (href) {
        frame.history.replaceState(null, '', href);
        frame.dispatchEvent(new frame.Event('hashchange'));
        var shown = doc.querySelectorAll('article:not([hidden])').length;
        if (String(shown) !== links[href]) { wrong.push([href, links[href], shown]); }
      });
      return { wrong: wrong, checked: Object.keys(links).length };""")
    assert wrong["wrong"] == []
    assert wrong["checked"] > 30


def test_the_filter_says_what_it_shows_and_can_be_taken_off(ask: Any) -> None:
    found = ask(
        """return {
          chips: [].map.call(doc.querySelectorAll('.chip'), function (c) {
            return [c.textContent, c.getAttribute('href')];
          }),
          count: doc.getElementById('count').textContent,
          days: [].map.call(doc.querySelectorAll('.day:not([hidden]) h3'), function (h) { return h.textContent; }),
          top: Math.round(doc.getElementById('mentions').getBoundingClientRect().top)
        };""",
        "#f=severity:S1;repost:no",
    )
    assert found["chips"] == [["紧急程度 特急 ×", "#f=repost:no"], ["转发 否 ×", "#f=severity:S1"]]
    assert found["count"] == "共 1 条，涉及 1 个工单"
    assert found["days"] == ["2026-11-16 1 条"]
    assert found["top"] < 450


@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_sticks_out_of_the_page(ask: Any, width: int) -> None:
    found = ask(
        """return {
          page: doc.documentElement.scrollWidth,
          small: Math.min.apply(null, [].map.call(doc.querySelectorAll('figure svg'), function (s) {
            var box = s.getBoundingClientRect();
            return box.width ? box.width / s.viewBox.baseVal.width : 9;
          }))
        };""",
        width=width,
    )
    assert found["page"] <= width
    assert found["small"] > 0.9, "text in a chart would be drawn smaller than it was made"


def test_the_page_asks_for_nothing_else(ask: Any) -> None:
    ask("return 1;")
    asked = {re.sub(r"probe-\w+", "probe", path.partition("?")[0]) for path in Quiet.asked}
    assert asked <= {"/probe.html", "/index.html", "/favicon.ico"}


def test_a_picture_of_the_page_can_be_taken(chromium: str, folder: Path, tmp_path: Path) -> None:
    shot = tmp_path / "page.png"
    run(
        chromium, tmp_path / "profile", "--window-size=1280,2400", f"--screenshot={shot}", f"file://{folder}/index.html"
    )
    assert shot.stat().st_size > 50_000
