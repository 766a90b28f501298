"""The taxonomy: shipped files, an installation's own on top, mistakes told at check, causes by code or name."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.bootstrap import Listener
from listener.errors import BadInput
from listener.nlp.analyse import Analyser
from listener.nlp.taxonomy import installed_taxonomy, shipped_files, shipped_taxonomy
from listener.starter import Answers, write

OWN = """version = "own.3"
[[problem]]
code = "car.pile"
name = "充电桩"
words = "桩不通电"
[[problem]]
code = "car.engine"
name = "动力总成"
words = "拉缸"
[[problem]]
code = "hotel.noise"
off = true
[[cause]]
code = "car.pile_vendor"
name = "桩企原因"
"""


def own(folder: Path, text: str = OWN, name: str = "own.toml") -> Path:
    write(folder, Answers(company="甲"))
    (folder / "config" / "taxonomy" / name).write_text(text, encoding="utf-8")
    return folder / "config"


def test_every_shipped_file_has_a_version_problems_and_causes_of_its_trade() -> None:
    taxonomy = shipped_taxonomy()
    for path in shipped_files():
        trade = path.stem
        assert any(problem.trade == trade for problem in taxonomy.problems)
        assert trade == "core" or any(cause.code.startswith(trade + ".") for cause in taxonomy.causes)
    assert taxonomy.version == "2026.12"
    assert all(cause.english and cause.english.isascii() for cause in taxonomy.causes)


def test_a_fresh_installation_has_the_shipped_codes_and_sees_their_files(tmp_path: Path) -> None:
    write(tmp_path, Answers(company="甲"))
    folder = tmp_path / "config" / "taxonomy"
    shown = {path.name.removesuffix(".example") for path in folder.glob("*.example")}
    assert shown == {path.name for path in shipped_files()}
    found = installed_taxonomy(folder)
    assert (found.problems, found.causes) == (shipped_taxonomy().problems, shipped_taxonomy().causes)


def test_own_codes_are_added_changed_and_taken_away_without_code(tmp_path: Path) -> None:
    listener = Listener.from_folder(own(tmp_path))
    codes = {problem.code for problem in listener.taxonomy.problems}
    assert "car.pile" in codes and "hotel.noise" not in codes
    assert listener.taxonomy.name_of("car.engine") == "动力总成"
    assert listener.taxonomy.cause_name("car.pile_vendor") == "桩企原因"
    assert listener.taxonomy.version == "2026.12+own.3"
    analyser = Analyser(taxonomy=listener.taxonomy)
    analysis = analyser.analyse("家里装的桩不通电，没人管")
    assert "car.pile" in [category.code for category in analysis.categories]
    assert analysis.model_version.endswith("2026.12+own.3")
    assert not any(c.code == "car.pile" for c in Analyser().analyse("家里装的桩不通电，没人管").categories)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[problem]]\ncode = "pile"\nname = "桩"', "行业.名称"),
        ('[[problem]]\ncode = "car.x"\nname = "桩"\nword = "a"', "没有 word 这一项"),
        ('[[cause]]\ncode = "两 字"\nname = "桩"', "原因要有 code"),
        ('[[cause]]\ncode = "a"\nname = "甲"\n[[cause]]\ncode = "a"\nname = "乙"', "写了两次"),
        ('[[problems]]\ncode = "car.x"', "没有 problems 这一项"),
        ("[[problem]", "own.toml:1: 不是有效的 TOML：[ 没有配对"),
    ],
)
def test_a_mistake_is_told_at_check(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        Listener.from_folder(own(tmp_path, text))
    assert told in str(caught.value)
    assert "own.toml" in str(caught.value)


def test_a_cause_is_given_by_code_or_name_and_checked() -> None:
    taxonomy = shipped_taxonomy()
    assert taxonomy.cause_code("staff") == taxonomy.cause_code(" 人员失误 ") == taxonomy.cause_code("STAFF") == "staff"
    assert taxonomy.cause_code("制动油管老化") == "制动油管老化"
    assert taxonomy.cause_name("制动油管老化") == "制动油管老化"
    with pytest.raises(BadInput, match="staff"):
        taxonomy.cause_code("staf")
