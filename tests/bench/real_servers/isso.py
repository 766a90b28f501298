"""Isso from PyPI in an environment of its own: what is said goes in by its public interface, times by its database."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.request

from tests.bench.real_servers.said import Said, Server, wait_for

CONFIGURATION = """[general]
dbpath = {folder}/comments.db
host = http://127.0.0.1:{port}/
latest-enabled = true
[server]
listen = http://127.0.0.1:{port}
[guard]
enabled = false
[moderation]
enabled = false
"""


class Isso(Server):
    """Threads are addresses; the first words of each are its first comment, and what follows are replies to it."""

    name = "isso"

    def install(self) -> str:
        """``pip install isso`` into the folder."""
        subprocess.run([sys.executable, "-m", "venv", str(self.folder / "venv")], check=True)
        pip = str(self.folder / "venv" / "bin" / "pip")
        subprocess.run([pip, "install", "--quiet", "isso"], check=True, stderr=subprocess.DEVNULL)
        (self.folder / "isso.cfg").write_text(CONFIGURATION.format(folder=self.folder, port=self.port))
        self.run(str(self.folder / "venv" / "bin" / "isso"), "-c", str(self.folder / "isso.cfg"), "run")
        wait_for(self.url + "?uri=/")
        shown = subprocess.run([pip, "show", "isso"], capture_output=True, text=True, check=True).stdout
        return "Isso " + next(line.split()[1] for line in shown.splitlines() if line.startswith("Version"))

    def say(self, said: list[Said]) -> None:
        """By ``POST new``; then each gets its time."""
        for one in said:
            first = self._first(one.thread)
            parent = first if not one.opening and one.number % 3 else None  # two in three answer the first comment
            body = {"author": one.author, "text": one.markdown(entities=False), "parent": parent, "title": "x"}
            request = urllib.request.Request(
                f"{self.url}new?uri={self._uri(one.thread)}",
                json.dumps(body).encode(),
                {"Content-Type": "application/json", "Origin": self.url.rstrip("/")},
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                self.ids[one.number] = str(json.load(answer)["id"])
            self._threads.setdefault(one.thread, self.ids[one.number])
        times = [(one.at.timestamp(), int(self.ids[one.number])) for one in said]
        self._write("UPDATE comments SET created = ? WHERE id = ?", times)

    def edit(self, said: Said) -> None:
        """In its database: by the interface only the author may, for fifteen minutes."""
        self._write("UPDATE comments SET text = ? WHERE id = ?", [(said.plain, int(self.ids[said.number]))])

    def delete(self, said: Said) -> None:
        """As an author or a moderator does it, in its database."""
        self._write("DELETE FROM comments WHERE id = ?", [(int(self.ids[said.number]),)])

    def source(self) -> str:
        """Every thread by its uri; the second source in the bench reads ``latest``."""
        uris = json.dumps([self._uri(thread) for thread in sorted(self._threads)])
        return f'platform = "isso"\nurl = "{self.url}"\nwebsite = "https://www.example.com/"\nuris = {uris}\n'

    def title(self, said: Said) -> str:
        """Comments have none."""
        return ""

    @property
    def _threads(self) -> dict[int, str]:
        return self.__dict__.setdefault("threads", {})

    def _first(self, thread: int) -> int | None:
        return int(self._threads[thread]) if thread in self._threads else None

    def _uri(self, thread: int) -> str:
        return f"/entry/{thread}/"

    def _write(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        with sqlite3.connect(self.folder / "comments.db") as database:
            database.executemany(statement, rows)
