"""The anchors of headings, as each generator makes them; MkDocs's come from Python-Markdown itself."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

CUSTOM_ID = re.compile(r"\s*\{(?:/\*\s*)?#([^\s{}#]+?)(?:\s*\*/)?\}\s*$")
# What github-slugger keeps beside the space, by Unicode category, and circled letters, which have none.
KEPT_CATEGORIES = ("L", "M", "Nd", "Nl", "Pc")
CIRCLED = re.compile("[\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189]")

# What the slug of VitePress leaves out, and what becomes a hyphen; these spaces are ECMAScript's.
COMBINING = re.compile("[\u0300-\u036f\x00-\x1f]")
SPECIAL = re.compile(
    "[ \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
    r"""~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+"""
)
LEADING_DIGIT = re.compile(r"^(?=[0-9])")

Slugger = Callable[[str], str]


def split_custom_id(heading: str) -> tuple[str, str | None]:
    """Return a heading's words and the anchor it names itself, as in `Words {#anchor}`."""
    found = CUSTOM_ID.search(heading)
    return (heading[: found.start()], found.group(1)) if found else (heading, None)


def slugify(heading: str) -> str:
    """Return a heading's anchor: words in lower case, joined by hyphens."""
    text = unicodedata.normalize("NFKC", heading).lower()
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", text)).strip("-") or "section"


def plain_slugger() -> Slugger:
    """Return what slugs the headings of one page: a repeat gets `-1`, `-2`, and never another's anchor."""
    seen: dict[str, int] = {}

    def slug(heading: str) -> str:
        return unrepeated(slugify(heading), seen)

    return slug


def github_slug(heading: str) -> str:
    """Return the slug of github-slugger, which Docusaurus uses: each space becomes a hyphen, none are merged."""
    kept = "".join(char for char in heading.lower() if _is_kept(char))
    return kept.replace(" ", "-")


def github_slugger() -> Slugger:
    """Return what slugs the headings of one page as github-slugger does, repeats counted per word."""
    seen: dict[str, int] = {}

    def slug(heading: str) -> str:
        return unrepeated(github_slug(heading), seen)

    return slug


def vitepress_slug(heading: str) -> str:
    """Return the slug of @mdit-vue/shared, which VitePress uses: letters without accents, a digit not at the start."""
    decomposed = COMBINING.sub("", unicodedata.normalize("NFKD", heading))
    return LEADING_DIGIT.sub("_", SPECIAL.sub("-", decomposed).strip("-")).lower()


def unrepeated(base: str, seen: dict[str, int]) -> str:
    """Return a slug that is not in ``seen``, which counts the repeats of each, and note it there."""
    anchor = base
    while anchor in seen:
        seen[base] += 1
        anchor = f"{base}-{seen[base]}"
    seen[anchor] = 0
    return anchor


@lru_cache(maxsize=4_096)
def _is_kept(char: str) -> bool:
    return char in " -" or unicodedata.category(char).startswith(KEPT_CATEGORIES) or CIRCLED.match(char) is not None


# What docutils writes in ASCII beside what Unicode takes apart.
DOCUTILS_LETTERS = str.maketrans(
    {"ß": "sz", "æ": "ae", "œ": "oe", "ȸ": "db", "ȹ": "qp"}
    | dict(zip("øđħıłŧƀƃƈƌƒƙƚƞƥƫƭƴƶǥȥȴȵȶȷȼȿɀɇɉɋɍɏ", "odhiltbbcdfklnpttyzgzlntjcszejqry", strict=True))
)


def docutils_id(name: str) -> str:
    """Return the id that docutils, and so Sphinx, makes of a name; nothing for one without a letter of ASCII."""
    ascii_only = (
        unicodedata.normalize("NFKD", name.lower().translate(DOCUTILS_LETTERS)).encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).lstrip("-0123456789").rstrip("-")


def mystmd_id(name: str) -> str:
    """Return the id that mystmd makes of a heading or a label."""
    text = re.sub("['‘’\"“”]+", "", name.strip().lower())
    return re.sub(r"-{2,}", "-", re.sub(r"^(?=[0-9-])", "id-", re.sub(r"[^a-z0-9-]", "-", text))).strip("-")
