"""Which addresses a crawl may connect to, in every form that reaches a socket."""

from __future__ import annotations

import pytest

from listener.spiders.guard import Forbidden, check, forbidden, link_local, literal, opened, screen
from tests.canary import SPELLINGS

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
    "192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.1",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
    "2002:c0a8:1::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "fec0::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe", "100.100.100.200", "168.63.129.16", "fd00:ec2::254",
    "::ffff:100.100.100.200", "64:ff9b::168.63.129.16", "::ffff:0:127.0.0.1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_forbidden(address: str) -> None:
    assert forbidden(address)
    with pytest.raises(Forbidden):
        check(address, 80, frozenset())


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address: str) -> None:
    assert not forbidden(address)
    check(address, 443, frozenset())


@pytest.mark.parametrize("text", ["", "localhost", "2130706433", "0x7f.1", "not an address"])
def test_what_is_no_numeric_address_is_forbidden(text: str) -> None:
    assert forbidden(text)


def test_only_the_exact_pair_is_opened() -> None:
    pairs = opened(["http://127.0.0.1:8080/x"])
    check("127.0.0.1", 8080, pairs)
    for host, port in (("127.0.0.1", 8081), ("127.0.0.2", 8080), ("10.0.0.1", 8080)):
        with pytest.raises(Forbidden):
            check(host, port, pairs)


METADATA = ["169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"]


@pytest.mark.parametrize("address", METADATA)
def test_link_local_and_metadata_are_never_opened(address: str) -> None:
    assert link_local(address)
    with pytest.raises(Forbidden):
        check(address, 80, frozenset({(address, 80)}))


@pytest.mark.parametrize("host", [spelt for spelt in SPELLINGS if "host" not in spelt.lower()])
def test_every_spelling_of_a_number_is_read_as_the_resolver_reads_it(host: str) -> None:
    assert forbidden(literal(host))
    assert screen(f"http://{host}/", frozenset()) == "forbidden"


@pytest.mark.parametrize("host", ["example.com", "1.example.com", "0x7f.example.com", "cafe", "127.0.0.1.example.com"])
def test_a_name_is_no_number(host: str) -> None:
    assert literal(host) == ""
    assert screen(f"https://{host}/x", frozenset()) == ""


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file:///etc/passwd", "data:text/html,x", "http://", "http://a:x/"]
)
def test_only_http_addresses_are_asked_for(url: str) -> None:
    assert screen(url, frozenset()) == "address"


def test_the_opened_pair_passes_the_screen_and_nothing_beside_it() -> None:
    pairs = opened(["http://127.0.0.1:8080/"])
    assert screen("http://127.0.0.1:8080/x", pairs) == ""
    assert screen("http://2130706433:8080/x", pairs) == ""  # the same place, spelt otherwise
    assert screen("http://127.0.0.1:8081/x", pairs) == "forbidden"
    assert screen("http://127.0.0.1/x", pairs) == "forbidden"


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "intranet", "db.internal", "printer.local", "nas.lan."])
def test_behind_a_proxy_names_of_the_inside_are_refused(host: str) -> None:
    assert screen(f"http://{host}/", frozenset(), proxied=True) == "forbidden"
    assert screen("http://news.example.com/", frozenset(), proxied=True) == ""


def test_a_name_that_does_not_resolve_opens_nothing() -> None:
    assert opened(["http://does-not-exist.invalid/"]) == frozenset()
