"""A site of Hugo as its configuration says it: TOML, YAML or JSON, in one file or in `config/_default`."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from chatkit.ingest.readers.includes import read_text

BOOLEAN = "tag:yaml.org,2002:bool"
ENDINGS = ("toml", "yaml", "yml", "json")
DEFAULT_FOLDER = Path("config/_default")
ENVIRONMENT_FOLDERS = (DEFAULT_FOLDER, Path("config/production"))
ROOT_NAMES = ("hugo", "config")
# Where the whole content is.
TOP = PurePosixPath()
# What only Hugo's `config.toml` holds.
BASE_URL = re.compile(r"""^\s*["']?baseURL["']?\s*[:=]""", re.I | re.M)
# Where sites say which Hugo builds them.
VERSION_FILES = (
    "netlify.toml",
    ".hugo-version",
    ".tool-versions",
    "package.json",
    "Dockerfile",
    "Makefile",
    "vercel.json",
)
WORKFLOWS = ".github/workflows"
VERSION = re.compile(r"(?:hugo[-_ ]?(?:extended|bin|version)?[\"'\s:=@^~>v]{0,8}|\A\s*v?)0\.(\d{2,3})\b", re.I)
# With these folders come the layouts of Hugo 0.146.
NEW_LAYOUTS, NEW_LAYOUTS_VERSION = ("_shortcodes", "_partials", "_markup"), 146


@dataclass(frozen=True)
class Mount:
    """A folder of content: where it lies, what it is below all content, and the language of all of it if it has one."""

    source: Path
    target: PurePosixPath
    language: str | None = None


@dataclass(frozen=True)
class HugoConfig:
    """What a site's configuration says. Keys are in lower case, as Hugo does not tell them apart.

    ``version`` is the second number of the Hugo that builds it: 111 is 0.111; 0 where nothing says it.
    """

    root: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    version: int = 0

    @property
    def languages(self) -> dict[str, Mapping[str, Any]]:
        """The languages of the site that are not switched off, by their codes."""
        disabled = {str(code).lower() for code in self.settings.get("disablelanguages") or ()}
        found = table(self.settings, "languages")
        return {
            code: settings
            for code, settings in found.items()
            if isinstance(settings, dict) and code not in disabled and settings.get("disabled") is not True
        }

    @property
    def disabled_languages(self) -> set[str]:
        return set(table(self.settings, "languages")) - set(self.languages)

    @property
    def default_language(self) -> str:
        return str(self.settings.get("defaultcontentlanguage") or "en").lower()

    @property
    def is_multihost(self) -> bool:
        """Whether each language is published at an address of its own."""
        return any(language.get("baseurl") for language in self.languages.values())

    def base_url(self, language: str) -> str:
        """Return where the pages of a language are published, empty when nothing says it."""
        return str(self.languages.get(language, {}).get("baseurl") or self.settings.get("baseurl") or "")

    def title(self, language: str) -> str:
        """Return what the site is called in a language, empty when nothing says it."""
        return str(self.languages.get(language, {}).get("title") or self.settings.get("title") or "")

    def language_tag(self, language: str) -> str | None:
        """Return the tag of a language, or None where the site says nothing of languages."""
        stated = self.languages.get(language, {})
        own = stated.get("locale") or stated.get("languagecode")
        whole = self.settings.get("locale") or self.settings.get("languagecode")
        if own or not stated:
            said = own or whole or self.settings.get("defaultcontentlanguage")
            return str(said) if said else None
        return language

    def mounts(self) -> list[Mount]:
        """Return the folders of content."""
        mounts = list(self._module_mounts())
        if mounts:
            return mounts
        whole = self.root / str(self.settings.get("contentdir") or "content")
        own = {
            code: self.root / str(language["contentdir"])
            for code, language in self.languages.items()
            if language.get("contentdir")
        }
        shared = [] if self.languages and self.languages.keys() <= own.keys() else [Mount(whole, TOP)]
        return [*shared, *(Mount(folder, TOP, code) for code, folder in own.items())]

    def _module_mounts(self) -> Iterator[Mount]:
        for mount in table(self.settings, "module").get("mounts") or ():
            if not isinstance(mount, dict):
                continue
            target = PurePosixPath(str(mount.get("target", "")))
            if target.parts[:1] == ("content",):
                matrix = table(table(mount, "sites"), "matrix").get("languages")
                listed = matrix if isinstance(matrix, list) and len(matrix) == 1 else [None]
                language = mount.get("lang") or listed[0]
                known = str(language).lower() if language and str(language).lower() in self.languages else None
                yield Mount(self.root / str(mount.get("source", "")), target.relative_to("content"), known)


def find(place: Path) -> Path | None:
    """Return the configuration of a site of Hugo in a folder, or None."""
    for name in ROOT_NAMES:
        for ending in ENDINGS:
            file = place / f"{name}.{ending}"
            if file.is_file() and (name == "hugo" or _is_hugo(file)):
                return file
    files = sorted(file for file in _files(place / DEFAULT_FOLDER))
    return next((file for file in files if file.stem in ROOT_NAMES), files[0] if files else None)


def _is_hugo(file: Path) -> bool:
    text = read_text(file.parent, file) or ""
    return BASE_URL.search(text) is not None or ((file.parent / "content").is_dir() and "base_url" not in text)


def load(config: Path) -> HugoConfig:
    """Read the configuration that ``find`` returned; what cannot be read of it says nothing."""
    is_split = config.parent.name == DEFAULT_FOLDER.name
    root = config.parent.parent.parent if is_split else config.parent
    settings, texts = dict[str, Any](), list[str]()
    for file in [
        *([] if is_split else [config]),
        *(one for part in ENVIRONMENT_FOLDERS for one in _files(root / part)),
    ]:
        text = read_text(root, file) or ""
        texts.append(text)
        found = parse(text, file.suffix[1:])
        name, _, language = file.stem.lower().partition(".")
        if name not in ROOT_NAMES:
            found = {name: found}
            if language:
                found = {"languages": {language: found}}
        _merge(settings, found)
    return HugoConfig(root, settings, "\n".join(texts), _version(root, settings))


class _Loader(yaml.SafeLoader):
    """Reads `no` as the language that it is, and not as false."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != BOOLEAN]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(BOOLEAN, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))


def parse(text: str, ending: str) -> dict[str, Any]:
    """Return a table of TOML, YAML or JSON with its keys in lower case; empty when it is none."""
    try:
        if ending == "toml":
            found: Any = tomllib.loads(text)
        elif ending == "json":
            found = json.loads(text)
        else:
            found = yaml.load(text, _Loader)  # noqa: S506  (a safe loader)
        return lower_keys(found) if isinstance(found, dict) else {}
    except (ValueError, yaml.YAMLError, RecursionError):
        return {}


def lower_keys(value: Any) -> Any:
    """Return a value in which the keys of all tables are in lower case."""
    if isinstance(value, dict):
        return {str(key).lower(): lower_keys(one) for key, one in value.items()}
    return [lower_keys(one) for one in value] if isinstance(value, list) else value


def table(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a table of the settings, empty when there is none."""
    found = settings.get(key)
    return found if isinstance(found, dict) else {}


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if file.suffix[1:] in ENDINGS and file.is_file())


def _merge(into: dict[str, Any], found: Mapping[str, Any]) -> None:
    for key, value in found.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _version(root: Path, settings: Mapping[str, Any]) -> int:
    """Return which Hugo builds a site, as the files say that build it, and its configuration and layouts at least."""
    repository = next((place for place in (root, *root.resolve().parents[:2]) if (place / ".git").exists()), root)
    places = dict.fromkeys((root, repository))
    files = [place / name for name in VERSION_FILES for place in places]
    files += [file for place in places for file in sorted((place / WORKFLOWS).glob("*.y*ml"))]
    stated = next((int(match[1]) for file in files if (match := VERSION.search(read_text(repository, file) or ""))), 0)
    least = re.match(r"0\.(\d+)", str(table(table(settings, "module"), "hugoversion").get("min", "")))
    is_new = any((root / "layouts" / name).is_dir() for name in NEW_LAYOUTS)
    return max(stated, int(least[1]) if least else 0, NEW_LAYOUTS_VERSION if is_new else 0)
