"""Jekyll's sites: which files are pages, and the addresses, titles and order that Jekyll 4 gives them."""

import pickle
from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.readers import registry
from chatkit.ingest.readers.jekyll.generator import Jekyll


def _site(folder: Path, config: str = "", gemfile: str = "gem 'jekyll'\n") -> Jekyll:
    (folder / "_config.yml").write_text(config)
    if gemfile:
        (folder / "Gemfile").write_text(gemfile)
    generator = registry.choose("auto", folder).generator
    assert isinstance(generator, Jekyll)
    return generator


def _address(site: Jekyll, path: str, front_matter: str = "") -> str:
    return site.address(PurePosixPath(path), site.split(f"---\n{front_matter}\n---\n")[0])


def _reason(site: Jekyll, path: str, text: str = "---\n---\n") -> str | None:
    return site.skip_reason(PurePosixPath(path), site.split(text)[0])


@pytest.mark.parametrize(
    ("config", "path", "front_matter", "address"),
    [
        ("", "a/b.md", "", "a/b.html"),
        ("", "a/index.md", "", "a/"),
        ("", "index.html", "", ""),
        ("permalink: pretty", "a/b.md", "", "a/b/"),
        ("permalink: none", "a/b.markdown", "", "a/b.html"),
        ("permalink: /x/:title/", "a/b.md", "", "a/b/"),
        ("permalink: /x/:title", "a/b.md", "", "a/b"),
        ("", "b.md", "permalink: /docs/colours/", "docs/colours/"),
        ("", "a/b.md", "permalink: /:path/c/:basename:output_ext", "a/c/b.html"),
        ("", "_posts/2026-01-05-Some.Name.md", "", "2026/01/05/Some.Name.html"),
        ("permalink: pretty", "News/_posts/2026-01-05-x.md", "category: Old Tales", "news/old tales/2026/01/05/x/"),
        ("permalink: ordinal", "_posts/2026-02-01-x.md", "", "2026/032/x.html"),
        ("permalink: /:year-:i_month/:slug", "_posts/2026-01-05-A_b.md", "", "2026-1/a-b"),
        ("", "_posts/2026-01-05-x.md", "date: 2026-01-09 23:30:00 -0800", "2026/01/10/x.html"),
        ("timezone: America/Los_Angeles", "_posts/2026-01-05-x.md", "date: 2026-01-10T07:30:00Z", "2026/01/09/x.html"),
        ("collections: {docs: {output: true}}", "_docs/a/b c.md", "", "docs/a/b c.html"),
        ("collections: {docs: {output: true, permalink: '/:collection/:name/'}}", "_docs/a/B c.md", "", "docs/b-c/"),
        ("collections: [docs]\ncollections_dir: all", "all/_docs/x.md", "", "docs/x.html"),
        ("defaults: [{scope: {path: a}, values: {permalink: '/z/:basename/'}}]", "a/b.md", "", "z/b/"),
        ("defaults: [{scope: {type: posts}, values: {permalink: '/p/:title/'}}]", "_posts/2026-01-05-x.md", "", "p/x/"),
        ("plugins: [jekyll-polyglot]\nlanguages: [en, de]\ndefault_lang: en", "b.md", "lang: de", "de/b.html"),
    ],
)  # fmt: skip
def test_a_file_has_the_address_jekyll_gives_it(
    tmp_path: Path, config: str, path: str, front_matter: str, address: str
) -> None:
    assert _address(_site(tmp_path, config), path, front_matter) == address


@pytest.mark.parametrize(
    ("config", "site_url"),
    [
        ("url: https://x.example\nbaseurl: /b", "https://x.example/b/"),
        ("url: https://x.example/\nbaseurl: ''", "https://x.example/"),
        ("url: ''", None),
        ("- no mapping", None),
        ("a: [", None),
    ],
)
def test_the_configuration_says_where_the_site_is(tmp_path: Path, config: str, site_url: str | None) -> None:
    assert _site(tmp_path, config).site_url == site_url


def test_the_domain_of_github_pages_is_where_the_site_is(tmp_path: Path) -> None:
    (tmp_path / "CNAME").write_text("docs.example.org\n")
    assert _site(tmp_path, "title: x").site_url == "https://docs.example.org/"


@pytest.mark.parametrize(
    ("path", "text", "is_page"),
    [
        ("a.md", "---\n---\n", True),
        ("a.md", "# No front matter\n", False),
        ("a.html", "<h1>Copied as it is</h1>", True),
        ("a.md", "---\npublished: false\n---\n", False),
        ("a.md", "---\nredirect_to: /b/\n---\n", False),
        ("404.md", "---\npermalink: /404.html\n---\n", False),
        ("feed.html", "---\npermalink: /feed.xml\n---\n", False),
        ("_includes/a.md", "---\n---\n", False),
        ("a/_partials/b.md", "---\n---\n", False),
        ("_site/index.html", "<h1>Built</h1>", False),
        ("vendor/bundle/a.md", "---\n---\n", False),
        ("left/out/a.md", "---\n---\n", False),
        ("_kept/a.md", "---\n---\n", True),
        ("_docs/a.md", "---\n---\n", True),
        ("_docs/_b/a.md", "---\n---\n", False),
        ("_docs/a.md", "# No front matter\n", False),
        ("_data_only/a.md", "---\n---\n", False),
        ("_posts/2026-01-05-x.md", "---\n---\n", True),
        ("_posts/no-date.md", "---\n---\n", False),
        ("_posts/2999-01-05-x.md", "---\n---\n", False),
        ("_drafts/x.md", "---\n---\n", False),
    ],
)
def test_only_what_jekyll_publishes_is_a_page(tmp_path: Path, path: str, text: str, is_page: bool) -> None:
    config = "exclude: [left]\ninclude: [_kept]\ncollections: {docs: {output: true}, data_only: {output: false}}\n"
    assert (_reason(_site(tmp_path, config), path, text) is None) is is_page


