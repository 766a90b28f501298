"""The demo's site read over HTTP like a stranger's: all that was written, nothing else, and the traps of a real one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit
from urllib.robotparser import RobotFileParser

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from lxml import html

from listener.demo.mentions import Content, Thread, load_content
from listener.demo.pages import ZONE
from listener.demo.site import DemoSite, serve

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    found = serve(NOW)
    yield found
    found.close()


@pytest.fixture(scope="module")
def client(site: DemoSite) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, trust_env=False, timeout=10) as found:
        yield found


@pytest.fixture(scope="module")
def written() -> Content:
    return load_content()


def page(client: httpx.Client, address: str) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.document_fromstring(answer.text)


def list_page(client: httpx.Client, fid: int, number: int, more: str = "") -> html.HtmlElement:
    return page(client, f"forum.php?mod=forumdisplay&fid={fid}&page={number}{more}")


def thread_page(client: httpx.Client, tid: int, number: int = 1, more: str = "") -> html.HtmlElement:
    return page(client, f"forum.php?mod=viewthread&tid={tid}&page={number}{more}")


def page_count(tree: html.HtmlElement) -> int:
    shown = tree.xpath('//div[@class="pg"]//label/span/@title')
    return int(re.fullmatch(r"共 (\d+) 页", shown[0])[1]) if shown else 1  # type: ignore[index]


def tids(tree: html.HtmlElement, kind: str = "normalthread") -> list[int]:
    return [int(row.get("id").partition("_")[2]) for row in tree.xpath(f'//tbody[starts-with(@id, "{kind}_")]')]


def exact_time(cell: html.HtmlElement) -> datetime:
    """The title's time, else the plain one."""
    titles = cell.xpath(".//span/@title")
    text = titles[0] if titles else cell.text_content()
    text = text.replace("发表于", "").strip()
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)


def said_in(cell: html.HtmlElement) -> str:
    """The cell's own words: no quote, no note about an edit."""
    for strange in cell.xpath('.//div[@class="quote"] | .//i[@class="pstatus"]'):
        tail = strange.tail or ""
        parent = strange.getparent()
        before = strange.getprevious()
        if before is None:
            parent.text = (parent.text or "") + tail
        else:
            before.tail = (before.tail or "") + tail
        parent.remove(strange)
    return str(cell.text_content()).strip()


def read_posts(tree: html.HtmlElement) -> list[tuple[str, int, str, str, datetime]]:
    """(pid, uid, author, text, time) of each entry on a thread's page."""
    found = []
    for block in tree.xpath('//div[starts-with(@id, "post_") and ./table]'):
        pid = block.get("id").removeprefix("post_")
        (author,) = block.xpath('.//td[@class="pls"]//div[@class="authi"]/a')
        uid = int(parse_qs(urlsplit(author.get("href")).query)["uid"][0])
        at = exact_time(block.xpath(f'.//em[@id="authorposton{pid}"]')[0])
        text = said_in(block.xpath(f'.//td[@id="postmessage_{pid}"]')[0])
        found.append((pid, uid, author.text_content(), text, at))
    return found


def read_thread(client: httpx.Client, tid: int) -> list[tuple[str, int, str, str, datetime]]:
    first = thread_page(client, tid)
    pages = [first] + [thread_page(client, tid, number) for number in range(2, page_count(first) + 1)]
    return [entry for tree in pages for entry in read_posts(tree)]


def as_written(thread: Thread) -> list[tuple[str, int, str, str, datetime]]:
    return [(m.native_id, m.uid, m.author, m.text, m.published_at(NOW)) for m in thread.mentions]


def longest(written: Content) -> Thread:
    return max(written.threads, key=lambda thread: len(thread.mentions))


def some(written: Content, **wanted: bool) -> Thread:
    return next(t for t in written.threads if all(getattr(t, name) == value for name, value in wanted.items()))


