"""What a configuration of Docusaurus says: the folders of docs, their versions and languages, and their addresses."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatkit.ingest.document import language_tag
from chatkit.ingest.readers.includes import read_text, site_root
from chatkit.ingest.readers.javascript.config import read
from chatkit.ingest.readers.javascript.module import Call

CURRENT = "current"
# What the unreleased version is called, in addresses too.
NEXT = "next"
PLUGIN = "content-docs"
DEFAULT_ID = "default"


@dataclass(frozen=True)
class Docs:
    """The docs of one version in one language.

    ``prefix`` is where they are published below the site's address, ``home`` where their language begins, ``original``
    the folder that they translate, or None, and ``sidebar`` the file that orders them. ``skip_reason`` says why none of
    them is a page.
    """

    folder: Path
    prefix: str = ""
    home: str = ""
    version: str | None = None
    language: str | None = None
    original: Path | None = None
    sidebar: Path | None = None
    has_numbers: bool = True
    skip_reason: str | None = None


@dataclass(frozen=True)
class Site:
    """A site of Docusaurus; ``texts`` is its configuration, ``slash`` whether addresses end in one, if it says so."""

    folder: Path
    root: Path
    url: str | None
    docs: tuple[Docs, ...]
    texts: str
    slash: bool | None
    is_markdown_plain: bool


def read_site(config: Path) -> Site:
    """Return the site that a configuration describes, as far as it does so in literals."""
    folder, root = config.parent.resolve(), site_root(config)
    found = read(config, root)
    settings: dict[str, Any] = found if isinstance(found, dict) else {}
    url, base = _text(settings.get("url")), (_text(settings.get("baseUrl")) or "/").strip("/")
    instances = list(_instances(settings))
    docs = [docs for options in instances for docs in _docs(folder, root, _dict(settings.get("i18n")), options)]
    files = {config, *(folder / _file("versions.json", _id(options)) for options in instances)}
    files |= {one.sidebar for one in docs if one.sidebar is not None}
    slash = settings.get("trailingSlash")
    return Site(
        folder,
        root,
        f"{url.rstrip('/')}/{base}/".replace("//", "/").replace(":/", "://", 1) if url else None,
        tuple(docs),
        "\n".join([read_text(root, file) or "" for file in sorted(files)]),
        slash if isinstance(slash, bool) else None,
        _dict(settings.get("markdown")).get("format") in {"detect", "md"},
    )


def _instances(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the options of each instance of the plugin that makes docs."""
    presets = settings.get("presets")
    found = False
    for name, options in map(_named, presets if isinstance(presets, list) else []):
        docs = options.get("docs", {})
        if docs is not False and ("docs" in options or "classic" in name):
            found = True
            yield _dict(docs)
        found = found or docs is False
    plugins = settings.get("plugins")
    for name, options in map(_named, plugins if isinstance(plugins, list) else []):
        if PLUGIN in name or (not name and {"path", "routeBasePath"} <= options.keys()):
            found = True
            yield options
    if not found:
        yield {}


def _named(entry: object) -> tuple[str, dict[str, Any]]:
    """Return the name and the options of a preset or plugin: `name`, `[name, options]` or one of the name's calls."""
    name, *options = entry if isinstance(entry, list) and entry else [entry]
    if isinstance(name, Call):
        name = name.arguments[-1] if name.arguments else None
    return (name if isinstance(name, str) else ""), _dict(options[0] if options else None)


def _docs(folder: Path, root: Path, i18n: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[Docs]:
    """Yield the folders of docs of one instance, each version in each language, the present version first."""
    identifier, versions = _id(options), _dict(options.get("versions"))
    released = _versions(root, folder / _file("versions.json", identifier))
    if options.get("disableVersioning") is True:
        released = []
    names = [
        name for name in [CURRENT, *released] if name != CURRENT or options.get("includeCurrentVersion") is not False
    ]
    only = options.get("onlyIncludeVersions")
    names = [name for name in names if not isinstance(only, list) or name in only]
    last = _text(options.get("lastVersion")) or next((name for name in names if name != CURRENT), CURRENT)
    route = (_text(options.get("routeBasePath")) or "docs").strip("/")
    for name in sorted(names, key=lambda name: name != last):
        version = _dict(versions.get(name))
        default_path = "" if name == last else NEXT if name == CURRENT else name
        path = version["path"] if isinstance(version.get("path"), str) else default_path
        if name == CURRENT:
            docs, sidebar = (
                folder / (_text(options.get("path")) or "docs"),
                _sidebar(folder, options.get("sidebarPath")),
            )
        else:
            docs = folder / _file("versioned_docs", identifier) / f"version-{name}"
            sidebar = folder / _file("versioned_sidebars", identifier) / f"version-{name}-sidebars.json"
        label = _text(version.get("label")) or (NEXT if name == CURRENT else name)
        reason = "its version asks not to be indexed" if version.get("noIndex") is True else None
        for locale, language, prefix in _locales(folder, i18n):
            place = "/".join(part for part in (prefix, route, path.strip("/")) if part)
            home = f"{prefix}/" if prefix else ""
            shared = (f"{place}/" if place else "", home, label if released else None, language)
            numbered = options.get("numberPrefixParser") is not False
            if locale is None:
                yield Docs(docs.resolve(), *shared, None, sidebar, numbered, reason)
            else:
                plugin = "docusaurus-plugin-content-docs" + (f"-{identifier}" if identifier != DEFAULT_ID else "")
                translated = locale / plugin / (CURRENT if name == CURRENT else f"version-{name}")
                yield Docs(translated.resolve(), *shared, docs.resolve(), sidebar, numbered, reason)


def _locales(folder: Path, i18n: Mapping[str, Any]) -> Iterator[tuple[Path | None, str | None, str]]:
    """Yield the folder of each language's translations, its tag, and where it is published.

    The first is the language that the docs themselves are in, which has no such folder but may have another.
    """
    translations = folder / (_text(i18n.get("path")) or "i18n")
    default = _text(i18n.get("defaultLocale")) or "en"
    listed = i18n.get("locales")
    locales = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    if not locales and translations.is_dir():
        locales = sorted(place.name for place in translations.iterdir() if place.is_dir())
    configs = _dict(i18n.get("localeConfigs"))
    yield None, language_tag(_text(_dict(configs.get(default)).get("htmlLang")) or default), ""
    for name in dict.fromkeys([default, *locales]):
        config = _dict(configs.get(name))
        # One that has a site of its own is read as that site's.
        if not {"url", "baseUrl"} & config.keys():
            place = translations / (_text(config.get("path")) or name)
            yield place, language_tag(_text(config.get("htmlLang")) or name), "" if name == default else name


def _versions(root: Path, file: Path) -> list[str]:
    try:
        found = json.loads(read_text(root, file) or "[]")
    except (ValueError, RecursionError):
        return []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _sidebar(folder: Path, stated: object) -> Path | None:
    """Return the file that `"./sidebars.js"`, `require.resolve(…)` or `path.resolve(…)` names, or None."""
    if isinstance(stated, Call):
        stated = stated.arguments[-1] if stated.arguments else None
    return folder / stated if isinstance(stated, str) else None


def _id(options: Mapping[str, Any]) -> str:
    return _text(options.get("id")) or DEFAULT_ID


def _file(name: str, identifier: str) -> str:
    return name if identifier == DEFAULT_ID else f"{identifier}_{name}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
