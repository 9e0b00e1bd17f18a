"""The link to an issue that is filled in."""

from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest
from markdown_it import MarkdownIt

from chatkit.database.orm import utcnow
from chatkit.gaps import issue
from chatkit.gaps.service import Cluster, Text
from tests.factories import MakeApp

HOSTILE = [
    "```\n</code><script>alert(1)</script>",
    "@everyone see #1 and [this](javascript:alert(1))",
    "a ```` b ~~~ <img src=x onerror=alert(1)>",
    "\u202eback \u0000wards\x1b[31m",
]


def _cluster(*questions: str, page: str = "") -> Cluster:
    texts = tuple(Text(question, page, str(place), Counter(weak=1), ()) for place, question in enumerate(questions))
    return Cluster(1, "new", texts, Counter(weak=len(texts)), utcnow(), utcnow(), utcnow())


@pytest.mark.parametrize(
    ("forge", "address", "fields"),
    [
        ("https://github.com/zoo/docs.git", "https://github.com/zoo/docs/issues/new", ("title", "body")),
        (
            "https://gitlab.com/zoo/park/docs/",
            "https://gitlab.com/zoo/park/docs/-/issues/new",
            ("issue[title]", "issue[description]"),
        ),
        (
            "gitlab+https://git.example.com/zoo/docs",
            "https://git.example.com/zoo/docs/-/issues/new",
            ("issue[title]", "issue[description]"),
        ),
        ("https://codeberg.org/zoo/docs", "https://codeberg.org/zoo/docs/issues/new", ("title", "body")),
        ("gitea+http://git.example.com/zoo/docs", "http://git.example.com/zoo/docs/issues/new", ("title", "body")),
    ],
)
def test_each_forge_has_its_own_form(make_app: MakeApp, forge: str, address: str, fields: tuple[str, str]) -> None:
    with make_app(FORGE_URL=forge).app_context():
        link = issue.link(_cluster("Why?")) or ""
    assert link.partition("?")[0] == address
    found = parse_qs(urlsplit(link).query)
    assert tuple(found) == fields
    assert found[fields[0]] == ["Readers ask: Why?"]
    assert "Why?" in found[fields[1]][0]


def test_without_a_forge_there_is_no_link(make_app: MakeApp) -> None:
    with make_app().app_context():
        assert issue.link(_cluster("Why?")) is None


@pytest.mark.parametrize("question", HOSTILE)
def test_a_question_means_nothing_but_itself(question: str) -> None:
    """Whatever it holds, it is the text of a block of code: no mention, no link, no markup."""
    body = issue.body(_cluster(question, "And another one"), 2)
    tokens = MarkdownIt("commonmark").parse(body)
    blocks = [token for token in tokens if token.type == "fence"]
    assert [len(token.content.splitlines()) for token in blocks] == [2]
    written = "".join(token.content for token in tokens if token.type == "inline")
    assert not any(sign in written for sign in ("@", "#", "<", "["))
    assert "\x1b" not in body
    assert "\u202e" not in body


def test_a_link_is_no_longer_than_servers_take(make_app: MakeApp) -> None:
    with make_app(FORGE_URL="https://github.com/zoo/docs").app_context():
        for letter in ("a", "\U0001f984", "&"):
            link = issue.link(_cluster(*(letter * 2_000 for _ in range(20)), page=f"https://x.test/{letter * 1_900}"))
            assert len(link or "") <= issue.MAX_LINK
