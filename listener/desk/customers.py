"""Customers in an installation: importing them, their card, what people mark, and erasing them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from listener.crm import importers, interactions
from listener.crm.dealers import import_dealers
from listener.crm.erasing import Erased, erase
from listener.crm.fields import KINDS
from listener.crm.showing import UNMASKING, Cards, no_customer
from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, nearest
from listener.installation import Facts
from listener.language import say
from listener.settings import Person
from listener.store import marks, retention, views

__all__ = ["Crm"]

ERASING = ("privacy", "manager")
"""Roles that may erase somebody for good."""


class Crm(Cards):
    """What a ``listener.bootstrap.Listener`` does with customers."""

    def import_customers(self, file: Path, mapping: Mapping[str, str], *, dry_run: bool = False) -> Facts:
        """Import a table of customers; the counts by name."""
        counts = importers.import_customers(
            self.database, self.vault, file, mapping, now=self.now(), zone=self.settings.zone, dry_run=dry_run
        )
        return self._with_codes(asdict(counts), dry_run)

    def _with_codes(self, facts: Facts, dry_run: bool) -> Facts:
        """The counts without the codes that customers told, which are redeemed, and how many accounts that bound."""
        codes = facts.pop("codes")
        return facts | {"bound": 0 if dry_run else self.redeem_told(codes)}

    def redeem_told(self, codes: Sequence[tuple[str, str]]) -> int:
        """Redeem the codes that customers told; how many accounts were bound."""
        raise NotImplementedError

    def import_interactions(
        self, file: Path, mapping: Mapping[str, str], *, kind: str = "", dry_run: bool = False
    ) -> Facts:
        """Import a table of purchases, repairs, calls and visits; the counts by name."""
        counts = interactions.import_interactions(
            self.database,
            self.vault,
            file,
            mapping,
            now=self.now(),
            zone=self.settings.zone,
            kind=kind,
            dry_run=dry_run,
        )
        return asdict(counts)

    def import_dealers(self, file: Path, mapping: Mapping[str, str], *, dry_run: bool = False) -> Facts:
        """Import a table of dealers and service points into the configuration; the counts by name."""
        people = [person.name for person in self.settings.people]
        return asdict(import_dealers(file, mapping, self.settings.config_dir, people, dry_run=dry_run))

    def import_from_view(self, name: str, view: str = "", *, dealings: bool = False, dry_run: bool = False) -> Facts:
        """Import customers, or their ``dealings``, from a CRM's view: ``name`` of ``[crm.NAME]`` or an address.

        ``view`` is another view than the configured one. ``BadInput`` where there is no such configuration.
        """
        from listener.crm.crm_view import view_rows  # its driver takes a while to load

        url, wanted = self._view(name, view, dealings)
        rejects = self.settings.home / "var" / "rejects" / f"{wanted}.rejects.csv"
        rejects.parent.mkdir(parents=True, exist_ok=True)
        rows, where = view_rows(url, wanted), f"view {wanted}"
        read = interactions.import_rows if dealings else importers.import_rows
        counts = read(
            self.database,
            self.vault,
            rows,
            where,
            rejects=rejects,
            now=self.now(),
            zone=self.settings.zone,
            dry_run=dry_run,
        )
        return asdict(counts) if dealings else self._with_codes(asdict(counts), dry_run)

    def _view(self, name: str, view: str, dealings: bool) -> tuple[str, str]:
        """The address and the view's name."""
        if "://" in name:
            return name, view or ("listener_interactions" if dealings else "listener_customers")
        known = self.settings.installation.crm
        if name not in known:
            near = nearest(name, known)
            mend = did_you_mean(near) if near else say("见 listener.toml 的 [crm]", "see [crm] in listener.toml")
            raise BadInput(Mistake("--from-view", say(f"没有 [crm.{name}]", f"no [crm.{name}]"), mend))
        wanted = view or (known[name].interactions if dealings else known[name].view)
        if not wanted:
            what = say(f"[crm.{name}] 没有 interactions", f"[crm.{name}] has no interactions")
            raise BadInput(Mistake("--from-view", what, 'interactions = "listener_interactions"'))
        return self.settings.secret(known[name].secret), wanted

    # how long it is kept

    def keep_times(self) -> dict[str, int]:
        """Forget what is beyond its time; how much, by what it was. Part of the nightly housekeeping."""
        how, now = self.settings.installation.retention, self.now()
        done = {"authors": self._reduce_authors(now - how.authors) if how.authors else 0}
        with self.database.write() as session:
            done["mails"] = retention.forget_mails(session, now - how.mails) if how.mails else 0
            old = now - how.interactions if how.interactions else None
            done["interactions"] = retention.forget_interactions(session, old) if old else 0
        for name, keep in how.fields.items():
            done[name] = self._forget_field(name, now - keep)
        done["reports"] = self._forget_reports(now - how.reports) if how.reports else 0
        done = {name: count for name, count in done.items() if count}
        if done:
            with self.database.write() as session:
                views.audit(session, "listener", "retention", "", now, json.dumps(done))
        return done

    def _reduce_authors(self, before: datetime) -> int:
        vault, count, after = self.vault, 0, 0
        own = frozenset(self.settings.installation.company_accounts)
        with self.database.read() as session:
            needed = retention.authors_in_cases(session)
        while True:
            with self.database.write() as session:
                reduced, after = retention.reduce_authors(session, vault, before, needed, own, after)
            count += reduced
            if not after:
                return count

    def _forget_field(self, name: str, before: datetime) -> int:
        kind = next((kind for kind, field in KINDS.items() if field == name), "")
        vault, count, after = self.vault, 0, 0
        while True:
            with self.database.write() as session:
                field = f"{kind}s" if kind else name
                forgotten, after = retention.forget_field(session, vault, field, kind, before, after)
            count += forgotten
            if not after:
                return count

    def _forget_reports(self, before: datetime) -> int:
        folder = self.settings.home / "var" / "reports"
        old = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime < before.timestamp()]
        for path in old:
            path.unlink()
        return len(old)

    # what people mark

    def flag_customer(self, external_id: str, flag: str, evidence: str, person: str) -> None:
        """Mark a customer, with evidence; it changes no deadline. ``BadInput`` without evidence or person."""
        who = self._marking(person)
        if len(evidence.strip()) < marks.LEAST_EVIDENCE:
            what = say("需要写明依据", "evidence is needed")
            raise BadInput(Mistake("--evidence", what, say("事实、时间、工单编号", "facts, dates, case numbers")))
        cipher = self.vault.encrypt(evidence.strip())
        with self.database.write() as session:
            number = self._number(session, external_id)
            marks.flag(session, number, flag, cipher, who.name, self.now())
            views.audit(session, who.name, f"flag {flag}", external_id, self.now())

    def unflag_customer(self, external_id: str, flag: str, person: str) -> None:
        """End a mark; ``BadInput`` where there is none."""
        who = self._marking(person)
        with self.database.write() as session:
            if not marks.unflag(session, self._number(session, external_id), flag, who.name, self.now()):
                raise BadInput(Mistake("customer", say(f"{external_id} 没有此标记", f"{external_id} is not marked so")))
            views.audit(session, who.name, f"unflag {flag}", external_id, self.now())

    def set_do_not_link(self, external_id: str, wanted: bool, person: str) -> None:
        """Never link mentions to a customer, or again."""
        who = self._acting(person)
        with self.database.write() as session:
            marks.do_not_link(session, self._number(session, external_id), wanted)
            views.audit(session, who.name, "do not link" if wanted else "may be linked", external_id, self.now())

    def erase_customer(self, external_id: str, person: str, account: str = "") -> Erased:
        """Take a customer, or whoever writes as ``account`` (platform:id), out of everything; what became of it.

        ``BadInput`` where the person's role does not allow it, or where there is nobody to erase.
        """
        who = self._acting(person)
        if who.role not in ERASING:
            what = say(f"{who.name} 的角色无权删除客户", f"{who.name}'s role may not erase anybody")
            raise BadInput(Mistake("--as", what, say("由隐私专员或管理者操作", "ask the privacy officer")))
        below, backups = self.settings.home / "var", self.settings.backups
        asked = {"external_id": external_id, "account": account}
        return erase(self.database, self.vault, below, backups, person=who.name, now=self.now(), **asked)

    def _marking(self, name: str) -> Person:
        """Who may call somebody a professional claimant: not whoever answers the telephone alone."""
        who = self._acting(name)
        if who.role not in UNMASKING:
            what = say(f"{who.name} 的角色无权标记客户", f"{who.name}'s role may not mark customers")
            raise BadInput(Mistake("--as", what, say("由主管操作", "ask a supervisor")))
        return who

    def _acting(self, name: str) -> Person:
        if not name:
            raise BadInput(Mistake("--as", say("需要说明是谁", "who is asking?"), "--as NAME"))
        return self.settings.person(name)

    def _number(self, session: Session, external_id: str) -> int:
        number = marks.number_of(session, external_id)
        if number is None:
            raise no_customer(external_id)
        return number