@pytest.mark.parametrize("gemfile", ["", "gem 'github-pages'\n"])
def test_github_pages_makes_pages_without_front_matter_and_a_readme_the_first(tmp_path: Path, gemfile: str) -> None:
    site = _site(tmp_path, "title: x", gemfile)
    readme, page = "README.md", "guide/a.md"
    assert (_reason(site, readme, "# x"), _reason(site, page, "# x")) == (None, None)
    assert site.address(PurePosixPath(readme), site.split("# x")[0]) == ""
    assert _reason(site, "CONTRIBUTING.md", "# x") == "a file of the repository"
    (tmp_path / "index.md").write_text("# x")
    assert _reason(site, readme, "# x") == "a file of the repository"


def test_a_gem_that_is_commented_out_is_none(tmp_path: Path) -> None:
    site = _site(tmp_path, "title: x", "# gem 'github-pages'\ngem 'jekyll'\n")
    assert _reason(site, "a.md", "# x") == "it has no front matter"


def test_a_jupyter_book_is_no_site_of_jekyll(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("title: x\n")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    assert registry.choose("auto", tmp_path).generator.name != "jekyll"


def test_tags_are_rendered_by_the_files_of_the_site_and_of_no_other(tmp_path: Path) -> None:
    site_folder = tmp_path / "site"
    for name, text in {
        "_includes/a.md": "from *{{ include.x }}*",
        "_data/k/v.yml": "- {name: one}\n- {name: two}\n",
        "_data/t.csv": "a,b\n1,2\n",
        "b.md": "---\npermalink: /bee/\ntitle: B\n---\n",
        "_posts/2026-01-05-p.md": "---\ntitle: P\n---\nFirst.\n\nSecond.\n",
    }.items():
        (site_folder / name).parent.mkdir(parents=True, exist_ok=True)
        (site_folder / name).write_text(text)
    (tmp_path / "secret.md").write_text("secret")
    site = _site(site_folder, "baseurl: /base\nname: N\n")
    text = (
        "---\ntitle: T\n---\n{% include a.md x=page.title %} {% for v in site.data.k.v %}{{ v.name }} {% endfor %}"
        "{{ site.data.t[0].b }} {% link b.md %} {% post_url 2026-01-05-p %} {{ site.name }} {{ site.posts[0].title }}"
        "{% include ../../secret.md %}{% include_relative ../secret.md %}"
    )
    expanded = pickle.loads(pickle.dumps(site)).expand(PurePosixPath("index.md"), text)  # noqa: S301  (its own)
    assert expanded == "---\ntitle: T\n---\nfrom *T* one two 2 /base/bee/ /base/2026/01/05/p.html N P"


def test_a_page_that_says_so_is_not_rendered_by_liquid(tmp_path: Path) -> None:
    text = "---\nrender_with_liquid: false\n---\n{{ kept }}"
    assert _site(tmp_path).expand(PurePosixPath("a.md"), text) == text


def test_a_page_is_titled_by_its_front_matter_else_by_its_heading_else_by_its_name(tmp_path: Path) -> None:
    site = _site(tmp_path, "collections: {docs: {output: true}}")
    texts = {"a.md": "---\ntitle: T\n---\n# H\n", "b.md": "---\n---\n# H\n", "_docs/some-name.md": "---\n---\ntext\n"}
    titles = [site.parse(PurePosixPath(path), text)[1].title for path, text in texts.items()]
    assert titles == ["T", "H", "Some Name"]


def test_pages_are_in_the_order_of_the_theme_just_the_docs(tmp_path: Path) -> None:
    pages = {
        "z.md": "title: First\nnav_order: 1",
        "a/two.md": "title: Child 10\nparent: Second\nnav_order: 10",
        "a/one.md": "title: Child 9\nparent: Second\nnav_order: 9",
        "y.md": "title: Second\nnav_order: 2",
        "b.md": "title: Unnumbered",
    }
    site = _site(tmp_path)
    for name, front_matter in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"---\n{front_matter}\n---\n")
    keys = {
        name: site.order_key(PurePosixPath(name), site.split(f"---\n{text}\n---\n")[0]) for name, text in pages.items()
    }
    assert sorted(keys, key=keys.__getitem__) == ["z.md", "y.md", "a/one.md", "a/two.md", "b.md"]
