"""``listener import mentions``: a table in, by a kept mapping or a guessed one; what is new, changed, known.

A row that came before by platform, site and number is the same mention: what it says otherwise now (status, rating, the
company's answer, the text) is a new capture of it, and an event of its case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, nearest
from listener.intake.mappings import FOLDER, ImportMapping, load_mappings, save_mapping
from listener.intake.tables import ImportCounts, import_mentions
from listener.language import say
from listener.model import Origin, RawMention
from listener.settings import Settings
from listener.store import captures
from listener.store.engine import Database

__all__ = ["Import", "Wanted"]

NAMELESS = "import"
"""Source and platform where nobody says another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a file is to be read: ``mapping`` as given, ``kept`` a kept one's name, ``save`` a name to keep it by."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    platform: str = ""
    sheet: str = ""
    kept: str = ""
    save: str = ""
    alert: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Import:
    """One import of one file."""

    database: Database
    settings: Settings
    now: datetime
    wanted: Wanted
    origin: Origin = Origin.IMPORT
    """Files of a folder that is a source are no import by hand: what they tell is as fresh as what is crawled."""
    reject_path: Path | None = None
    changed: int = 0
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def run(
        self, file: Path, progress: Callable[[int, int | None], None] = lambda done, total: None
    ) -> dict[str, object]:
        """Read the file, store what is new or changed; the counts by name, ``mapping`` and ``remarks`` among them."""
        wanted, kept = self.wanted, self._kept()
        counts = import_mentions(
            file,
            wanted.mapping,
            kept=kept,
            sheet=wanted.sheet or (kept.sheet if kept else ""),
            source=self._named("source", kept),
            platform=self._named("platform", kept),
            now=self.now,
            zone=self.settings.zone,
            on_captures=self._keep,
            reject_path=self.reject_path,
            progress=progress,
        )
        return asdict(counts) | {
            "known": counts.known - self.changed,
            "changed": self.changed,
            "remarks": self._remarks(counts, kept),
            "saved": self._saved(counts, kept),
        }

    def _kept(self) -> ImportMapping | None:
        """The mapping of that name; ``BadInput`` with the nearest where there is none."""
        if not self.wanted.kept:
            return None
        folder = self.settings.config_dir / FOLDER
        known, _ = load_mappings(folder)
        if self.wanted.kept not in known:
            near = nearest(self.wanted.kept, known)
            what = say(f"{folder} 中没有 {self.wanted.kept}.toml", f"{folder} has no {self.wanted.kept}.toml")
            mend = did_you_mean(near) if near else say("现有：", "there are: ") + "、".join(known)
            raise BadInput(Mistake("--mapping", what, mend))
        return known[self.wanted.kept]

    def _named(self, name: str, kept: ImportMapping | None) -> str:
        return getattr(self.wanted, name) or (getattr(kept, name) if kept else "") or self.wanted.kept or NAMELESS

    def _keep(self, found: list[RawMention]) -> int:
        """Store a batch; how many of its mentions are new. Those that say something else now are counted apart."""
        found = [replace(raw, origin=self.origin) for raw in found]
        fresh = {(*raw.key, captures.digest_of(raw)): raw for raw in found}
        fresh = {said: raw for said, raw in fresh.items() if said not in self._seen}
        self._seen |= fresh.keys()
        batch = list(fresh.values())
        with self.database.read() as session:
            before = captures.newest(session, batch)
        new = [raw for raw in batch if raw.key not in before]
        changed = [raw for raw in batch if raw.key in before and before[raw.key] != captures.digest_of(raw)]
        self.changed += len(changed)
        if not self.wanted.dry_run:
            with self.database.write() as session:
                captures.save(session, [*new, *changed], alert=self.wanted.alert)
                captures.take_up_again(session, changed)
        return len(new)

    def _remarks(self, counts: ImportCounts, kept: ImportMapping | None) -> list[str]:
        remarks = list(counts.remarks)
        if counts.skipped:
            remarks.append(say(f"跳过 {counts.skipped} 行合计", f"{counts.skipped} rows of sums left out"))
        if kept and not kept.verified:
            what = f"列对应「{self.wanted.kept}」未经真实导出核对：请核对后把 verified 改为 true"
            remarks.append(say(what, f"the mapping {self.wanted.kept} was never held against a real export"))
        if self.wanted.save and self.wanted.dry_run:
            remarks.append(say("试运行不保存列对应", "a dry run saves no mapping"))
        return remarks

    def _saved(self, counts: ImportCounts, kept: ImportMapping | None) -> Path | None:
        wanted = self.wanted
        if not wanted.save or wanted.dry_run or not counts.mapping:
            return None
        made = ImportMapping(
            verified=True,
            source=self._named("source", kept),
            platform=self._named("platform", kept),
            site=kept.site if kept else "",
            sheet=wanted.sheet or (kept.sheet if kept else ""),
            map=dict(counts.mapping),
        )
        return save_mapping(self.settings.config_dir / FOLDER, wanted.save, made)