def test_the_forum_read_whole_is_exactly_what_was_written(client: httpx.Client, written: Content) -> None:
    seen: list[int] = []
    for forum in written.forums:
        first = list_page(client, forum.fid, 1)
        seen += tids(first, "stickthread") + tids(first)
        for number in range(2, page_count(first) + 1):
            seen += tids(list_page(client, forum.fid, number))
    assert len(seen) == len(set(seen)) == len(written.threads)
    read = {tid: read_thread(client, tid) for tid in seen if tid != some(written, deleted=True).tid}
    assert read == {thread.tid: as_written(thread) for thread in written.threads if not thread.deleted}


def test_a_forum_and_a_thread_go_over_several_pages(client: httpx.Client, written: Content) -> None:
    assert page_count(list_page(client, 2, 1)) >= 3
    assert page_count(thread_page(client, longest(written).tid)) >= 3


def test_a_page_past_the_end_is_the_last_page_again(client: httpx.Client, written: Content) -> None:
    tid = longest(written).tid
    last = page_count(thread_page(client, tid))
    assert read_posts(thread_page(client, tid, 99)) == read_posts(thread_page(client, tid, last))
    assert thread_page(client, tid, 99).xpath('//div[@class="pg"]/strong/text()')[0] == str(last)
    forum_last = page_count(list_page(client, 2, 1))
    assert tids(list_page(client, 2, 99)) == tids(list_page(client, 2, forum_last))


def test_no_next_link_on_the_last_page(client: httpx.Client, written: Content) -> None:
    tid = longest(written).tid
    last = page_count(thread_page(client, tid))
    assert thread_page(client, tid, 1).xpath('//a[@class="nxt"]')
    assert not thread_page(client, tid, last).xpath('//a[@class="nxt"]')


def test_a_deleted_thread_stands_in_the_list_and_answers_404(client: httpx.Client, written: Content) -> None:
    gone = some(written, deleted=True)
    listed = [tid for number in (1, 2, 3) for tid in tids(list_page(client, gone.fid, number))]
    assert gone.tid in listed
    answer = client.get(f"forum.php?mod=viewthread&tid={gone.tid}")
    assert answer.status_code == 404
    assert "指定的主题不存在或已被删除" in html.document_fromstring(answer.text).xpath('string(//*[@id="messagetext"])')


def test_a_sticky_thread_stands_on_every_page(client: httpx.Client, written: Content) -> None:
    sticky = some(written, sticky=True)
    for number in (1, 2, 3):
        tree = list_page(client, sticky.fid, number)
        assert tids(tree, "stickthread") == [sticky.tid]
        assert sticky.tid not in tids(tree)


def test_the_list_tells_replies_views_and_last_post(client: httpx.Client, written: Content) -> None:
    thread = longest(written)
    (row,) = list_page(client, thread.fid, 1).xpath(f'//tbody[@id="normalthread_{thread.tid}"]')
    assert row.xpath('string(.//a[@class="s xst"])') == thread.title
    assert row.xpath('string(.//td[@class="num"]/a)') == str(len(thread.mentions) - 1)
    assert row.xpath('string(.//td[@class="num"]/em)') == str(thread.views)
    opened, last = row.xpath('.//td[@class="by"]/em')
    newest = thread.mentions[-1].published_at(NOW).astimezone(ZONE)
    assert last.xpath(".//span/@title") == [newest.strftime("%Y-%m-%d %H:%M")]
    assert opened.xpath(".//span/@title") == ["2026-11-20"]
    assert [number.text for number in row.xpath('.//span[@class="tps"]/a')] == ["2", "3"]


def test_the_list_is_ordered_by_last_post_or_by_opening(client: httpx.Client, written: Content) -> None:
    threads = [thread for thread in written.threads if thread.fid == 36]
    by_last = [t.tid for t in sorted(threads, key=lambda t: t.last)][:10]
    by_opening = [t.tid for t in sorted(threads, key=lambda t: t.opened)][:10]
    assert tids(list_page(client, 36, 1)) == by_last != by_opening
    assert tids(list_page(client, 36, 1, "&filter=author&orderby=dateline")) == by_opening


