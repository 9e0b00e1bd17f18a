"""What ChatKit reads of a site's source, held against what the site's generator rendered of it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chatkit.ingest import urls
from chatkit.ingest.crawler.site import Site
from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import Parsed
from chatkit.ingest.page_source import PageSource
from chatkit.ingest.readers import registry
from tests.sites.serving import served

SITES = Path(__file__).parent
BASE_URL = "https://docs.example.com/handbook/"
HEADINGS = "h1, h2, h3, h4, h5, h6"

Passages = dict[str, set[tuple[str, str, str]]]


@dataclass(frozen=True)
class ExampleSite:
    """One generator's small site, as its ``site.toml`` describes it.

    ``content`` is the CSS selector of a page's content, ``title`` that of its title, ``not_pages`` are the rendered
    files that are none, ``source`` is the folder that is indexed, none where only the rendered site can be read.
    """

    name: str
    content: str
    title: str = "h1"
    source: str | None = "source"
    not_pages: tuple[str, ...] = ("404.html",)
    # Whether the configuration says where the site is published.
    says_address: bool = True
    # Words that a generator puts into headings and that are none of them, such as the sign of a permalink.
    signs: str = "#¶\u200b\u00a0 "

    @property
    def folder(self) -> Path:
        return SITES / self.name

    @property
    def source_folder(self) -> Path | None:
        return self.folder / self.source if self.source else None

    @property
    def rendered(self) -> Path:
        """The rendered site that is kept."""
        return self.folder / "rendered"


def example_sites() -> list[ExampleSite]:
    """Return the sites, by name."""
    return [_load(file) for file in sorted(SITES.glob("*/site.toml"))]


def _load(file: Path) -> ExampleSite:
    described: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    described["source"] = described.get("source", "source") or None
    return ExampleSite(file.parent.name, **{**described, "not_pages": tuple(described.get("not_pages", ("404.html",)))})


@dataclass
class Rendered:
    """What a generator rendered: the title and the headings of each page by its file, and every address it links to."""

    titles: dict[str, str] = field(default_factory=dict)
    headings: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)


def rendered(site: ExampleSite, output: Path) -> Rendered:
    """Read a rendered site with none of ChatKit's readers."""
    found = Rendered()
    for sitemap in output.rglob("sitemap*.xml"):
        found.addresses |= {node.text().strip() for node in LexborHTMLParser(sitemap.read_text()).css("loc")}
    for file in sorted(output.rglob("*.html")):
        path = file.relative_to(output).as_posix()
        tree = LexborHTMLParser(file.read_text(encoding="utf-8"))
        base = BASE_URL + path.removesuffix("index.html")
        links = [urljoin(base, node.attributes.get("href") or "").partition("#")[0] for node in tree.css("a[href]")]
        found.addresses |= {urls.normalize(link) for link in links if link.startswith(BASE_URL)}
        if any(PurePosixPath(path).match(pattern) for pattern in site.not_pages):
            continue
        if (content := tree.css_first(site.content)) is None or tree.css_first('meta[http-equiv="refresh" i]'):
            continue
        title = tree.css_first(site.title)
        found.titles[path] = _words(site, title) if title is not None else ""
        shown = (node for node in content.css(HEADINGS) if not _is_hidden(node))
        headings = [(_anchor(node), _words(site, node)) for node in shown]
        found.headings[path] = [(anchor, words) for anchor, words in headings if anchor]
    return found


def _anchor(heading: LexborNode) -> str:
    if heading.id:
        return heading.id
    inside = heading.css_first("a[id], a[name]")
    if inside is not None:
        return inside.id or inside.attributes.get("name") or ""
    section = heading.parent
    is_section = section is not None and section.tag == "section" and section.css_first(HEADINGS) == heading
    return (section.id or "") if is_section and section is not None else ""


def _is_hidden(heading: LexborNode) -> bool:
    return "sr-only" in (heading.attributes.get("class") or "") or "hidden" in (heading.attributes.get("style") or "")


