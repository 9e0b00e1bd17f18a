"""Anchors that other programs make, checked against what those programs made."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.ingest.readers.anchors import github_slug, github_slugger, plain_slugger, slugify, split_custom_id


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        # What github-slugger 2.0 returned.
        ("What's New in v2.0?", "whats-new-in-v20"),
        ("C++ & C# / .NET", "c--c--net"),
        ("Über_uns 中文 heading", "über_uns-中文-heading"),
        ("trailing spaces & dash - here -", "trailing-spaces--dash---here--"),
        ("Emoji \U0001f389 party", "emoji--party"),
        ("Don’t & “quotes”", "dont--quotes"),
        ("tab\there\u00a0and", "tabhereand"),
        ("Ⓐ ① ² ﬁ Ⅷ हिन्दी", "ⓐ---ﬁ-ⅷ-हिन्दी"),
        ("line\nbreak", "linebreak"),
        ("", ""),
    ],
)
def test_a_github_slug_is_the_one_github_slugger_makes(heading: str, slug: str) -> None:
    assert github_slug(heading) == slug


def test_github_slugs_of_repeats_are_counted_as_github_slugger_counts() -> None:
    slug = github_slugger()
    assert [slug(heading) for heading in ("Dup", "Dup", "Dup-1", "Dup", "Dup 1")] == [
        "dup",
        "dup-1",
        "dup-1-1",
        "dup-2",
        "dup-1-2",
    ]


def test_thousands_of_equal_headings_get_their_anchors_at_once() -> None:
    slug = plain_slugger()
    began = time.process_time()
    assert [slug("Same") for _ in range(20_000)][-1] == "same-19999"
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("Words {#an-Id_1}", ("Words", "an-Id_1")),
        ("Words {/* #an-id */}", ("Words", "an-id")),
        ("Words {#über.x}  ", ("Words", "über.x")),
        ("Words {#a b}", ("Words {#a b}", None)),
        ("Words {x}", ("Words {x}", None)),
        ("{#only}", ("", "only")),
    ],
)
def test_a_heading_may_name_its_anchor_in_braces(heading: str, parts: tuple[str, str | None]) -> None:
    assert split_custom_id(heading) == parts


@given(st.text())
def test_a_slug_is_stable(text: str) -> None:
    slug = slugify(text)
    assert slug == slugify(slug)
    assert re.fullmatch(r"[\w-]+", slug)


@given(st.lists(st.text(alphabet="ab -1", max_size=4)))
def test_no_two_headings_of_a_page_share_an_anchor(headings: list[str]) -> None:
    slug = plain_slugger()
    anchors = [slug(heading) for heading in headings]
    assert len(anchors) == len(set(anchors))
