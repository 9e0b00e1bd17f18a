"""What parsing a page of HTML may cost: whether that is bounded, told in linear time without parsing it.

A parser of HTML follows the standard, and with it takes time by the product of how many elements are open and how many
tags there are, by the square of an element's attributes, and makes elements anew that were never closed. So a page
is scanned for its tags first. An element counts as closed only where its tag closes the element that was opened last,
so what is counted is never less than what the parser has open.
"""

import re

# So little can neither be nested nor repeated enough to matter.
FEW_TAGS, FEW_CHARACTERS = 1_000, 40_000
# As deep as browsers go; the elements that were never closed and are made anew, beside three a tag; attributes.
MAX_OPEN, MAX_REOPENED, MAX_ATTRIBUTES = 500, 100_000, 500
# What nobody writes, and no parser reads in a time that anybody waits for.
ABSURDLY_MANY_OPEN, ABSURDLY_MANY_ATTRIBUTES = 5_000, 10_000

SPACE = "\t\n\f\r "
# As the standard reads them: a quote opens nothing but behind an equals sign, and what stays open reaches to the end.
ATTRIBUTE = (
    rf"[^{SPACE}/>][^{SPACE}/>=]*+"
    rf"(?:[{SPACE}]*+=[{SPACE}]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^{SPACE}>\"'][^{SPACE}>]*+)?+)?+"
)
ATTRIBUTES = re.compile(ATTRIBUTE)
TAG = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<(/?+)([a-z][^{SPACE}/>]*+)((?:[{SPACE}/]++|{ATTRIBUTE})*+)(?:>|\Z)|<[!?/][^>]*+>?",
    re.I | re.S,
)
# Closed by what follows them, or holding nothing.
NEVER_DEEP = frozenset(
    """
    area base br col colgroup dd dt embed hr img input li link meta option optgroup p param rp rt source tbody td tfoot
    th thead tr track wbr
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# Opened again in every block that follows, as long as they are not closed.
REOPENED = frozenset("a b big code em font i nobr s small strike strong tt u".split())  # noqa: SIM905
RAW_TEXT = frozenset("iframe noembed noframes script style textarea title xmp".split())  # noqa: SIM905
# Drawings and formulas have rules of their own, which end where an element of HTML begins.
FOREIGN = {"math", "svg"}
HTML_IN_FOREIGN = frozenset("annotation-xml desc foreignobject mi mn mo ms mtext title".split())  # noqa: SIM905
ENDS_FOREIGN = frozenset(
    """
    b big blockquote body br center code dd div dl dt em embed font h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta
    nobr ol p pre ruby s small span strike strong sub sup table tt u ul var
    """.split()  # noqa: SIM905
)


class TooComplexError(ValueError):
    """A page that no parser reads in a time that anybody waits for; its text says why."""


def is_bounded(html: str) -> bool:
    """Tell whether a page is sure to be parsed in a time that its size alone decides.

    Raises ``TooComplexError`` where it is sure not to be.
    """
    if len(html) <= FEW_CHARACTERS and html.count("<") <= FEW_TAGS:
        return True
    open_elements, selects, reopened, cost, budget = list[str](), 0, 0, 0, MAX_REOPENED
    # Where in the open elements a drawing or formula begins.
    foreign = -1
    position, is_sure = 0, True
    while (tag := TAG.search(html, position)) is not None:
        position = tag.end()
        closes, name, attributes = tag.groups()
        if name is None:
            is_sure &= foreign < 0 or not tag[0].startswith("<![")
            continue
        name = name.lower()
        cost, budget = cost + reopened, budget + 3
        is_sure &= cost <= budget
        if closes:
            if foreign >= 0 and name in FOREIGN and name in open_elements[foreign:]:
                while open_elements.pop() != name:
                    pass
                foreign = -1 if len(open_elements) <= foreign else foreign
            elif open_elements and open_elements[-1] == name:
                open_elements.pop()
                reopened -= name in REOPENED
                selects -= name == "select"
            continue
        if len(attributes) > MAX_ATTRIBUTES and (count := len(ATTRIBUTES.findall(attributes))) > MAX_ATTRIBUTES:
            is_sure = False
            if count > ABSURDLY_MANY_ATTRIBUTES:
                raise TooComplexError(f"an element has more than {ABSURDLY_MANY_ATTRIBUTES:,} attributes")
        if foreign >= 0:
            if name in ENDS_FOREIGN:
                is_sure, foreign = False, -1
            elif name in HTML_IN_FOREIGN:
                is_sure &= html.startswith(f"</{name}", html.find("<", position))
            if foreign >= 0 and attributes.endswith("/"):
                continue
        elif name in RAW_TEXT:
            # In a list to choose from it would be passed over, and what it holds read as tags.
            is_sure &= selects == 0
            end = re.compile(rf"</{name}(?=[{SPACE}/>])", re.I).search(html, position)
            position = end.start() if end is not None else len(html)
            continue
        if foreign >= 0 or name not in NEVER_DEEP:
            if name in FOREIGN and foreign < 0:
                foreign = len(open_elements)
            open_elements.append(name)
            reopened += name in REOPENED
            selects += name == "select"
            if len(open_elements) > MAX_OPEN:
                is_sure = False
                if len(open_elements) > ABSURDLY_MANY_OPEN:
                    raise TooComplexError("its elements are nested too deep")
    return is_sure
