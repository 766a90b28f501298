"""The demo's content: enough of it, of every kind, consistent in itself, and about nobody real."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from rapidfuzz import fuzz

from listener.demo.mentions import CONTENT, DemoMention, customers, load_content, page_of, pages_of
from listener.model import Party, Sentiment, Severity, Tier

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)

REAL_COMPANIES = re.findall(
    r"\S+",
    """
    阿里巴巴 淘宝 天猫 支付宝 饿了么 盒马 腾讯 微信 京东 美团 大众点评 拼多多 抖音 字节跳动 快手 小红书
    哔哩 微博 新浪 黑猫投诉 百度 高德 网易 知乎 豆瓣 滴滴 携程 顺丰 中通 圆通 韵达 申通 菜鸟 华为 小米
    荣耀 OPPO vivo 三星 iPhone 苹果公司 特斯拉 比亚迪 蔚来 小鹏 理想汽车 理想L 问界 赛力斯
    零跑 哪吒 吉利 极氪 领克 长安汽车 长城汽车 奇瑞 广汽 埃安 上汽 五菱 荣威 大众汽车 丰田 本田 日产 宝马
    奔驰 奥迪 沃尔沃 福特 别克 红旗 岚图 智己 阿维塔 宁德时代 国轩 特来电 星星充电 国家电网 中石化 中石油
    永辉 沃尔玛 家乐福 华润万家 大润发 物美 罗森 全家便利 便利蜂 山姆 麦德龙 朴朴 叮咚 钱大妈 伊利 蒙牛
    光明乳业 海底捞 肯德基 麦当劳 星巴克 瑞幸 喜茶 蜜雪 平安保险 人保 太平洋保险 招商银行 工商银行 建设银行
    中国移动 中国联通 中国电信 12365 车质网 汽车之家 懂车帝 易车 车家号 Tesla BYD NIO
    Xpeng Toyota Honda BMW Mercedes Google Apple Amazon
    """,
)

LETTERS = {**{str(digit): digit for digit in range(10)}}
for row in ("ABCDEFGH", "JKLMN", "STUVWXYZ"):
    LETTERS.update({letter: value for value, letter in enumerate(row, 2 if row.startswith("S") else 1)})
LETTERS.update(P=7, R=9)
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def check_digit(vin: str) -> str:
    """ISO 3779 with the check digit of 49 CFR 565.15 (GB 16735 uses the same)."""
    rest = sum(LETTERS[letter] * weight for letter, weight in zip(vin, WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def everything() -> tuple[DemoMention, ...]:
    return load_content().mentions


def kinds() -> Counter[str]:
    return Counter(kind for mention in everything() for kind in mention.expected.kinds)


def test_check_digit_of_a_published_example() -> None:
    assert check_digit("1M8GDM9AXKP042788") == "X"
    assert check_digit("11111111111111111") == "1"


def test_there_are_a_few_hundred_mentions_over_three_ways_in() -> None:
    content = load_content()
    assert 320 <= len(content.mentions) <= 400
    assert len(content.articles) >= 40
    assert 55 <= len(content.reviews) <= 70
    assert len(content.forum_mentions) > 200
    assert [forum.fid for forum in content.forums] == [2, 36, 37, 40]


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("complaint", 75),
        ("praise", 50),
        ("news", 20),
        ("inquiry", 15),
        ("repost", 10),
        ("follow_up", 20),
        ("other_meaning", 20),
        ("third_person", 7),
        ("sarcasm", 9),
        ("advert", 6),
        ("smear", 4),
        ("english", 8),
        ("traditional", 8),
        ("suggestion", 5),
        ("official", 8),
    ],
)
def test_the_mix_has_enough_of_each_kind(kind: str, least: int) -> None:
    assert kinds()[kind] >= least


def test_complaints_of_every_severity_and_no_severity_without_a_complaint() -> None:
    judged = [mention.expected for mention in everything()]
    found = Counter(one.severity for one in judged if one.complaint is not Tier.NO)
    assert set(found) == set(Severity)
    assert found[Severity.S1] >= 12
    assert {one.severity for one in judged if one.complaint is Tier.NO} == {None}
    assert 0.15 < sum(one.complaint is Tier.YES for one in judged) / len(judged) < 0.35


def test_sentiments_are_all_there_and_none_is_rare() -> None:
    found = Counter(mention.expected.sentiment for mention in everything())
    assert min(found[sentiment] for sentiment in Sentiment) > 0.15 * len(everything())


def test_what_is_no_complaint_is_not_called_one() -> None:
    for mention in everything():
        if mention.expected.kinds & {"praise", "other_meaning", "advert", "smear", "news", "official"}:
            assert mention.expected.complaint is Tier.NO, mention.text


def test_time_runs_over_two_weeks_and_is_denser_at_its_end() -> None:
    ages = [mention.age for mention in everything()]
    assert all(timedelta(0) < age <= timedelta(days=14) for age in ages)
    assert max(ages) > timedelta(days=13)
    assert sum(age < timedelta(days=3) for age in ages) > len(ages) / 2


def test_each_thread_runs_forward_in_time() -> None:
    for thread in load_content().threads:
        ages = [mention.age for mention in thread.mentions]
        assert all(older > newer for older, newer in pairwise(ages)), thread.title
        assert thread.deleted == (not thread.mentions)


def test_published_at_is_before_now_and_has_no_fractions() -> None:
    for mention in everything():
        at = mention.published_at(NOW.replace(microsecond=123))
        assert at < NOW
        assert at.microsecond == 0
        assert at.tzinfo is UTC


def test_ids_are_unique_numbered_by_age_and_the_same_on_each_load() -> None:
    content = load_content()
    for group in (content.forum_mentions, content.articles, content.reviews):
        assert len({mention.native_id for mention in group}) == len(group)
    by_age = sorted(content.forum_mentions, key=lambda mention: mention.age, reverse=True)
    assert [int(mention.native_id) for mention in by_age] == list(range(5001, 5001 + len(by_age)))
    load_content.cache_clear()
    assert load_content() == content
    assert len({thread.tid for thread in content.threads}) == len(content.threads)


def test_texts_are_written_one_by_one() -> None:
    texts = [mention.text for mention in everything() if "repost" not in mention.expected.kinds]
    assert len(set(texts)) == len(texts)
    lengths = [len(text) for text in texts]
    assert max(lengths) > 500
    assert max(lengths) <= 600
    long = [text for text in texts if len(text) >= 20]
    alike = [(a[:30], b[:30]) for i, a in enumerate(long) for b in long[:i] if fuzz.ratio(a, b, score_cutoff=70)]
    assert alike == []


def test_a_repost_keeps_most_of_its_original_and_comes_later_from_somebody_else() -> None:
    content = load_content()
    for mention in everything():
        if "repost" in mention.expected.kinds:
            original = content.by_key(mention.expected.repost_of)
            assert mention.age < original.age
            assert mention.author != original.author
            assert mention.expected.severity == original.expected.severity
            assert fuzz.partial_ratio(mention.text, original.text) > 85, mention.text
            assert mention.text != original.text


def test_quotes_lead_to_an_earlier_entry_of_the_same_thread() -> None:
    quoting = [(thread, m) for thread in load_content().threads for m in thread.mentions if m.quotes]
    assert quoting
    for thread, mention in quoting:
        quoted = load_content().by_key(mention.quotes)
        assert quoted in thread.mentions
        assert quoted.age > mention.age


def test_a_follow_up_has_an_earlier_entry_by_its_author_in_its_thread() -> None:
    for thread in load_content().threads:
        for number, mention in enumerate(thread.mentions):
            if "follow_up" in mention.expected.kinds:
                assert mention.uid in {earlier.uid for earlier in thread.mentions[:number]}, mention.text


def test_no_real_company_is_named() -> None:
    files = [path for path in CONTENT.iterdir() if path.suffix in (".toml", ".csv")]
    files += list((CONTENT.parent / "config").rglob("*.toml")) + list((CONTENT.parent / "templates").glob("*"))
    assert len(files) > 15
    for path in files:
        text = path.read_text(encoding="utf-8")
        named = [name for name in REAL_COMPANIES if re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z])", text)]
        assert named == [], path.name


def test_customers_are_about_forty_and_of_several_parties() -> None:
    rows = customers()
    assert 36 <= len(rows) <= 45
    assert {row["party"] for row in rows} <= {party.value for party in Party}
    assert Counter(row["party"] for row in rows)["consumer"] > 30
    assert {"business", "dealer", "internal"} < {row["party"] for row in rows}
    assert len({row["external_id"] for row in rows}) == len(rows)


def test_vins_have_valid_check_digits() -> None:
    vins = [row["vin"] for row in customers() if row["vin"]]
    assert len(vins) > 20
    assert len(set(vins)) == len(vins)
    for vin in vins:
        assert re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", vin)
        assert vin[8] == check_digit(vin)
    assert any(vin[8] == "X" for vin in vins)
    said = re.findall(r"[A-HJ-NPR-Z0-9]{17}", "\n".join(mention.text for mention in everything()))
    assert said
    assert set(said) <= set(vins)


def test_phones_and_mails_reach_nobody() -> None:
    """The mobile prefix 1920000 and the domains of RFC 2606."""
    assert all(re.fullmatch(r"1920000\d{4}", row["phone"]) for row in customers())
    assert all(re.fullmatch(r"(\S+@example\.(com|net))?", row["email"]) for row in customers())
    said = "\n".join(mention.text for mention in everything())
    assert all(found.startswith("1920000") for found in re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", said))


def test_one_phone_is_shared_and_one_name_is_borne_twice() -> None:
    phones = Counter(row["phone"] for row in customers())
    names = Counter(row["name"] for row in customers())
    assert sorted(phones.values())[-2:] == [1, 2]
    assert sorted(names.values())[-2:] == [1, 2]
    shared = next(phone for phone, count in phones.items() if count == 2)
    speaking = [mention for mention in everything() if shared in mention.text]
    assert speaking
    assert all(mention.expected.maybe and not mention.expected.customer for mention in speaking)
    named = [mention for mention in everything() if "李娜" in mention.text]
    assert named
    assert all(not mention.expected.customer for mention in named)


def identifiers(row: dict[str, str]) -> list[str]:
    plate = row["plate"].replace("·", "")
    return [one for one in (row["phone"], row["email"], row["vin"], plate, *row["orders"].split(";")) if one]


def test_an_expected_customer_is_bound_or_named_by_an_identifier_of_theirs() -> None:
    rows = {row["external_id"]: row for row in customers()}
    bound = {row["account"]: row["external_id"] for row in customers() if row["account"]}
    linked: Counter[str] = Counter()
    for mention in everything():
        expected = mention.expected.customer
        if not expected:
            assert f"discuz:{mention.uid}" not in bound
            continue
        by_account = bound.get(f"discuz:{mention.uid}") == expected
        flat = re.sub(r"[\s·]", "", mention.text) + str(mention.extra.get("order", ""))
        by_key = [one for one in identifiers(rows[expected]) if one in flat]
        assert by_account or by_key, mention.text
        linked["account" if by_account else "key"] += 1
    assert linked["account"] > 40
    assert linked["key"] >= 8


def test_some_grave_and_fresh_complaints_are_by_known_customers() -> None:
    fresh = timedelta(hours=72)
    found = [
        mention
        for mention in everything()
        if mention.expected.customer and mention.expected.severity in (Severity.S1, Severity.S2) and mention.age < fresh
    ]
    assert len(found) >= 12
    assert any(mention.expected.severity is Severity.S1 for mention in found)


def test_a_third_persons_complaint_is_never_linked_by_itself() -> None:
    for mention in everything():
        if "third_person" in mention.expected.kinds:
            assert not mention.expected.customer
            assert mention.expected.complaint is not Tier.YES


def test_orders_are_unique_and_written_as_the_demo_configures_them() -> None:
    orders = [order for row in customers() for order in row["orders"].split(";") if order]
    assert len(set(orders)) == len(orders)
    assert all(re.fullmatch(r"SY\d{10}|YX\d{12}", order) for order in orders)


def test_dealers_of_customers_and_reviews_are_in_the_directory() -> None:
    known = {dealer["name"] for dealer in tomllib.loads((CONTENT / "dealers.toml").read_text("utf-8"))["dealers"]}
    assert {row["dealer"] for row in customers() if row["dealer"]} <= known
    assert {review.title for review in load_content().reviews} <= known


def test_every_account_in_the_file_of_authors_speaks() -> None:
    uids = tomllib.loads((CONTENT / "authors.toml").read_text("utf-8"))["uid"]
    assert len(set(uids.values())) == len(uids)
    assert {mention.author for mention in load_content().forum_mentions} == set(uids)


def test_a_page_past_the_end_is_the_last_one() -> None:
    things = tuple(range(25))
    assert pages_of(25, 10) == 3
    assert pages_of(0, 10) == 1
    assert [list(page_of(things, page, 10)[1]) for page in (1, 3, 99)] == [
        [*range(10)],
        [*range(20, 25)],
        [*range(20, 25)],
    ]
    assert page_of(things, -4, 10)[0] == 1
    assert page_of((), 7, 10)[0] == 1
