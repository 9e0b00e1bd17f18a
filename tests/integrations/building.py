"""The packages, and the sites they are installed into, built by the real generators."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

from tests.integrations.examples import EXAMPLE_SERVER, Example, snippet
from tests.servers import ROOT

HERE = Path(__file__).parent
# Taken out of the environment: this suite's own virtual environment and settings are nothing to a generator.
OWN = ("PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Packages:
    """The files that an owner installs."""

    npm: Path
    python: Path


def cache() -> Path:
    """Return the folder that generators are installed in, that of `make sites`."""
    return Path(os.environ.get("SITES_CACHE", ROOT / "build" / "sites")).resolve()


def build_packages(folder: Path) -> Packages:
    """Build both packages into a folder."""
    subprocess.run(["make", "--silent", "packages", f"DIST={folder}"], cwd=ROOT, check=True)
    return Packages(next(folder.glob("*.tgz")), next(folder.glob("*.whl")))


def build_site(example: Example, packages: Packages, server: str, origin: str) -> Path:
    """Build a site that will be at ``origin`` and asks ``server``; return the folder of what was built."""
    installed = cache() / (example.folder or example.name)
    work, output = installed / "embedded", installed / "embedded-output"
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(output, ignore_errors=True)
    _write(example, work, server, origin)
    environment = {name: value for name, value in os.environ.items() if name not in OWN} | dict(example.environment)
    if example.npm:
        _install(installed, *example.npm)
        (work / "package.json").write_text('{"private": true}')
        _install(work, str(packages.npm))
    if example.pip:
        python = cache() / "embedded-python" / "bin"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(python.parent)], check=True)
        pip = [str(python / "pip"), "install", "--quiet"]
        subprocess.run([*pip, *example.pip], check=True, env=environment)
        subprocess.run([*pip, "--no-deps", "--force-reinstall", str(packages.python)], check=True, env=environment)
        environment["PATH"] = f"{python}{os.pathsep}{environment['PATH']}"
    for command in example.build:
        words = [word.format(output=output) for word in command]
        subprocess.run(words, cwd=work, check=True, env=environment, stdout=subprocess.DEVNULL)
    if not example.build:
        work.rename(output)
    if example.form == "json":
        # A host of such an application answers every address with its one page.
        for page in HERE.glob("pages/*.md"):
            if page.stem != "index":
                shutil.copyfile(output / "index.html", output / f"{page.stem}.html")
    return output


def _install(folder: Path, *packages: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "package.json").exists():
        (folder / "package.json").write_text('{"private": true}')
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *packages], cwd=folder, check=True)


def _write(example: Example, work: Path, server: str, origin: str) -> None:
    """Write the sources of a site: the pages, and its own files with what they leave open filled in."""
    source = HERE / "sites" / (example.folder or example.name)
    shutil.copytree(source, work)
    filled = {"snippet": snippet(example).replace(EXAMPLE_SERVER, server), "origin": origin}
    for file in source.rglob("*"):
        if file.is_file():
            place = work / file.relative_to(source)
            place.write_text(_fill(file.read_text(encoding="utf-8"), filled), encoding="utf-8")
    folder = work / example.pages
    folder.mkdir(parents=True, exist_ok=True)
    markdown = MarkdownIt().use(anchors_plugin, max_level=2)
    rendered = {}
    for page in sorted(HERE.glob("pages/*.md")):
        front_matter, title, body = _parts(page)
        rendered[page.stem] = {"title": title, "html": markdown.render(body)}
        if example.form == "html":
            filled = {"title": title, "content": rendered[page.stem]["html"]}
            template = (work / "page.html").read_text(encoding="utf-8")
            (folder / f"{page.stem}.html").write_text(_fill(template, filled), encoding="utf-8")
        elif example.form == "markdown":
            place = folder / (example.first_page if page.stem == "index" else page.name)
            if not place.exists():
                head = f"# {title}\n" if example.has_headings else front_matter
                place.write_text(head + body, encoding="utf-8")
    if example.form == "json":
        (folder / "pages.json").write_text(json.dumps(rendered), encoding="utf-8")
    (work / "page.html").unlink(missing_ok=True)


def _parts(page: Path) -> tuple[str, str, str]:
    """Return the front matter of a page, the title in it, and what follows."""
    found = re.fullmatch(r"(---\ntitle: (.+?)\n---\n)(.*)", page.read_text(encoding="utf-8"), re.S)
    assert found, page
    return found.group(1), found.group(2), found.group(3)


def _fill(text: str, filled: dict[str, str]) -> str:
    for name, value in filled.items():
        # A mark may stand in a comment, so that a file is what its name says before it is filled in too.
        text = text.replace(f"# @@{name}@@", value).replace(f"@@{name}@@", value)
    return text
