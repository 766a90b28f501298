"""Times as pages write them. ``NOW`` is Monday 2026-11-23 10:00 in Shanghai."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listener.text.dates import read_date, read_date_why
from tests.factories import NOW, ZONE

# written | the time in Shanghai | unit
READ = """
刚刚 | 2026-11-23 10:00:00 | minute
刚才 | 2026-11-23 10:00:00 | minute
剛剛 | 2026-11-23 10:00:00 | minute
几秒前 | 2026-11-23 10:00:00 | minute
just now | 2026-11-23 10:00:00 | minute
30秒前 | 2026-11-23 09:59:30 | second
5 秒钟前 | 2026-11-23 09:59:55 | second
3分钟前 | 2026-11-23 09:57:00 | minute
3 分钟前 | 2026-11-23 09:57:00 | minute
3&nbsp;分钟前 | 2026-11-23 09:57:00 | minute
３分钟前 | 2026-11-23 09:57:00 | minute
3分前 | 2026-11-23 09:57:00 | minute
三分钟前 | 2026-11-23 09:57:00 | minute
十五分钟前 | 2026-11-23 09:45:00 | minute
二十五分钟之前 | 2026-11-23 09:35:00 | minute
5 分鐘前 | 2026-11-23 09:55:00 | minute
半小时前 | 2026-11-23 09:30:00 | hour
半个小时前 | 2026-11-23 09:30:00 | hour
发表于 半小时前 | 2026-11-23 09:30:00 | hour
2小时前 | 2026-11-23 08:00:00 | hour
2 小时前 来自 iPhone | 2026-11-23 08:00:00 | hour
2小時前 | 2026-11-23 08:00:00 | hour
两小时前 | 2026-11-23 08:00:00 | hour
1个小时以前 | 2026-11-23 09:00:00 | hour
一个半小时前 | 2026-11-23 08:30:00 | hour
1小时5分钟前 | 2026-11-23 08:55:00 | minute
26小时前 | 2026-11-22 08:00:00 | hour
3 天前 | 2026-11-20 10:00:00 | day
3&nbsp;天前 | 2026-11-20 10:00:00 | day
三天前 | 2026-11-20 10:00:00 | day
3天前·河南 | 2026-11-20 10:00:00 | day
7日前 | 2026-11-16 10:00:00 | day
半天前 | 2026-11-22 22:00:00 | day
1周前 | 2026-11-16 10:00:00 | week
两个星期前 | 2026-11-09 10:00:00 | week
1个月前 | 2026-10-23 10:00:00 | month
3个月前 | 2026-08-23 10:00:00 | month
半个月前 | 2026-11-08 10:00:00 | month
1年前 | 2025-11-23 10:00:00 | year
两年前 | 2024-11-23 10:00:00 | year
半年前 | 2026-05-23 10:00:00 | year
5 minutes ago | 2026-11-23 09:55:00 | minute
an hour ago | 2026-11-23 09:00:00 | hour
half an hour ago | 2026-11-23 09:30:00 | hour
2 days ago | 2026-11-21 10:00:00 | day
5m | 2026-11-23 09:55:00 | minute
2h | 2026-11-23 08:00:00 | hour
3d | 2026-11-20 10:00:00 | day
今天 08:30 | 2026-11-23 08:30:00 | minute
今天08:30 | 2026-11-23 08:30:00 | minute
今天 23:30 | 2026-11-23 23:30:00 | minute
今天 | 2026-11-23 00:00:00 | day
今日 8:05 | 2026-11-23 08:05:00 | minute
今早 8:05 | 2026-11-23 08:05:00 | minute
昨天 | 2026-11-22 00:00:00 | day
昨天 21:05 | 2026-11-22 21:05:00 | minute
昨天&nbsp;21:05 | 2026-11-22 21:05:00 | minute
昨天21:05:09 | 2026-11-22 21:05:09 | second
发表于 昨天 21:05 | 2026-11-22 21:05:00 | minute
编辑于 昨天 21:05 河南 | 2026-11-22 21:05:00 | minute
昨天 下午3:05 | 2026-11-22 15:05:00 | minute
昨天晚上9点半 | 2026-11-22 21:30:00 | minute
昨晚 9:05 | 2026-11-22 21:05:00 | minute
昨晚12点 | 2026-11-23 00:00:00 | hour
昨日 21:05 | 2026-11-22 21:05:00 | minute
前天 21:05 | 2026-11-21 21:05:00 | minute
前天 | 2026-11-21 00:00:00 | day
大前天 21:05 | 2026-11-20 21:05:00 | minute
yesterday 21:05 | 2026-11-22 21:05:00 | minute
yesterday at 9:05 pm | 2026-11-22 21:05:00 | minute
星期三 08:30 | 2026-11-18 08:30:00 | minute
周三 | 2026-11-18 00:00:00 | day
周一 08:30 | 2026-11-23 08:30:00 | minute
周一 11:30 | 2026-11-16 11:30:00 | minute
星期天 | 2026-11-22 00:00:00 | day
礼拜六 晚上8点 | 2026-11-21 20:00:00 | hour
上周三 | 2026-11-18 00:00:00 | day
上周日 08:30 | 2026-11-22 08:30:00 | minute
上个星期一 | 2026-11-16 00:00:00 | day
上上周五 | 2026-11-13 00:00:00 | day
本周一 08:30 | 2026-11-23 08:30:00 | minute
10-21 08:30 | 2026-10-21 08:30:00 | minute
10-21 | 2026-10-21 00:00:00 | day
10-21 河南 | 2026-10-21 00:00:00 | day
10/21 08:30 | 2026-10-21 08:30:00 | minute
10.21 08:30 | 2026-10-21 08:30:00 | minute
10月21日 08:30 | 2026-10-21 08:30:00 | minute
10月21日08:30 | 2026-10-21 08:30:00 | minute
10月21日 | 2026-10-21 00:00:00 | day
10月21号 下午3点05分 | 2026-10-21 15:05:00 | minute
十月二十一日 | 2026-10-21 00:00:00 | day
10-21 08:30 来自 iPhone 15 Pro Max | 2026-10-21 08:30:00 | minute
10月21日 08:30 来自微博网页版 | 2026-10-21 08:30:00 | minute
11-23 09:59 | 2026-11-23 09:59:00 | minute
11-24 09:00 | 2026-11-24 09:00:00 | minute
11-25 | 2025-11-25 00:00:00 | day
12-31 23:59 | 2025-12-31 23:59:00 | minute
1-1 00:00 | 2026-01-01 00:00:00 | minute
2-29 | 2024-02-29 00:00:00 | day
去年10月21日 | 2025-10-21 00:00:00 | day
今年1月2日 08:30 | 2026-01-02 08:30:00 | minute
2025-10-21 | 2025-10-21 00:00:00 | day
2025-10-21 08:30 | 2025-10-21 08:30:00 | minute
2025-10-21 08:30:11 | 2025-10-21 08:30:11 | second
2025-10-21 08:30:11.123 | 2025-10-21 08:30:11 | second
2025-1-2 8:30 | 2025-01-02 08:30:00 | minute
2025/10/21 | 2025-10-21 00:00:00 | day
2025/10/21 08:30:11 | 2025-10-21 08:30:11 | second
2025.10.21 08:30 | 2025-10-21 08:30:00 | minute
2025年10月21日 | 2025-10-21 00:00:00 | day
2025年10月21日 08:30 | 2025-10-21 08:30:00 | minute
2025年10月21日08时30分11秒 | 2025-10-21 08:30:11 | second
2025年10月21日 星期二 08:30 | 2025-10-21 08:30:00 | minute
2025年10月21日（星期二）上午8点半 | 2025-10-21 08:30:00 | minute
2025年10月21日 下午3:05 | 2025-10-21 15:05:00 | minute
2025年10月21日 凌晨12:05 | 2025-10-21 00:05:00 | minute
2025年10月21日 中午12:05 | 2025-10-21 12:05:00 | minute
2025年10月21日 中午1点 | 2025-10-21 13:00:00 | hour
2025年10月21日 24:00 | 2025-10-22 00:00:00 | minute
2025-10-21 下午 15:05 | 2025-10-21 15:05:00 | minute
2025-10-21 PM 3:05 | 2025-10-21 15:05:00 | minute
2025-10-21 3:05 PM | 2025-10-21 15:05:00 | minute
2025-10-21 12:05 am | 2025-10-21 00:05:00 | minute
二〇二五年十月二十一日 | 2025-10-21 00:00:00 | day
民国114年10月21日 | 2025-10-21 00:00:00 | day
25-10-21 08:30 | 2025-10-21 08:30:00 | minute
99-10-21 08:30 | 1999-10-21 08:30:00 | minute
２０２５－１０－２１　０８：３０ | 2025-10-21 08:30:00 | minute
发布于 2025-10-21 08:30 | 2025-10-21 08:30:00 | minute
发表于：2025-10-21 08:30 | 2025-10-21 08:30:00 | minute
发布时间：2025-10-21 08:30:11 来源：晨曜网 | 2025-10-21 08:30:11 | second
编辑于 2025-10-21 08:30・IP 属地河南 | 2025-10-21 08:30:00 | minute
1楼 2025-10-21 08:30 | 2025-10-21 08:30:00 | minute
发表于 2025-10-21 08:30:11 | 只看该作者 | 2025-10-21 08:30:11 | second
<span title="2025-10-21 08:30:11">3 天前</span> | 2025-10-21 08:30:11 | second
<time datetime="2025-10-21T00:30:11Z">3 天前</time> | 2025-10-21 08:30:11 | second
<em>发表于 昨天 21:05</em> | 2026-11-22 21:05:00 | minute
2025\u200b-10-21 | 2025-10-21 00:00:00 | day
2025年10月 | 2025-10-01 00:00:00 | month
2025-10 | 2025-10-01 00:00:00 | month
2025年 | 2025-01-01 00:00:00 | year
21/10/2025 | 2025-10-21 00:00:00 | day
10/21/2025 08:30 | 2025-10-21 08:30:00 | minute
08:30 | 2026-11-23 08:30:00 | minute
21:05 | 2026-11-22 21:05:00 | minute
下午3点 | 2026-11-22 15:00:00 | hour
1761006611 | 2025-10-21 08:30:11 | second
1761006611.25 | 2025-10-21 08:30:11 | second
1761006611123 | 2025-10-21 08:30:11 | second
20251021 | 2025-10-21 00:00:00 | day
202510210830 | 2025-10-21 08:30:00 | minute
20251021083011 | 2025-10-21 08:30:11 | second
2025-10-21T08:30:11 | 2025-10-21 08:30:11 | second
2025-10-21T08:30 | 2025-10-21 08:30:00 | minute
2025-10-21T00:30:11Z | 2025-10-21 08:30:11 | second
2025-10-21T00:30:11.123456Z | 2025-10-21 08:30:11 | second
2025-10-21T08:30:11+08:00 | 2025-10-21 08:30:11 | second
2025-10-21T08:30:11+0800 | 2025-10-21 08:30:11 | second
2025-10-20 19:30:11 -05:00 | 2025-10-21 08:30:11 | second
2025-10-21 00:30:11 UTC | 2025-10-21 08:30:11 | second
20251021T003011Z | 2025-10-21 08:30:11 | second
Tue, 21 Oct 2025 08:30:11 +0800 | 2025-10-21 08:30:11 | second
Tue, 21 Oct 2025 00:30:11 GMT | 2025-10-21 08:30:11 | second
Tue, 21 Oct 2025 00:30:11 -0000 | 2025-10-21 08:30:11 | second
Tue, 21 Oct 2025 08:30:11 | 2025-10-21 08:30:11 | second
21 Oct 2025 08:30 +0800 | 2025-10-21 08:30:00 | minute
Tue Oct 21 08:30:11 +0800 2025 | 2025-10-21 08:30:11 | second
Oct 21, 2025 | 2025-10-21 00:00:00 | day
October 21st, 2025 8:30 pm | 2025-10-21 20:30:00 | minute
Sept. 10, 2025, 4 a.m. | 2025-09-10 04:00:00 | hour
Nov. 17, 2025, 12 p.m. | 2025-11-17 12:00:00 | hour
Oct. 21, 2025, noon | 2025-10-21 12:00:00 | minute
Oct. 21, 2025, midnight | 2025-10-21 00:00:00 | minute
21 October 2025 | 2025-10-21 00:00:00 | day
"""
CASES = [tuple(part.strip() for part in line.rsplit("|", 2)) for line in READ.strip().splitlines()]


@pytest.mark.parametrize(("written", "expected", "unit"), CASES, ids=[case[0] for case in CASES])
def test_read(written: str, expected: str, unit: str) -> None:
    found = read_date_why(written.replace("\\u200b", "\u200b"), NOW, ZONE)
    assert found.at is not None, found.reason
    assert (f"{found.at:%Y-%m-%d %H:%M:%S}", found.unit, found.reason) == (expected, unit, "")
    assert found.at.tzinfo is ZONE


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "发布于 河南",
        "刹车失灵",
        "几天前",
        "很久以前",
        "明天 08:30",
        "2025-13-01",
        "2025-02-30",
        "2025-10-21 25:00",
        "2025-10-21 08:61",
        "13-45",
        "2-30",
        "10/11/2025",
        "0001-01-01 00:00:00",
        "1970-01-01 08:00:00",
        "1989-12-31",
        "0000-00-00 00:00:00",
        "9999-12-31",
        "2026-11-25",
        "2027-01-01 00:00",
        "99999年前",
        "100年前",
        "0",
        "99999999999",
        "后天",
        "9999999999",
        "3.5",
        "3.5分",
        "1.2.3.4",
        "12345",
        "回复 12 查看 345",
        "138-0013-8000",
        "<span></span>",
        "2025-10-21 " + "很长的正文" * 30,
        "x" * 1000,
    ],
)
def test_unreadable(written: str) -> None:
    found = read_date_why(written, NOW, ZONE)
    assert found.at is None
    assert found.unit == ""
    assert found.reason


def test_no_year_around_new_year() -> None:
    first = datetime(2026, 1, 1, 0, 30, tzinfo=ZONE)
    assert read_date("12-31 23:50", first, ZONE) == datetime(2025, 12, 31, 23, 50, tzinfo=ZONE)
    assert read_date("1-1 00:10", first, ZONE) == datetime(2026, 1, 1, 0, 10, tzinfo=ZONE)
    assert read_date("昨天 23:50", first, ZONE) == datetime(2025, 12, 31, 23, 50, tzinfo=ZONE)
    assert read_date("周三 23:50", first, ZONE) == datetime(2025, 12, 31, 23, 50, tzinfo=ZONE)
    last = datetime(2025, 12, 31, 23, 50, tzinfo=ZONE)
    assert read_date("1-1 00:10", last, ZONE) == datetime(2026, 1, 1, 0, 10, tzinfo=ZONE)
    assert read_date("1-3 00:10", last, ZONE) == datetime(2025, 1, 3, 0, 10, tzinfo=ZONE)


def test_days_are_those_of_the_zone_asked_for() -> None:
    late = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # already Monday in Shanghai
    assert read_date("今天 00:30", late, ZONE) == datetime(2026, 11, 23, 0, 30, tzinfo=ZONE)
    assert read_date("昨天 21:05", late, ZoneInfo("UTC")) == datetime(2026, 11, 21, 21, 5, tzinfo=UTC)


def test_hours_back_know_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 29, 4, 0, tzinfo=berlin)  # the clock went from 2 to 3
    found = read_date("3小时前", now, berlin)
    assert found is not None
    assert now.astimezone(UTC) - found.astimezone(UTC) == timedelta(hours=3)


def test_months_back_stay_inside_the_month() -> None:
    assert read_date("1个月前", datetime(2026, 3, 31, 10, tzinfo=ZONE), ZONE) == datetime(2026, 2, 28, 10, tzinfo=ZONE)


@pytest.mark.parametrize(
    "text", ["1" * 400, "1-" * 200, "前" * 400, "<" * 400, "&#" * 200, "半" * 80, "9 " * 40, "十" * 80]
)
def test_hostile_cells_take_no_time(text: str) -> None:
    began = time.thread_time()
    for _ in range(20):
        read_date(text, NOW, ZONE)
    assert time.thread_time() - began < 10
