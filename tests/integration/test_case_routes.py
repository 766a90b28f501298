"""What routes know of a stored case: reminders go by the same route as the first mail, never to the accused party."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from listener.alerts import sla
from listener.bootstrap import Listener
from listener.cases.moves import Action
from listener.handling import Done
from listener.loading import Environment
from listener.store import case_routes
from tests.factories import NOW

CONFIG = {
    "listener.toml": 'company = "晨曜汽车"\n[nlp]\nproducts = ["晨曜 X5"]\n',
    "sla.toml": """[[outside]]
name = "12345"
close = "10d"
[[outside]]
name = "12345"
regions = ["上海"]
close = "2d"
""",
    "topics/brand.toml": 'name = "晨曜"\nany = ["晨曜"]\n',
    "people.toml": """[[people]]
name = "东店王师傅"
mail = "east@station.example"
[[people]]
name = "西店李师傅"
mail = "west@station.example"
[[people]]
name = "孙主管"
mail = "sun@maker.example"
role = "supervisor"
""",
    "routes.toml": 'default = ["孙主管"]\n[[routes]]\nname = "就近服务站"\nto = ["nearest"]\n',
    "dealers.toml": """[[dealers]]
name = "沪东店"
aliases = ["浦东晨曜4S店"]
region = "上海"
contact = "东店王师傅"
place = [31.22, 121.54]
[[dealers]]
name = "沪西店"
region = "上海"
contact = "西店李师傅"
place = [31.23, 121.40]
""",
}
TABLE = "编号,内容,发布者,时间\n1,晨曜X5刹车异响，人在上海，浦东晨曜4S店推来推去，要求退车！,老王,{at:%Y-%m-%d %H:%M}\n"


def test_of_an_imported_case_too_the_accused_dealer_is_known(tmp_path: Path, sqlite_url: str) -> None:
    """Nobody was told of it when it came, so only its own text says whom it accuses, by an alias.

    The summary of the import tells of many cases: it is for the default receivers, and for no service point.
    """
    for name, text in CONFIG.items():
        path = tmp_path / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    table = tmp_path / "mentions.csv"
    table.write_text(TABLE.format(at=NOW - timedelta(days=1)), encoding="utf-8")

    listener = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=sqlite_url))
    listener.now = lambda: NOW  # type: ignore[method-assign]
    listener.import_mentions(table, {})
    listener.process()
    with listener.database.read() as session:
        facts = case_routes.about(session, [1], NOW)[1]
    assert facts["dealers"] == ["浦东晨曜4S店"] and facts["region"] == "上海"
    assert facts["topics"] == ["晨曜"] and facts["products"] == ["晨曜X5"]

    listener.act([1], Action.URGE, listener.settings.person("孙主管"))
    assert [row["receiver"] for row in listener.delivery_rows("zh", "", 9)] == ["西店李师傅", "孙主管"]

    # the city of the hotline is that of the case, where nobody says another
    agent = listener.settings.person("孙主管")
    ((_, done),) = listener.act([1], Action.OUTSIDE, agent, outside_name="12345", outside_number="SH-1")
    assert isinstance(done, Done), done
    by = sla.deadline(NOW, timedelta(days=2), listener.calendar)
    assert str(listener.case_facts(1, "zh")["outside_by"]).startswith(f"{by:%Y-%m-%d}")
    listener.database.close()
