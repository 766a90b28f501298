"""Where a customer stands with the company, and whether they may leave. Pure.

考察期 (exploring), 形成期 (forming), 稳定期 (settled), 退化期 (declining): the phases of Dwyer, Schurr and Oh,
"Developing Buyer-Seller Relationships", Journal of Marketing 51 (1987), which 陈明亮 (客户生命周期模式研究, 2002)
brought to four.
They are told here from transactions, how long ago the last dealing was, complaints, and what was said in public. Each
comes with its reason. A person on the phone is worth more than a stage: it is shown, and nothing waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listener.language import say
from listener.settings import SegmentSettings


class Stage(StrEnum):
    """Where the relation stands: 考察期, 形成期, 稳定期, 退化期."""

    EXPLORING = "exploring"
    FORMING = "forming"
    SETTLED = "settled"
    DECLINING = "declining"


STAGES = {
    Stage.EXPLORING: ("考察期", "exploring"),
    Stage.FORMING: ("形成期", "forming"),
    Stage.SETTLED: ("稳定期", "settled"),
    Stage.DECLINING: ("退化期", "declining"),
}
"""Code to (Chinese, English)."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a customer's dealings. ``purchases`` None: nobody said how many.

    ``dealings`` counts calls, visits and repairs; ``recent`` purchases and dealings within the window, ``earlier``
    those within the one before it. ``complaints`` are cases within ``complaints_within``; ``unsatisfied`` is true where
    the last case that was followed up ended so. ``negative`` of ``mentions`` are negative, within the window.
    """

    purchases: int | None = None
    dealings: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    recent: int = 0
    earlier: int = 0
    complaints: int = 0
    unsatisfied: bool = False
    mentions: int = 0
    negative: int = 0

    @property
    def known(self) -> bool:
        """True where there was any transaction, dealing, complaint or mention."""
        return bool(self.purchases or self.dealings or self.complaints or self.mentions)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The stage (None where nothing is known) and why; ``leaving`` says why they may leave, "" where nothing does."""

    stage: Stage | None
    reason: str
    leaving: str = ""

    def words(self, lang: str = "zh") -> str:
        """「稳定期」, 「退化期 · 流失风险」; "" where nothing is known."""
        known = [STAGES[self.stage][lang == "en"]] if self.stage else []
        known += [("流失风险", "may leave")[lang == "en"]] if self.leaving else []
        return " · ".join(known)


DEFAULT = SegmentSettings()


def lifecycle(history: History, now: datetime, bounds: SegmentSettings = DEFAULT) -> Lifecycle:
    """Where the customer of this history stands, as of ``now``."""
    quiet, said = _quiet(history, now, bounds), _said(history, bounds)
    leaving = say("；", "; ").join((*quiet, *said)) if history.known else ""
    if history.purchases and (quiet or len(said) > 1):
        return Lifecycle(Stage.DECLINING, leaving, leaving)
    stage, reason = _growing(history, now, bounds)
    return Lifecycle(stage, reason, leaving)


def _growing(history: History, now: datetime, bounds: SegmentSettings) -> tuple[Stage | None, str]:
    bought = history.purchases or 0
    days = max(0, (now - history.first_at).days) if history.first_at else 0
    if bought >= bounds.settled_purchases:
        return Stage.SETTLED, say(f"购买 {bought} 次", f"{bought} purchases")
    if bought >= 2 and timedelta(days=days) >= bounds.settled_for:
        return Stage.SETTLED, say(f"购买 {bought} 次，往来 {days} 天", f"{bought} purchases over {days} days")
    if bought >= 2 or (bought and history.dealings >= 2):
        chinese = f"购买 {bought} 次，其他往来 {history.dealings} 次"
        return Stage.FORMING, say(chinese, f"{bought} purchases, {history.dealings} other dealings")
    if bought:
        return Stage.EXPLORING, say("只购买过 1 次", "a single purchase")
    if history.known:
        return Stage.EXPLORING, say("有往来，没有购买记录", "dealings, and no purchase on record")
    return None, say("没有交易和往来记录", "no dealings on record")


def _quiet(history: History, now: datetime, bounds: SegmentSettings) -> list[str]:
    """What their dealings say of leaving."""
    found = []
    if history.last_at is not None and now - history.last_at >= bounds.quiet_for:
        days = (now - history.last_at).days
        found.append(say(f"{days} 天没有往来", f"no dealing for {days} days"))
    elif history.earlier >= 2 and 2 * history.recent <= history.earlier:
        span = bounds.window.days
        chinese = f"近 {span} 天往来 {history.recent} 次，此前同期 {history.earlier} 次"
        found.append(say(chinese, f"{history.recent} dealings in {span} days, {history.earlier} in those before"))
    return found


def _said(history: History, bounds: SegmentSettings) -> list[str]:
    """What they said of us that people say before they leave."""
    found = []
    if history.complaints >= bounds.complaints:
        days = bounds.complaints_within.days
        found.append(say(f"{days} 天内投诉 {history.complaints} 次", f"{history.complaints} complaints in {days} days"))
    if history.unsatisfied:
        found.append(say("上次处理结果不满意", "not satisfied with the last handling"))
    if history.mentions >= bounds.negative_least and history.negative >= bounds.negative_share * history.mentions:
        chinese = f"近期 {history.mentions} 条信息中 {history.negative} 条负面"
        found.append(say(chinese, f"{history.negative} of {history.mentions} mentions are negative"))
    return found
