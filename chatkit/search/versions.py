"""Versions of a site: what stands in several of them alike is found once, in the version that the reader wants."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

# A part of an address that names a version, as generators and hosts of documentation write it.
NUMBERED = r"(?:version-|v)?(?P<number>\d+(?:\.(?:\d+|x))+)|(?:version-|v)(?P<major>\d+)"
VERSION = re.compile(rf"(?:{NUMBERED}|(?P<name>stable|latest|current|next|main|master|dev|devel|canary|nightly))", re.I)
RELEASED = {"stable", "latest", "current"}


@dataclass(frozen=True)
class Address:
    """An address without the part that names its version, that part, and the version's numbers if it has any."""

    place: str
    version: str = ""
    numbers: tuple[int, ...] = ()


def read_address(url: str) -> Address:
    """Return what an address says of its version."""
    parts = urlsplit(url)
    segments = parts.path.split("/")
    for position, segment in enumerate(segments):
        found = VERSION.fullmatch(segment)
        if found is not None:
            place = "/".join([*segments[:position], *segments[position + 1 :]])
            number = found["number"] or found["major"] or ""
            numbers = tuple(int(part) for part in number.split(".") if part.isdigit())
            return Address(f"{parts.netloc}{place}#{parts.fragment}", segment.lower(), numbers)
    return Address(f"{parts.netloc}{parts.path}#{parts.fragment}")


def distinct(sections: Iterable[tuple[int, str, str]], question: str, page_url: str | None) -> list[int]:
    """Return the ids of sections, given as id, address and headings, without those of other versions, order kept.

    Of the same section in several versions the one counts that the question names, or else that of the reader's page,
    or else the one that is no former version. It takes the place of the first of them.
    """
    groups: dict[tuple[str, str], list[tuple[int, Address]]] = {}
    for id_, url, headings in sections:
        address = read_address(url)
        groups.setdefault((address.place, headings), []).append((id_, address))
    own = read_address(page_url).version if page_url else None
    return [id_ for group in groups.values() for id_ in _wanted(group, question, own)]


def _wanted(group: Sequence[tuple[int, Address]], question: str, own: str | None) -> list[int]:
    """Return the ids of a section in the one version that is wanted; long sections have several passages."""
    versions = {address.version: address for _, address in group}
    if len(versions) == 1:
        return [id_ for id_, _ in group]

    def rank(address: Address) -> tuple[bool, bool, int, tuple[int, ...]]:
        number = ".".join(map(str, address.numbers))
        named = bool(number) and re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", question) is not None
        unnumbered = 3 if not address.version else 2 if address.version in RELEASED else 1
        return named, address.version == own, 0 if address.numbers else unnumbered, address.numbers

    best = max(versions.values(), key=rank).version
    return [id_ for id_, address in group if address.version == best]
