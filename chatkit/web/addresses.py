"""Network addresses: read as proxies write them, and whose they are.

IPv6 carries IPv4 addresses in several forms. Each is taken for the IPv4 address that it is, so that a reader is the
same one over either, and many readers behind one translator are not.
"""

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# As some proxies write them: `[2001:db8::1]`, `[2001:db8::1]:443`, `192.0.2.1:50001`, each perhaps within quotes.
BRACKETED = re.compile(r"\[([^\[\]]+)\](?::[0-9]{1,5})?")
WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Deprecated by RFC 4291, and still an IPv4 address; `::` and `::1` are none.
COMPATIBLE, LEAST_COMPATIBLE = ipaddress.IPv6Network("::/96"), 1 << 24
READER_LENGTH, HOLDER_LENGTH = 64, 48


def parse_address(text: str | None) -> Address | None:
    """Return a network address without port, brackets and zone; None for what is none."""
    text = (text or "").strip().strip('"')
    found = BRACKETED.fullmatch(text) or WITH_PORT.fullmatch(text)
    try:
        parsed = ipaddress.ip_address(found[1] if found else text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed
    return _embedded(parsed) or ipaddress.IPv6Address(int(parsed))


def normalize_address(address: str | None) -> str:
    """Return a network address as it is counted: itself, or for IPv6 its /64, which one reader holds whole."""
    return _network(address, READER_LENGTH)


def normalize_network(address: str | None) -> str:
    """Return the network of an address where one holder may have many: itself, or for IPv6 its /48."""
    return _network(address, HOLDER_LENGTH)


def _network(address: str | None, length: int) -> str:
    parsed = parse_address(address)
    if parsed is None:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.IPv6Network((parsed, length), strict=False))


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64, 6to4 or Teredo."""
    compatible = address in COMPATIBLE and int(address) >= LEAST_COMPATIBLE
    if address in NAT64 or compatible:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
