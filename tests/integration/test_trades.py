"""What a topic's trades do: a mention of it has problems of these trades and of the common core only."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.errors import BadInput
from listener.model import Category, Sentiment, Tier
from listener.nlp.category import Aspect
from listener.nlp.taxonomy.trades import judged, named
from listener.store import captures
from listener.store.tables import AnalysisRow, CaseRow, CorrectionRow
from tests.factories import analysis, complaint, raw
from tests.installations import installed

SAID = "晨曜的冰柜漏电！拿雪糕的时候手麻了一下，店员不管，要求赔偿"


def problem_of_its_case(listener: Listener, said: str = SAID) -> str:
    with listener.database.write() as session:
        captures.save(session, [raw("1", content=said)])
    assert listener.process().cases == 1
    with listener.database.read() as session:
        return session.exec(select(CaseRow.problem)).one()


def test_where_no_trade_is_named_every_problem_is_looked_for(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url) as listener:
        assert problem_of_its_case(listener) == "car.electrics"


def test_of_a_supermarket_nothing_is_wrong_with_a_car(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, trades=("shop", "food")) as listener:
        assert problem_of_its_case(listener) == "core.safety"
        with listener.database.read() as session:
            row = session.exec(select(AnalysisRow)).one()
        codes = [category[0] for category in row.categories or ()]
        assert "core.safety" in codes
        assert not [code for code in codes if code.startswith("car.")]


def test_a_correction_compares_with_what_the_machine_says_of_that_trade(tmp_path: Path, sqlite_url: str) -> None:
    people = '[[people]]\nname = "李主管"\nmail = "li@example.com"\nrole = "supervisor"\n'
    with installed(tmp_path, sqlite_url, people=people, trades=("shop",)) as listener:
        problem_of_its_case(listener)
        listener.correct("1", {"problem": "core.safety"}, listener.acting("李主管"))
        with listener.database.read() as session:
            row = session.exec(select(CorrectionRow)).one()
        assert (row.old, row.new, row.said) == ("core.safety", "core.safety", "core.safety")


def test_a_trade_may_be_called_as_people_call_it_and_a_hotel_serves_meals(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, trades=("酒店",)) as listener:
        assert listener.trades == {"晨曜汽车": ("hotel", "food")}


def test_analyse_knows_the_trades_of_what_is_watched(tmp_path: Path, sqlite_url: str) -> None:
    """A text that names no topic may be of any of them: an export of reviews need not name the house."""
    texts = ["晨曜手机银行一直闪退，登不上去", "手机银行一直闪退，登不上去"]
    with installed(tmp_path, sqlite_url, trades=("bank",)) as listener:
        for found in listener.analyse(texts):
            codes = [each["code"] for each in [*found["categories"], *found["aspects"]]]
            assert "bank.channel" in codes and not [code for code in codes if code.startswith("car.")]
    with installed(tmp_path / "any", f"{sqlite_url}-any") as listener:
        assert "car.electrics" in [each["code"] for each in listener.analyse(texts)[0]["categories"]]


def test_a_complaint_in_which_no_word_of_trouble_stands_has_the_problem_of_what_it_names(
    tmp_path: Path, sqlite_url: str
) -> None:
    """So that its case reaches who deals with loans."""
    texts = ["晨曜的房贷去年就还清，跑了三趟都没人办手续", "晨曜的房贷批得真快，放款当天就到，点赞"]
    with installed(tmp_path, sqlite_url, trades=("bank",)) as listener:
        complaint, praise = listener.analyse(texts)
        assert (complaint["complaint"] != "no", complaint["categories"][0]["code"]) == (True, "bank.credit")
        assert (praise["complaint"], praise["categories"]) == ("no", [])


def test_its_case_has_that_problem(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, trades=("bank",)) as listener:
        said = "晨曜的房贷去年就还清了，跑了三趟都没人给办手续，要求马上处理"
        assert problem_of_its_case(listener, said) == "bank.credit"


def test_what_names_the_problem_is_the_worst_that_is_said_and_the_trade_s_own_first() -> None:
    said = [
        Aspect("core.attitude", "前台", 0, 2, "", Sentiment.NEGATIVE),
        Aspect("hotel.room", "房间", 3, 5, "", Sentiment.NEUTRAL),
        Aspect("hotel.service", "停车", 6, 8, "西湖店", Sentiment.NEGATIVE),
        Aspect("hotel.booking", "预订", 9, 11, "", Sentiment.POSITIVE),
    ]
    sure = complaint(Tier.YES, problem="")
    found, decided = named(analysis(), sure, lambda: said)
    assert (found.categories, decided.problem) == ((Category("hotel.service", "停车", "西湖店"),), "hotel.service")
    assert named(analysis(), sure, lambda: said[3:]) == (analysis(), sure)
    assert named(analysis(), complaint(Tier.NO), lambda: said)[0].categories == ()
    danger = complaint(Tier.YES, problem="", safety=True)
    assert named(analysis(), danger, lambda: said)[1].problem == "core.safety"


def test_a_bank_s_app_is_no_talk_about_cars() -> None:
    car, own = Category("car.electrics", "闪退"), Category("bank.channel", "手机银行")
    both = analysis(categories=(car, own))
    assert judged(both, (own,)).categories == (own,)
    assert judged(analysis(categories=(car,)), ()).categories == (car,), "that something is wrong is true of any trade"


def test_an_unknown_trade_is_named_with_those_that_there_are(tmp_path: Path, sqlite_url: str) -> None:
    with (
        pytest.raises(BadInput, match=r"没有行业 cra.*car"),
        installed(tmp_path, sqlite_url, trades=("cra",)),
    ):
        pass
