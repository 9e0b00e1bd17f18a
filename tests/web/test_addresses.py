"""Network addresses: read as proxies write them, and whose they are."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.web.addresses import normalize_address, normalize_network, parse_address

V4 = ipaddress.IPv4Address("192.0.2.1")
# Each is 192.0.2.1.
EMBEDDED = (
    "::ffff:192.0.2.1",
    "::ffff:c000:201",
    "::192.0.2.1",
    "64:ff9b::192.0.2.1",
    "2002:c000:201::1",
    "2002:c000:201:ffff:1:2:3:4",
    "2001:0:4136:e378:8000:63bf:3fff:fdfe",
)


@pytest.mark.parametrize(
    "written", [*EMBEDDED, *(f"[{each}]:443" for each in EMBEDDED), "192.0.2.1:50001", '"192.0.2.1"']
)
def test_an_ipv4_address_is_itself_in_whatever_form_it_comes(written: str) -> None:
    assert parse_address(written) == V4
    assert normalize_address(written) == normalize_network(written) == "192.0.2.1"


@pytest.mark.parametrize(
    "written",
    ["2001:db8:1:2::1", "[2001:db8:1:2::1]", "[2001:db8:1:2::1]:50001", "2001:DB8:1:2:ffff::9", " 2001:db8:1:2::3 "],
)
def test_an_ipv6_address_is_its_networks(written: str) -> None:
    assert normalize_address(written) == "2001:db8:1:2::/64"
    assert normalize_network(written) == "2001:db8:1::/48"


def test_a_zone_makes_no_other_address() -> None:
    assert normalize_address("fe80::1%eth0") == normalize_address("fe80::1%eth1") == "fe80::/64"


@pytest.mark.parametrize(
    "written", [None, "", "unknown", "_hidden", "192.0.2.1:", "[192.0.2.1", "999.1.1.1", "1.2.3.4:5:6"]
)
def test_what_is_no_address_is_unknown(written: str | None) -> None:
    assert parse_address(written) is None
    assert normalize_address(written) == "unknown"


@given(st.ip_addresses(v=6), st.integers(0, 65535))
def test_brackets_and_ports_change_nothing(address: ipaddress.IPv6Address, port: int) -> None:
    assert parse_address(f"[{address}]:{port}") == parse_address(str(address))


@pytest.mark.parametrize("loopback", ["::1", "127.0.0.1"])
def test_loopback_stays_loopback(loopback: str) -> None:
    assert parse_address(loopback) == ipaddress.ip_address(loopback)
