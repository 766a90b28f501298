"""``links learn``, ``weights``, ``rollback``: from rulings in a database to the weights in force, and back."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

import pytest

from listener.bootstrap import Listener
from listener.customers.fitting import FEWEST
from listener.errors import BadInput
from listener.loading import Environment
from listener.store import captures
from tests.factories import NOW, raw

HEADINGS = ("客户编号", "姓名", "手机号", "地区", "车型", "订单号")
PEOPLE = '[[people]]\nname = "孙主管"\nmail = "sun@maker.example"\nrole = "supervisor"\n'
COUNT = 36


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Listener:
    config = tmp_path / "config"
    config.mkdir()
    (config / "listener.toml").write_text('company = "晨曜汽车"\n', encoding="utf-8")
    (config / "people.toml").write_text(PEOPLE, encoding="utf-8")
    made = Listener.from_folder(config, environment=Environment(database_url=database_url, now=NOW))
    with (tmp_path / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADINGS)
        for number in range(2 * COUNT):
            table.writerow((f"K{number}", "", f"1380013{8000 + number}", "杭州", "白露", f"SY2610{330000 + number}"))
    made.import_customers(tmp_path / "customers.csv", {})
    return made


def said(number: int) -> str:
    """The first half leave an order number and are right, the others only a telephone number and are not."""
    if number < COUNT:
        return f"刹车失灵没人管，投诉。单号SY2610{330000 + number}"
    return f"刹车失灵没人管，投诉。手机1380013{8000 + number}"


def rule(listener: Listener, count: int) -> None:
    person = listener.acting("孙主管")
    numbers = [*range(count), *range(COUNT, COUNT + count)]
    with listener.database.write() as session:
        captures.save(
            session,
            [raw(str(each), content=said(each), author_id=f"a{each}", thread_id="") for each in numbers],
        )
    listener.process()
    for each in numbers:
        does = listener.confirm_link if each < COUNT else listener.reject_link
        does(f"discuz:{each}", f"K{each}", person, "电话核实")


def test_rulings_move_the_weights_and_a_version_can_be_taken_back(listener: Listener) -> None:
    assert f"至少 {FEWEST} 条" in listener.learn_weights("孙主管", "zh")["told"]
    rule(listener, COUNT)
    tried = listener.learn_weights("孙主管", "zh", dry_run=True)
    assert tried["version"] == 0 and "未启用" in tried["told"] and listener.weight_versions() == []
    facts = listener.learn_weights("孙主管", "zh")
    assert (facts["version"], facts["confirmed"], facts["rejected"]) == (1, COUNT, COUNT)
    after = {row["kind"]: row["after"] - row["before"] for row in facts["weights"]}
    assert after["phone"] < 0 < after["order"] and facts["loss_after"] < facts["loss_before"]
    assert listener.weighing_steps().words.shifts["phone"] < 0
    (version,) = listener.weight_versions()
    assert version["state"] == "生效" and "手机号 -" in version["shifts"]
    assert listener.learn_weights("孙主管", "zh")["weights"] == facts["weights"]
    assert "版本 1" in listener.withdraw_weights("孙主管")
    assert "默认权重" in listener.withdraw_weights("孙主管")
    assert listener.weighing_steps().words.shifts == {}
    with pytest.raises(BadInput, match="没有生效中"):
        listener.withdraw_weights("孙主管")
    listener.database.close()


def test_splinks_estimate_stands_beside_ours_and_is_kept_by_the_same_path(listener: Listener) -> None:
    with pytest.raises(BadInput, match="dedupe"):
        listener.learn_weights("孙主管", "zh", using="dedupe")
    if find_spec("splink") is None:
        with pytest.raises(BadInput, match=r"没有安装 Splink.*pip install"):
            listener.learn_weights("孙主管", "zh", using="splink")
        pytest.skip("the extra splink is not installed")
    assert f"至少 {FEWEST} 条" in listener.learn_weights("孙主管", "zh", using="splink")["told"]
    rule(listener, COUNT)
    facts = listener.learn_weights("孙主管", "zh", using="splink")
    assert (facts["version"], facts["confirmed"], facts["rejected"]) == (1, COUNT, COUNT)
    moved = {row["kind"]: (row["after"] - row["before"], row["own"] - row["before"]) for row in facts["weights"]}
    assert all(shift < 0 for shift in moved["phone"]) and all(shift > 0 for shift in moved["order"])
    assert facts["estimate"] == "splink" and listener.weighing_steps().words.shifts["phone"] < 0
    assert "默认权重" in listener.withdraw_weights("孙主管")
    listener.database.close()
