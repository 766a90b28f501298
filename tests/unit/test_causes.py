"""A case is closed with a cause code of the taxonomy, and what was found in one's own words."""

from __future__ import annotations

import pytest

from listener.cases.causes import cause_words, read_cause
from listener.errors import BadInput
from listener.nlp.taxonomy import shipped_taxonomy

CAUSES = shipped_taxonomy().causes
NAMES = [(cause.code, cause.name) for cause in CAUSES]


@pytest.mark.parametrize(
    ("said", "kept", "shown"),
    [
        ("manufacture", "manufacture", "制造缺陷"),
        ("制造缺陷", "manufacture", "制造缺陷"),
        ("制造缺陷：油管老化", "manufacture：油管老化", "制造缺陷：油管老化"),
        ("staff: 漏拧螺栓", "staff：漏拧螺栓", "人员失误：漏拧螺栓"),
        ("Staff: a bolt left loose", "staff：a bolt left loose", "人员失误：a bolt left loose"),
        ("门店人员失误", "staff：门店人员失误", "人员失误：门店人员失误"),
    ],
)
def test_a_cause_is_a_code_with_words(said: str, kept: str, shown: str) -> None:
    assert read_cause(said, CAUSES) == kept
    assert cause_words(kept, NAMES) == shown


def test_without_a_code_it_is_refused_with_all_codes() -> None:
    with pytest.raises(BadInput, match="设计缺陷（design）"):
        read_cause("油管老化", CAUSES)


def test_a_code_of_an_older_taxonomy_is_shown_as_it_is() -> None:
    assert cause_words("gone：x", NAMES) == "gone：x"
    assert cause_words("", NAMES) == ""
