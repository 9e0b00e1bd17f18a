"""GitBook's spaces. It renders on its own servers only: what is expected is checked by hand against its documentation,
and against ids and links that it wrote into repositories.
"""

from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import Parsed, Skipped
from chatkit.ingest.readers import registry
from chatkit.ingest.readers.gitbook.markdown import slug, to_html
from chatkit.ingest.readers.html.page import read_sections
from tests.growth import takes_time_by_size

SOURCE = Path(__file__).parents[3] / "sites" / "gitbook" / "source"
BASE_URL = "https://docs.example.com/handbook/"


def _blocks(text: str) -> list[str]:
    made = to_html(text, lambda link: "A page" if link == "a.md" else None, {"space.vars.x": "<X>"})
    return [block.body for section in read_sections(made) for block in section.blocks]


def test_pages_are_those_of_the_summary_in_its_order_at_the_addresses_of_their_files() -> None:
    outcomes = list(Folder(SOURCE, BASE_URL).pages({}))
    pages = sorted((one for one in outcomes if isinstance(one, Parsed)), key=lambda one: one.order_key)
    assert [(page.url.removeprefix(BASE_URL), page.title) for page in pages] == [
        ("", "Moss handbook"),
        ("guides/collect", "Collect moss"),
        ("guides/field", "In the field"),
        ("guides/field/ad-hoc", "Ad-hoc trips"),
        ("reference/interface", "Interface"),
    ]
    assert {one.path: one.reason for one in outcomes if isinstance(one, Skipped)} == {
        "SUMMARY.md": "it is the table of contents",
        "guides/unlisted.md": "SUMMARY.md does not name it",
    }


def test_a_page_is_read_as_its_reader_sees_it() -> None:
    site = registry.choose("auto", SOURCE).generator
    path = PurePosixPath("guides/collect.md")
    document = site.parse(path, site.expand(path, (SOURCE / path).read_text(encoding="utf-8")))[1]
    assert [(one.anchor, one.headings[-1], [block.body for block in one.blocks]) for one in document.sections] == [
        ("", "Collect moss", ["Ask the owner of the land."]),
        (
            "id-1.-pack",
            "1. Pack",
            [
                "Collect from October to March.",
                "Forest:",
                "Take paper bags.",
                "Wall:",
                "Take a knife:",
                "label.py:",
                '```python\n# Not a heading\nprint("{% raw %}")\n```',
            ],
        ),
        ("ueber-groesse-und-laenge", "Über Größe und Länge", ["Text."]),
        # Its own id is not known, so the nearest one above leads there.
        ("ueber-groesse-und-laenge", "苔藓", ["Text."]),
        ("own", "Own anchor", []),
        ("look", "Look", ["Use a lens."]),
        ("look-1", "Look", ["Again.", "Bog moss", "A film of it"]),
    ]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("2. Sign and pass a JWT token to GitBook", "id-2.-sign-and-pass-a-jwt-token-to-gitbook"),
        ("Configure Auth0 (optional)", "configure-auth0-optional"),
        ("RID / AID 1.0", "rid-aid-1.0"),
        ("Set syntax…", "set-syntax..."),
        ("Azure AD and adding", "azure-a-d-and-adding"),
        ("What's new?", "whats-new"),
        ("Acceso al Módulo", "acceso-al-modulo"),
        ("Установка", ""),
    ],
)
def test_a_heading_has_the_id_that_gitbook_gives_it(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ('{% hint style="info" %} One line. {% endhint %}\n\nAfter.', ["One line.", "After."]),
        ('{% content-ref url="a.md" %}\n[a.md](a.md)\n{% endcontent-ref %}', ["A page"]),
        ('{% content-ref url="b.md" %}\n[b.md](b.md)\n{% endcontent-ref %}\nAfter.', ["b.md", "After."]),
        ('- A\n\n  {% code title="b" %}\n  ```\n  # c\n  ```\n  {% endcode %}', ["- A\n  b:\n  ```\n  # c\n  ```"]),
        ("<details>\n<summary>More</summary>\n{% hint %}\nWords\n{% endhint %}\n</details>", ["More", "Words"]),
        ("<table><tr><th>A</th><th data-hidden></tr><tr><td>c</td><td></td></tr></table>", ["| A |\n| --- |\n| c |"]),
        ('{% openapi src="x.yaml" path="/a" method="get" %}\n[x.yaml](x.yaml)\n{% endopenapi %}', ["`GET /a`"]),
        ('{% swagger-parameter name="id" %}\nIts number.\n{% endswagger-parameter %}', ["`id`:", "Its number."]),
        ('{% update date="2026-01-02" %}\nNews.\n{% endupdate %}', ["2026-01-02:", "News."]),
        ("{% @github-files/block url=\"x\" %}\n`{% hint %}` stays.", ["`{% hint %}` stays."]),
        ('Of <code class="expression">space.vars.x</code><code class="expression">space.vars.y</code>.', ["Of <X>."]),
    ],
)  # fmt: skip
def test_blocks_are_unwrapped_or_left_out(text: str, blocks: list[str]) -> None:
    assert _blocks(text) == blocks


@pytest.mark.parametrize(
    ("files", "generator"),
    [
        ((".gitbook.yaml", "a.md"), "gitbook"),
        (("SUMMARY.md", "README.md"), "gitbook"),
        (("SUMMARY.md", "README.md", "book.json"), "honkit"),
        (("SUMMARY.md", "a.md"), "chatkit"),
    ],
)
def test_a_space_is_known_by_its_configuration_or_its_summary(
    tmp_path: Path, files: tuple[str, ...], generator: str
) -> None:
    for name in files:
        (tmp_path / name).write_text("# A\n")
    assert registry.choose("auto", tmp_path).generator.name == generator


def test_the_configuration_says_where_pages_are_and_files_from_elsewhere_are_not_included(tmp_path: Path) -> None:
    space = tmp_path / "repository"
    (space / "docs" / "a").mkdir(parents=True)
    (space / ".gitbook.yaml").write_text("root: docs\nstructure: {readme: a/first.md, summary: a/toc.md}\n")
    (space / "docs" / "a" / "toc.md").write_text("* [One](one.md)\n")
    (tmp_path / "secret.md").write_text("secret")
    site = registry.choose("auto", space).generator
    first, one, other = (PurePosixPath(path) for path in ("a/first.md", "a/one.md", "one.md"))
    assert (site.address(first, {}), site.address(one, {})) == ("", "a/one")
    assert [site.skip_reason(path, {}) is None for path in (first, one, other)] == [True, True, False]
    assert site.expand(one, 'x\n{% include "../../../secret.md" %}\n') == "x\n\n"


@pytest.mark.parametrize(
    "piece", ["{% ", '{% a "', "{% hint %}\n", '{% content-ref url="a" %}\n', "# a\n", "<table></table>", "<tr><td>"]
)
def test_a_page_of_endless_marks_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    assert takes_time_by_size(lambda size: _blocks(piece * (size // len(piece))), 60_000)


def test_a_table_of_contents_of_mkdocs_or_mdbook_makes_no_space_of_gitbook(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("SUMMARY.md", "README.md"):
        (docs / name).write_text("# A\n")
    (tmp_path / "mkdocs.yml").write_text("plugins: [literate-nav]\n")
    assert registry.choose("auto", docs).generator.name == "mkdocs"
