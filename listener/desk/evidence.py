"""``listener export evidence CASE --out FOLDER``: what proves a case, in a folder that a third party can verify.

    FOLDER/
      README.txt        how to verify it, in Chinese and English
      manifest.txt      what there is, for people
      manifest.json     the same for programs: captures, their answers, every file with its hash
      case.json         the case and its events
      captures/…json    each capture as it was read: text, author, times, address
      attached/SHA256.* pictures and files that colleagues forwarded; only unmasked
      raw/SHA256.html   the bodies that captures were read from, byte for byte; only unmasked
      sha256sums.txt    for ``sha256sum -c sha256sums.txt``
      seal.json         the hash of sha256sums.txt, keyed with the installation's key file; the audit holds it too

Without ``--unmask`` texts are masked and bodies are left out, since a body cannot be masked and stay what its hash
says; their hashes stand in the manifest all the same. The folder appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlmodel import Session

from listener.desk.evidence_words import README, manifest_text
from listener.errors import BadInput, Mistake
from listener.intake.evidence import path_of
from listener.language import say
from listener.model import RawMention
from listener.reports.files import unwritable
from listener.spiders.evidence import unpacked
from listener.store import evidence, facts, views
from listener.store.engine import Database
from listener.store.evidence import Proven
from listener.text.mask import mask

FORMAT = "listener-evidence/1"
SUMS = "sha256sums.txt"
SEAL = "seal.json"
_ENDINGS = (("html", ".html"), ("json", ".json"), ("xml", ".xml"), ("rss", ".xml"), ("text/plain", ".txt"))

Facts = dict[str, Any]
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
Sign = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A folder that was written: how many captures, how many bodies, and the hash that its seal is of."""

    folder: Path
    captures: int
    bodies: int
    sums: str


