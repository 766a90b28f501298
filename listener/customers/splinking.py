"""The weights of linking as Splink estimates them from what people confirmed and rejected. Needs the extra ``splink``.

Splink (Linacre et al., 2022, doi:10.23889/ijpds.v7i3.1794) compares two tables. Here a ruled link is a row in each: on
the left whether a kind of evidence was there (1, 0), on the right 1. So nobody's name and number is written down for
it. Its m of a kind is the share of the confirmed links that had it, its u that of the rejected ones.

Who is asked depends on the evidence, so m and u are no weights yet: the same two shares are taken as the shipped
weights expect them, and a kind moves by the difference of the two log odds ratios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log2
from typing import Any, NamedTuple

from listener.customers.fitting import LEARNABLE, MOST, OF_A_KIND, Example

__all__ = ["Shares", "installed", "shares", "shifts"]


class Shares(NamedTuple):
    """Of a kind of evidence: its share among confirmed (``m``) and among rejected links (``u``)."""

    m: float
    u: float

    @property
    def bits(self) -> float:
        """By how many bits a link with the kind is likelier right than one without it: Splink's match weights."""
        return log2(self.m / self.u) - log2((1 - self.m) / (1 - self.u))


def installed() -> bool:
    """Whether Splink is there to be asked."""
    try:
        import splink  # noqa: F401
    except ImportError:
        return False
    return True


def shifts(examples: Sequence[Example]) -> dict[str, float]:
    """Kind → bits to add to its weight, as Splink sees the rulings; at most ``MOST``, none for rare kinds."""
    kinds = _kinds(examples)
    told = shares(examples, kinds)
    expected = {kind: _expected(examples, kind) for kind in kinds}
    found = {kind: max(-MOST, min(MOST, told[kind].bits - expected[kind].bits)) for kind in told}
    return {kind: round(bits, 2) for kind, bits in found.items() if abs(bits) >= 0.05}


def _kinds(examples: Sequence[Example]) -> list[str]:
    counts = {kind: sum(kind in each.kinds for each in examples) for kind in LEARNABLE}
    return sorted(kind for kind, count in counts.items() if OF_A_KIND <= count < len(examples))


def shares(examples: Sequence[Example], kinds: Sequence[str]) -> dict[str, Shares]:
    """Kind → m and u by Splink, smoothed by half a link, so that what was never seen is not impossible."""
    right = [each for each in examples if each.right]
    wrong = [each for each in examples if not each.right]
    if not (right and wrong and kinds):
        return {}
    m, u = _of_labelled(right, kinds), _of_labelled(wrong, kinds)
    return {kind: Shares(_smooth(m[kind], len(right)), _smooth(u[kind], len(wrong))) for kind in kinds}


def _smooth(share: float, count: float) -> float:
    return (share * count + 0.5) / (count + 1.0)


def _of_labelled(examples: Sequence[Example], kinds: Sequence[str]) -> dict[str, float]:
    """The share of each kind, by Splink's estimate from pairs that are labelled as matches."""
    import pyarrow
    from splink import DuckDBAPI, Linker, SettingsCreator
    from splink.comparison_library import ExactMatch

    numbers = [str(number) for number in range(len(examples))]
    told = {kind: ["1" if kind in each.kinds else "0" for each in examples] for kind in kinds}
    said = pyarrow.table({"unique_id": numbers, **told})
    records = pyarrow.table({"unique_id": numbers, **{kind: ["1"] * len(numbers) for kind in kinds}})
    database = DuckDBAPI()
    tables = [database.register(table, dataset_display_name=name) for table, name in ((said, _SAID), (records, _HELD))]
    settings = SettingsCreator(link_type="link_only", comparisons=[ExactMatch(kind) for kind in kinds])
    linker = Linker(tables, settings, log_level="ERROR")
    labels = {"source_dataset_l": [_SAID] * len(numbers), "unique_id_l": numbers,
              "source_dataset_r": [_HELD] * len(numbers), "unique_id_r": numbers}  # fmt: skip
    linker.table_management.register_table(pyarrow.table(labels), "labels")
    training: Any = linker.training  # of its methods this one tells no types
    training.estimate_m_from_pairwise_labels("labels")
    return _agreeing(linker.misc.save_model_to_json())


_SAID, _HELD = "said", "records"


def _agreeing(model: Mapping[str, Any]) -> dict[str, float]:
    """The m probability of "it agrees" of each comparison; a level that no pair reached has none."""
    found = {}
    for comparison in model["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        exact = levels[0].get("m_probability")
        other = levels[-1].get("m_probability")
        found[str(comparison["output_column_name"])] = _probability(exact, 1.0 - _probability(other, 1.0))
    return found


def _probability(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise


def _expected(examples: Sequence[Example], kind: str) -> Shares:
    """What ``shares`` would be if the rulings followed the odds of the shipped weights."""
    chances = [(1 / (1 + exp(-max(-30.0, min(30.0, each.odds)))), kind in each.kinds) for each in examples]
    right, wrong = sum(share for share, _ in chances), sum(1 - share for share, _ in chances)
    with_right = sum(share for share, has in chances if has)
    with_wrong = sum(1 - share for share, has in chances if has)
    return Shares(_smooth(with_right / max(right, 1e-9), right), _smooth(with_wrong / max(wrong, 1e-9), wrong))
