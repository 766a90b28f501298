"""What people do about the weights of linking in an installation: learn, look at versions, go back."""

from __future__ import annotations

from listener.customers import splinking
from listener.customers.fitting import FEWEST, Fitted
from listener.customers.weights import standing
from listener.desk.links import Linkwork
from listener.errors import BadInput, Mistake
from listener.installation import Facts
from listener.language import say
from listener.links import learning
from listener.steps import Steps
from listener.store import link_weights, views
from listener.text.labels import label

__all__ = ["Weightwork"]


class Weightwork(Linkwork):
    """Learning the weights of a ``listener.bootstrap.Listener``."""

    def weighing_steps(self) -> Steps:
        """The steps as they are now, with the words and weights in force."""
        raise NotImplementedError

    def learn_weights(self, person: str, lang: str, *, dry_run: bool = False, using: str = "") -> Facts:
        """Estimate the weights from the rulings in force, and put them in force where that foretells better.

        Before and after in bits by kind of evidence; ``version`` is 0 where nothing changed, and ``told`` says why.
        With ``using`` "splink" it is Splink's estimate that is judged and kept; ours stands beside it. ``BadInput``
        where Splink is not installed.
        """
        _check(using)
        learnt = learning.learn(self.database, self.weighing_steps(), splink=using == SPLINK)
        fitted, version = learnt.beside or learnt.fitted, 0
        if fitted.better and not dry_run:
            with self.database.write() as session:
                figures = learning.figures(learnt)
                version = link_weights.keep(session, fitted.shifts, figures, person, self.now())
                views.audit(session, person, "learn weights", f"version {version}", self.now())
        facts: Facts = learning.figures(learnt)
        return facts | {
            "version": version,
            "weights": _weights(fitted, lang, learnt.fitted if learnt.beside else None),
            "told": _told(fitted, version, dry_run=dry_run),
        }

    def weight_versions(self) -> list[Facts]:
        """The versions, the newest first."""
        with self.database.read() as session:
            rows, current = link_weights.versions(session), link_weights.in_force(session)
            number = current.id if current else None
        return [
            {
                "version": row.id,
                "made_at": self._local(row.made_at),
                "made_by": row.made_by,
                "rulings": (row.figures or {}).get("seen", 0),
                "shifts": "，".join(f"{label(kind)} {bits:+.1f}" for kind, bits in sorted((row.shifts or {}).items())),
                "state": say("生效", "in force") if row.id == number else _state(bool(row.withdrawn_at)),
            }
            for row in rows
        ]

    def withdraw_weights(self, person: str) -> str:
        """Take the version in force back; one line. ``BadInput`` where the shipped weights are in force."""
        with self.database.write() as session:
            row = link_weights.withdraw(session, person, self.now())
            if row is None:
                what = say("没有生效中的版本", "no learnt weights are in force")
                raise BadInput(Mistake("links rollback", what, "listener links weights"))
            views.audit(session, person, "withdraw weights", f"version {row.id}", self.now())
            left, gone = link_weights.in_force(session), row.id
            now = left.id if left else 0
        before = say(f"版本 {now}", f"version {now}") if now else say("默认权重", "the shipped weights")
        return say(f"已撤回版本 {gone}，现在使用{before}", f"version {gone} withdrawn; in force: {before}")


def _state(withdrawn: bool) -> str:
    return say("已撤回", "withdrawn") if withdrawn else say("被替代", "superseded")


SPLINK = "splink"
"""The other estimate that may be asked for."""


def _check(using: str) -> None:
    if using not in ("", SPLINK):
        raise BadInput(Mistake("links learn --with", say(f"不认识 {using}", f"unknown: {using}"), SPLINK))
    if using and not splinking.installed():
        what = say("没有安装 Splink", "Splink is not installed")
        raise BadInput(Mistake("links learn --with splink", what, "pip install 'listener[splink]'"))


def _weights(fitted: Fitted, lang: str, ours: Fitted | None) -> list[Facts]:
    """Each kind of evidence that rulings had, with its weight before and after; ``own`` is after by our estimate."""
    found = []
    for kind, (yes, no) in sorted(fitted.counts.items()):
        bits = standing(kind)
        row: Facts = {
            "kind": kind, "word": label(kind, lang), "confirmed": yes, "rejected": no, "before": round(bits, 1),
            "after": round(bits + fitted.shifts.get(kind, 0.0), 1),
        }  # fmt: skip
        found.append(row | ({"own": round(bits + ours.shifts.get(kind, 0.0), 1)} if ours else {}))
    return found


def _told(fitted: Fitted, version: int, *, dry_run: bool) -> str:
    if min(fitted.confirmed, fitted.rejected) < FEWEST:
        return say(
            f"确认 {fitted.confirmed} 条、否定 {fitted.rejected} 条，各需至少 {FEWEST} 条，权重不变",
            f"{fitted.confirmed} confirmed, {fitted.rejected} rejected; {FEWEST} of each are needed; nothing changed",
        )
    losses = f"{fitted.before:.4f} → {fitted.after:.4f}"
    if not fitted.better:
        return say(f"留出检验没有变好（{losses}），权重不变", f"held out no better ({losses}); nothing changed")
    if dry_run:
        return say(f"留出检验的对数损失 {losses}；未启用", f"log loss held out {losses}; not put in force")
    return say(f"留出检验的对数损失 {losses}；版本 {version} 已启用", f"log loss held out {losses}; version {version}")