@dataclass
class _Folder:
    """Files below one folder, with their hashes."""

    place: Path
    sums: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, body: bytes) -> str:
        """Write a file; its SHA-256."""
        path = self.place / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
        self.sums[name] = hashlib.sha256(body).hexdigest()
        return self.sums[name]

    def write_json(self, name: str, found: object) -> None:
        """Write JSON that people can read too."""
        self.write(name, (json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n").encode())


def export_evidence(
    database: Database,
    number: int,
    out: Path,
    *,
    zone: tzinfo,
    now: datetime,
    company: str,
    sign: Sign,
    key_id: str,
    person: str = "",
    unmask: bool = False,
    attached: Path | None = None,
) -> Sealed:
    """Write the folder of case ``number`` to ``out``. ``sign`` is a keyed hash, ``key_id`` names its key.

    ``attached`` is where files are kept that colleagues forwarded.

    ``BadInput`` where there is no such case, or where ``out`` is there already and not empty.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        what = say("已存在且不是空目录", "is there already and is no empty folder")
        raise BadInput(Mistake(str(out), what, say("请换一个目录", "name another")))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        place = Path(mkdtemp(prefix=".evidence-", dir=out.parent))
    except OSError as error:
        raise unwritable(out, error) from None
    try:
        folder = _Folder(place)
        head = {
            "format": FORMAT,
            "case": number,
            "company": company,
            "made_at": now.astimezone(zone).isoformat(timespec="seconds"),
            "made_by": person or None,
            "masked": not unmask,
        }
        with facts.snapshot(database) as session:
            captures, bodies = _fill(folder, session, head, zone, unmask, attached)
        sums = _seal(folder, head, sign, key_id)
        place.chmod(0o750)
        if out.exists():
            out.rmdir()
        place.rename(out)
    except OSError as error:
        raise unwritable(out, error) from None
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return Sealed(out, captures, bodies, sums)


def _fill(
    folder: _Folder, session: Session, head: Facts, zone: tzinfo, unmask: bool, attached: Path | None
) -> tuple[int, int]:
    """Write everything but the seal; how many captures and bodies."""
    number = int(head["case"])
    case = views.case_detail(session, number)
    if case is None:
        raise BadInput(Mistake("case", say(f"没有工单 #{number}", f"no case #{number}"), "listener cases list"))
    cover: Callable[[str], str] = str if unmask else mask
    proven = evidence.of_case(session, number)
    bodies = _bodies(folder, session, proven) if unmask else {}
    captures = [_capture(folder, place, one, bodies, zone, cover) for place, one in enumerate(proven, start=1)]
    for one, line in zip(proven, captures, strict=True):
        if files := _attached(folder, one.raw, attached if unmask else None):
            line["attached"] = files
    folder.write_json("case.json", _case(case, zone, cover))
    folder.write("README.txt", README.encode())
    folder.write("manifest.txt", manifest_text(head, captures).encode())
    files = [{"path": name, "sha256": digest} for name, digest in sorted(folder.sums.items())]
    folder.write_json("manifest.json", {**head, "captures": captures, "files": files})
    return len(captures), len(bodies)


def _bodies(folder: _Folder, session: Session, proven: Sequence[Proven]) -> dict[str, str]:
    """Write the bodies that are still kept; their files by hash."""
    kept = {one.proof.sha256: one.proof for one in proven if one.proof is not None and one.kept}
    found: dict[str, str] = {}
    for digest, packed in evidence.payloads(session, list(kept)):
        with suppress(ValueError, zlib.error):
            name = f"raw/{digest}{_ending(kept[digest].headers)}"
            folder.write(name, unpacked(packed))
            found[digest] = name
    return found


def _attached(folder: _Folder, raw: RawMention, kept: Path | None) -> list[Facts]:
    """The files that came with a forwarded capture: their hashes, and unmasked the files themselves."""
    found: list[Facts] = []
    for digest in _DIGEST.findall(raw.fields.get("evidence", "")):
        path = path_of(kept, digest) if kept is not None else None
        name = f"attached/{path.name}" if path is not None else None
        if path is not None and name is not None and name not in folder.sums:
            folder.write(name, path.read_bytes())
        found.append({"sha256": digest, "file": name})
    return found


def _ending(headers: Mapping[str, str]) -> str:
    kind = headers.get("content-type", "").lower()
    return next((ending for sign, ending in _ENDINGS if sign in kind), ".bin")


def _capture(
    folder: _Folder, place: int, one: Proven, bodies: Mapping[str, str], zone: tzinfo, cover: Callable[[str], str]
) -> Facts:
    """Write one capture; its line in the manifest."""
    raw = one.raw
    name = f"captures/{place:04d}.json"
    said = {
        "title": cover(raw.title),
        "content": cover(raw.content),
        "content_type": raw.content_type,
        "author_name": cover(raw.author_name),
        "author_id": raw.author_id,
        "fields": {key: cover(value) for key, value in raw.fields.items()},
        "metrics": dict(raw.metrics),
    }
    about = {
        "mention": one.number,
        "capture": one.raw_id,
        "platform": raw.platform,
        "site": raw.site,
        "native_id": raw.native_id,
        "url": raw.url,
        "origin": raw.origin.value,
        "captured_at": _at(raw.captured_at, zone),
        "published_at": _at(raw.published_at, zone),
        "published_raw": raw.published_raw,
        "answer": _answer(one, bodies, zone),
    }
    folder.write_json(name, {**about, **said})
    return {"file": name, **about, "title": said["title"]}


def _answer(one: Proven, bodies: Mapping[str, str], zone: tzinfo) -> Facts | None:
    """The answer it was read from; None for what no crawl brought. ``raw_missing`` says why its body is not here."""
    proof = one.proof
    if proof is None:
        return None
    file = bodies.get(proof.sha256)
    missing = None if file else ("masked" if one.kept else "not_kept")
    return {
        "url": proof.url,
        "fetched_at": _at(proof.fetched_at, zone),
        "status": proof.status,
        "sha256": proof.sha256,
        "bytes": proof.size,
        "headers": dict(proof.headers),
        "raw": file,
        "raw_missing": missing,
    }


def _case(case: Facts, zone: tzinfo, cover: Callable[[str], str]) -> Facts:
    """The case and its events. Its mentions stand in ``captures``; what people wrote about it is covered."""
    facts = {name: _plain(value, zone, cover) for name, value in case.items() if name not in ("mentions", "events")}
    events = [{name: _plain(value, zone, cover) for name, value in event.items()} for event in case["events"]]
    return {**facts, "events": events}


def _plain(value: object, zone: tzinfo, cover: Callable[[str], str]) -> object:
    if isinstance(value, datetime):
        return _at(value, zone)
    return cover(value) if isinstance(value, str) else value


def _at(moment: datetime | None, zone: tzinfo) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None


def _seal(folder: _Folder, head: Facts, sign: Sign, key_id: str) -> str:
    """Write the sums and their seal; the hash of the sums."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(folder.sums.items()))
    digest = folder.write(SUMS, lines.encode())
    seal = {
        "format": FORMAT,
        "case": head["case"],
        "made_at": head["made_at"],
        "sha256sums_sha256": digest,
        "hmac_sha256": sign(digest),
        "key_id": key_id,
    }
    folder.write_json(SEAL, seal)
    return digest


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a folder found: files that changed, that are missing, that nobody listed; whether the seal fits.

    ``sums`` is the hash that the audit must hold.
    """

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unlisted: tuple[str, ...]
    sealed: bool
    sums: str

    @property
    def sound(self) -> bool:
        """True where nothing was touched since it was sealed."""
        return self.sealed and not (self.changed or self.missing or self.unlisted)


def check_evidence(folder: Path, sign: Sign) -> Checked:
    """Whether a folder is as it was written; ``BadInput`` where it is none of ours."""
    try:
        text = (folder / SUMS).read_bytes()
        seal = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        listed = {line[66:]: line[:64] for line in text.decode().splitlines() if line}
        said = str(seal["hmac_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        what = say("不是导出的证据目录", "is no exported evidence folder")
        raise BadInput(Mistake(str(folder), what, "listener export evidence CASE --out FOLDER")) from None
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
    digest = hashlib.sha256(text).hexdigest()
    changed = [name for name in sorted(listed.keys() & there) if _hash_of(folder / name) != listed[name]]
    return Checked(
        tuple(changed),
        tuple(sorted(listed.keys() - there)),
        tuple(sorted(there - listed.keys() - {SUMS, SEAL})),
        said == sign(digest) and seal.get("sha256sums_sha256") == digest,
        digest,
    )


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