def test_recent_times_are_relative_and_old_ones_plain(client: httpx.Client, written: Content) -> None:
    shown: dict[bool, int] = {True: 0, False: 0}
    for thread in written.threads:
        if not thread.deleted:
            for cell in thread_page(client, thread.tid).xpath('//em[starts-with(@id, "authorposton")]'):
                relative = bool(cell.xpath("./span/@title"))
                shown[relative] += 1
                assert relative == ("前" in cell.text_content() or "昨天" in cell.text_content())
                assert relative == (exact_time(cell) >= datetime(2026, 11, 16, 0, 0, 1, tzinfo=ZONE))
    assert shown[True] > 100
    assert shown[False] > 20


def test_the_same_entry_has_many_addresses(client: httpx.Client, written: Content) -> None:
    thread = longest(written)
    opener = thread.mentions[0]
    whole = read_posts(thread_page(client, thread.tid))
    assert read_posts(thread_page(client, thread.tid, 1, "&extra=page%3D1")) == whole
    own = read_posts(thread_page(client, thread.tid, 1, f"&authorid={opener.uid}"))
    assert {entry[1] for entry in own} == {opener.uid}
    links = list_page(client, thread.fid, 1).xpath(f'//tbody[@id="normalthread_{thread.tid}"]//a/@href')
    assert sum("extra=page%3D1" in link for link in links) >= 3
    assert any("goto=lastpost" in link for link in links)
    assert thread_page(client, thread.tid).xpath('//a[contains(@href, "authorid=")]')


def test_goto_leads_to_the_page_that_holds_the_entry(client: httpx.Client, written: Content) -> None:
    thread = longest(written)
    pid = thread.mentions[14].native_id
    found = client.get(f"forum.php?mod=redirect&goto=findpost&ptid={thread.tid}&pid={pid}")
    assert found.status_code == 302
    assert found.headers["Location"].endswith(f"tid={thread.tid}&page=2#pid{pid}")
    last = client.get(f"forum.php?mod=redirect&tid={thread.tid}&goto=lastpost")
    assert last.headers["Location"].endswith(f"page=3#pid{thread.mentions[-1].native_id}")
    assert client.get(f"forum.php?mod=redirect&goto=findpost&ptid={thread.tid}&pid=1").status_code == 404


def test_quotes_and_edit_notes_stand_beside_the_text(client: httpx.Client, written: Content) -> None:
    thread = next(t for t in written.threads if any(m.quotes for m in t.mentions) and t.mentions[0].edited)
    tree = thread_page(client, thread.tid)
    (quote,) = tree.xpath('//td[@class="t_f"]/div[@class="quote"]/blockquote')
    quoting = next(m for m in thread.mentions if m.quotes)
    assert load_content().by_key(quoting.quotes).text[:30] in quote.text_content()
    assert thread.mentions[0].author in tree.xpath('string(//i[@class="pstatus"])')


