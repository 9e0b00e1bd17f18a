"""Versions of a site: how they are named, which of them is the newest, and which address names which."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

# How generators and hosts of documentation write a version: numbers, maybe of one before its release, or a name.
PRERELEASE = r"(?:[-_.]?(?:alpha|beta|rc|pre|preview|dev|next|snapshot|canary|nightly)[-_.]?\d*)"
NUMBERED = rf"(?:version-|v)?(?P<number>\d+(?:\.(?:\d+|x))+){PRERELEASE}?|(?:version-|v)(?P<major>\d+){PRERELEASE}?"
NAMED = r"stable|latest|current|next|main|master|trunk|edge|head|unreleased|dev|devel|develop|canary|nightly"
VERSION = re.compile(rf"(?:{NUMBERED}|(?P<name>{NAMED}))", re.I)
# A version that the owner or the generator names may be a number alone.
BARE_NUMBER = re.compile(r"\d+")
IS_PRERELEASE = re.compile(rf"\d(?:\.x)?{PRERELEASE}\Z", re.I)
PREFIX = re.compile(r"(?:version[- ]?|v)(?=\d)", re.I)
# What each name says of a version, beside numbers, which are released.
RELEASED_NAMES = {"stable": 5, "current": 4, "latest": 3}
NUMBERS, OTHER_NAMES, PRERELEASES, UNRELEASED = 2, 1, 0, -1


@dataclass(frozen=True)
class Address:
    """An address without the part that names its version, and that part."""

    place: str
    version: str = ""


def read_address(url: str) -> Address:
    """Return what an address says of its version."""
    parts = urlsplit(url)
    segments = parts.path.split("/")
    for position, segment in enumerate(segments):
        if VERSION.fullmatch(segment) is not None:
            place = "/".join([*segments[:position], *segments[position + 1 :]])
            return Address(f"{parts.netloc}{place}#{parts.fragment}", segment.lower())
    return Address(f"{parts.netloc}{parts.path}#{parts.fragment}")


def bare(version: str) -> str:
    """Return a version as it is compared: `v2.0` and `version-2.0` are `2.0`."""
    return PREFIX.sub("", version.lower(), 1)


def release_order(version: str) -> tuple[int, tuple[int, ...], str]:
    """Return what sorts versions: the greater, the likelier it is the one that readers want who name none."""
    name = bare(version)
    if name in RELEASED_NAMES:
        return RELEASED_NAMES[name], (), name
    if not (VERSION.fullmatch(name) or BARE_NUMBER.fullmatch(name)):
        return OTHER_NAMES, (), name
    numbers = _numbers(name)
    if not numbers:
        return UNRELEASED, (), name
    # Of two before one release the later: beta.2, beta.10, rc1.
    ordered = re.sub(r"\d+", lambda number: number[0].zfill(9), name)
    return PRERELEASES if IS_PRERELEASE.search(name) else NUMBERS, numbers, ordered


def named_in(question: str, versions: Iterable[str]) -> str | None:
    """Return the version that a question names, of those given; a single number only behind `v` or `version`."""
    named = [version for version in versions if _name_pattern(version).search(question)]
    # "3.0-beta" names more than "3.0" does.
    return max(named, key=len, default=None)


def current_versions(pages: Iterable[tuple[str, str | None, str]]) -> Mapping[str, str | None]:
    """Return the version that each site shows at addresses which name none, where it shows others beside it.

    ``pages`` are given as their site, their version and their address. Most addresses of that version are those of
    other versions' pages but for the part that names the version.
    """
    sizes, unnamed = Counter[tuple[str, str | None]](), list[tuple[str, str | None, str]]()
    versioned = set[tuple[str, str]]()
    for site, version, url in pages:
        address = read_address(url)
        place = address.place.partition("#")[0].rstrip("/")
        sizes[site, version] += 1
        if address.version:
            versioned.add((site, place))
        else:
            unnamed.append((site, version, place))
    twins = Counter((site, version) for site, version, place in unnamed if (site, place) in versioned)
    found = dict[str, str | None]()
    for (site, version), count in sorted(twins.items(), key=lambda item: item[1]):
        if 2 * count > sizes[site, version]:
            found[site] = version
    return found


def distinct(sections: Sequence[tuple[int, str, str, str]]) -> list[int]:
    """Return the ids of sections without those of older versions of the same section, order kept.

    They are given as id, version, address and headings. The newest takes the place of the first of them.
    """
    groups: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for id_, version, url, headings in sections:
        groups.setdefault((read_address(url).place, headings), []).append((id_, version))
    kept = []
    for group in groups.values():
        newest = max((version for _, version in group), key=release_order)
        kept += [id_ for id_, version in group if version == newest]
    return kept


def _numbers(name: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with, without zeros at their end: 2 and 2.0 are one version."""
    found = re.match(r"\d+(?:\.\d+)*", name)
    numbers = [int(number) for number in found[0].split(".")] if found else []
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _name_pattern(version: str) -> re.Pattern[str]:
    """Return what finds the name of a version in a text; names without a number are words like any other."""
    name = bare(version)
    if not name[:1].isdigit():
        return re.compile(rf"\bversion {re.escape(name)}\b|\b{re.escape(name)} version\b", re.I)
    ending = r"(?![\w-]|\.\d)"
    if name.isdigit():
        return re.compile(rf"(?:\bv|\bversion[ -]v?){name}{ending}", re.I)
    if name.endswith(".x"):
        return re.compile(rf"(?<![\d.]){re.escape(name[:-1])}(?:x|\d+(?:\.\d+)*){ending}", re.I)
    return re.compile(rf"(?<![\d.]){re.escape(name)}{ending}", re.I)