def _words(site: ExampleSite, node: LexborNode) -> str:
    return " ".join(node.text().split()).strip(site.signs)


def differences(site: ExampleSite, output: Path) -> list[str]:
    """Return how what is read of a site's source differs from what stands in ``output``, each as a sentence."""
    found = list[str]()
    shown = rendered(site, output)
    if site.source_folder is not None:
        found += _of_pages(site.source_folder, shown, None if site.says_address else BASE_URL)
    return [*found, *_of_passages(site, output)]


def _of_pages(source: Path, shown: Rendered, base_url: str | None) -> Iterator[str]:
    """Compare addresses, titles and anchors; ``base_url`` is given where no configuration says it."""
    generator = registry.choose("auto", source).generator
    folder = Folder(source, base_url)
    if folder.base_url != BASE_URL:
        yield f"it is taken to be published at {folder.base_url}, not at {BASE_URL}"
    files = dict[str, str]()
    for outcome in folder.pages({}):
        if not isinstance(outcome, Parsed):
            continue
        places = ((name, BASE_URL + urls.quote_path(name)) for name in shown.titles)
        file = next((name for name, place in places if urls.is_same_page(place, outcome.url)), None)
        if file is None:
            yield f"{outcome.path}: nothing is rendered at {outcome.url}"
            continue
        files[file] = outcome.path
        if outcome.url not in shown.addresses:
            yield f"{outcome.path}: no page links to {outcome.url}"
        if outcome.title != shown.titles[file]:
            yield f"{outcome.path}: its title is {outcome.title!r}, and {shown.titles[file]!r} is rendered"
        path = PurePosixPath(outcome.path)
        text = generator.expand(path, (generator.folder / path).read_text(encoding="utf-8"))
        sections = generator.parse(path, text)[1].sections
        anchors = [section.anchor for section in sections if section.headings]
        own = [anchor for at, anchor in enumerate(anchors) if anchor and anchor not in anchors[:at]]
        expected = [anchor for anchor, _ in shown.headings[file]]
        if own != expected:
            yield f"{outcome.path}: its anchors are {own}, and {expected} are rendered"
    for file in shown.titles.keys() - files.keys():
        yield f"{file} is rendered, and no file of the source was read for it"


def _of_passages(site: ExampleSite, output: Path) -> Iterator[str]:
    """Compare the passages of the source, of the folder of what was rendered, and of a crawl of it."""
    ways = dict[str, Passages]()
    if site.source_folder is not None:
        ways["source"] = _passages(site, Folder(site.source_folder, BASE_URL))
    ways["rendered"] = _passages(site, Folder(output, BASE_URL, "html"))
    with served(output, urlsplit(BASE_URL).path) as url, TemporaryDirectory() as scratch:
        ways["crawled"] = _passages(site, Site(url, Path(scratch), BASE_URL, delay_seconds=0))
    (first, reference), *others = ways.items()
    for name, passages in others:
        for page in sorted(reference.keys() | passages.keys()):
            one, other = reference.get(page, set()), passages.get(page, set())
            yield from (f"{page}: only in {first}: {passage}" for passage in sorted(one - other))
            yield from (f"{page}: only in {name}: {passage}" for passage in sorted(other - one))


def _passages(site: ExampleSite, source: PageSource) -> Passages:
    """Return each page's passages, as anchor, heading and words without the space between them, by its address."""
    found: Passages = {}
    for outcome in source.pages({}):
        if isinstance(outcome, Parsed) and not any(_is(outcome.url, pattern) for pattern in site.not_pages):
            place = urls.ENDING.sub("", outcome.url, 1)
            found[place] = {(one.anchor, one.heading, " ".join(one.body.split())) for one in outcome.passages}
    return found


def _is(url: str, pattern: str) -> bool:
    path = url.removeprefix(BASE_URL)
    return any(PurePosixPath(f"{path}{ending}").match(pattern) for ending in ("", ".html", "index.html", "/index.html"))
