"""A heading becomes the question that its section answers."""

import re
from functools import lru_cache

from chatkit.text import markdown
from chatkit.text.language import Language
from chatkit.text.languages.registry import ENGLISH

LONGEST = 120
# What headings of English documentation that say how to do something begin with.
VERBS = """
add allow authenticate back block bring build call cancel change check choose clean clear clone compile configure
connect control convert copy create customise customize debug define delete deploy describe disable discover
download edit embed enable encrypt expose export extend fetch filter find fix format generate get give group handle
hide host import improve index inspect install integrate invite keep launch limit link list load locate log make
manage measure merge migrate mount move open optimise optimize organise organize override pass pause prevent protect
provide publish pull push put query read reduce register remove rename render replace report request reset resize
resolve restart restore restrict resume retry return revoke roll rotate run save scale schedule search secure see
select send serve set share show sign skip sort specify split start stop store style switch sync tell translate
troubleshoot try tune turn uninstall update upgrade upload use validate verify view watch wrap write
"""
VOWELS = "aeiou"
# A heading that goes on so after its first word does not say what to do: "Running", "Search: how it works".
NO_OBJECT = re.compile(r"\s*\Z|[^\s]|.*:")
ARTICLE = re.compile(
    r"\s+(?:an?|the|your|multiple|several|all|one|it|them|up|down|out|in|on|off|with|from|to|for)\b", re.I
)
YOURS = re.compile(r"\byour\b", re.I)
FIRST_WORD = re.compile(r"[A-Za-z]+")


def as_question(heading: str, above: str, language: Language) -> str:
    """Return what to ask for the section of a heading; ``above`` is the one that it stands under, maybe empty.

    In English a heading that says what to do becomes a question. Any other is asked as it stands, one word with the
    heading above it.
    """
    heading = markdown.plain_text(heading).strip().rstrip(":.")
    if heading.endswith(("?", "？")):
        return heading
    if language is ENGLISH and (asked := _how_to(heading)) is not None:
        return asked
    above = markdown.plain_text(above).strip()
    is_vague = above and " " not in heading and heading.isascii() and above != heading
    return f"{above}: {heading}" if is_vague else heading


def _how_to(heading: str) -> str | None:
    """Return a heading as "How do I …?" when it begins with a verb that something is done to."""
    first = FIRST_WORD.match(heading)
    if first is None:
        return None
    word, rest = first[0].lower(), heading[first.end() :]
    verb = _bases().get(word)
    # A verb in its plain form may be a noun as well, unless what follows can only be its object.
    if verb is None or NO_OBJECT.match(rest) or (verb == word and not ARTICLE.match(rest)):
        return None
    return f"How do I {verb}{YOURS.sub('my', rest)}?"


@lru_cache(maxsize=1)
def _bases() -> dict[str, str]:
    """Return each verb by its plain form and by its form in -ing."""
    verbs = VERBS.split()
    bases = {verb: verb for verb in verbs}
    for verb in verbs:
        bases[f"{verb}ing"] = verb
        if verb.endswith("e") and not verb.endswith("ee"):
            bases[f"{verb[:-1]}ing"] = verb
        elif verb[-1] not in f"{VOWELS}wxy" and verb[-2] in VOWELS and verb[-3:-2] not in VOWELS:
            bases[f"{verb}{verb[-1]}ing"] = verb
    return bases