def test_an_avatar_is_a_picture(client: httpx.Client, written: Content) -> None:
    (source, *_) = thread_page(client, longest(written).tid).xpath('//div[@class="avatar"]//img/@src')
    answer = client.get(source)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert fromstring(answer.text).tag.endswith("svg")
    assert client.get('uc_server/avatar.php?uid="><script>').status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "forum.php?mod=viewthread&tid=999999",
        "forum.php?mod=viewthread&tid=abc",
        "forum.php?mod=viewthread",
        "forum.php?mod=forumdisplay&fid=99",
        "forum.php?mod=rss&fid=99",
        "forum.php?mod=redirect&goto=lastpost&tid=999999",
        "news/1.html",
        "news/../../etc/passwd",
        "nothing-here",
    ],
)
def test_what_is_not_there_is_404(client: httpx.Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("number", ["0", "-3", "abc", "99999999999999999999", ""])
def test_a_page_number_that_is_none_is_answered(client: httpx.Client, written: Content, number: str) -> None:
    assert client.get(f"forum.php?mod=viewthread&tid={longest(written).tid}&page={number}").status_code == 200


def test_pages_for_members_ask_to_log_in(client: httpx.Client) -> None:
    for address in ("home.php?mod=space&uid=1001", "member.php?mod=register", "forum.php?mod=post&action=newthread"):
        assert "尚未登录" in page(client, address).xpath('string(//*[@id="messagetext"])')


def test_robots_allow_reading_and_forbid_the_traps(client: httpx.Client, site: DemoSite) -> None:
    robots = RobotFileParser()
    robots.parse(client.get("robots.txt").text.splitlines())
    allowed = ["forum.php?mod=forumdisplay&fid=2&page=2", "forum.php?mod=viewthread&tid=101", "news/feed.xml"]
    forbidden = ["home.php?mod=space&uid=1", "forum.php?mod=redirect&goto=lastpost&tid=1", "forum.php?mod=post"]
    assert all(robots.can_fetch("Listener", site.url + address) for address in allowed)
    assert not any(robots.can_fetch("Listener", site.url + address) for address in forbidden)


def test_every_link_of_the_site_answers(client: httpx.Client, site: DemoSite, written: Content) -> None:
    pages = ["", "forum.php", "forum.php?mod=forumdisplay&fid=2", "news/1001.html"]
    pages.append(f"forum.php?mod=viewthread&tid={longest(written).tid}")
    links = set()
    for address in pages:
        tree = page(client, address)
        tree.make_links_absolute(str(tree.xpath("string(//base/@href)")) or site.url + address)
        links |= set(tree.xpath("//a/@href | //link/@href | //img/@src"))
    assert len(links) > 100
    gone = f"tid={some(written, deleted=True).tid}"
    skipped = ("javascript:", "nextnewset")
    for link in links:
        if gone not in link and not any(part in link for part in skipped):
            assert link.startswith(site.url)
            assert client.get(link.partition("#")[0]).status_code in (200, 302), link


def test_the_forums_own_feed_has_its_newest_threads_and_no_guid(client: httpx.Client, written: Content) -> None:
    tree = fromstring(client.get("forum.php?mod=rss&fid=2").content)
    entries = tree.findall("./channel/item")
    threads = sorted((t for t in written.threads if t.fid == 2 and t.mentions), key=lambda t: t.opened)
    assert [entry.findtext("title") for entry in entries] == [t.title for t in threads][:20]
    assert not tree.findall(".//guid")
    at = parsedate_to_datetime(entries[0].findtext("pubDate") or "")
    assert at == threads[0].mentions[0].published_at(NOW)


def test_head_has_the_headers_and_no_body(client: httpx.Client) -> None:
    answer = client.head("news/feed.xml")
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > 10_000
    assert answer.content == b""


def test_another_now_moves_the_times_and_nothing_else(written: Content) -> None:
    later = serve(NOW + timedelta(days=1))
    try:
        with httpx.Client(base_url=later.url, trust_env=False) as client:
            read = read_thread(client, longest(written).tid)
    finally:
        later.close()
    moved = [(*entry[:4], entry[4] + timedelta(days=1)) for entry in as_written(longest(written))]
    assert read == moved


def test_the_site_serves_loopback_only_notes_requests_and_ends() -> None:
    site = serve(NOW)
    assert urlsplit(site.url).hostname == "127.0.0.1"
    httpx.get(site.url + "robots.txt", trust_env=False)
    assert site.requests == ["/robots.txt"]
    with pytest.raises(OSError):
        serve(NOW, urlsplit(site.url).port or 0)
    site.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(site.url, trust_env=False)


def test_a_now_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        serve(datetime(2026, 11, 23))
