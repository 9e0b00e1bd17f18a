"""Tabs in HTML: each panel under its own label, though all labels may stand before the first panel."""

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from chatkit.ingest.readers.html.dom import children, words_of

# Where a tab names its panel.
TARGETS = ("aria-controls", "data-bs-target", "data-target", "href")
PANELS = "[role=tabpanel]"
# How far above its labels the element is that holds their panels too.
MAX_LEVELS = 3


class Tabs:
    """The tabs of a page: the label of each panel, and the elements that hold nothing but labels."""

    def __init__(self, root: LexborNode) -> None:
        # By their addresses in memory.
        self._labels = dict[int, str]()
        self._strips = set[int]()
        if tabs := root.css("[role=tab]"):
            self._pair_by_name(root, tabs)
            for strip in root.css("[role=tablist]"):
                self._pair_by_order(strip, strip.css("[role=tab]"), _panels_near(strip))
        for label in root.css("label"):
            around = label.parent
            if around is not None and around.mem_id not in self._strips and (labels := _labels(around)):
                self._pair_by_order(around, labels, _panels_after(around))

    def label_of(self, node: LexborNode) -> str:
        """Return the label of a panel, or nothing for what is no panel."""
        return self._labels.get(node.mem_id, "") if self._labels else ""

    def is_strip(self, node: LexborNode) -> bool:
        """Tell whether an element holds labels that stand above their panels as well."""
        return node.mem_id in self._strips

    def _pair_by_name(self, root: LexborNode, tabs: list[LexborNode]) -> None:
        by_panel, by_tab = dict[str, str](), dict[str, str]()
        for tab in tabs:
            words = words_of(tab)
            target = next((target for name in TARGETS if (target := tab.attributes.get(name))), "")
            by_panel[target.removeprefix("#")] = words
            by_tab[tab.id or ""] = words
        for panel in root.css(f"{PANELS}, [id]"):
            names = (by_tab, panel.attributes.get("aria-labelledby")), (by_panel, panel.id)
            if found := next((named[name] for named, name in names if name and name in named), None):
                self._labels[panel.mem_id] = found

    def _pair_by_order(self, strip: LexborNode, labels: list[LexborNode], panels: Iterator[list[LexborNode]]) -> None:
        found = next((some for some in panels if len(some) == len(labels)), [])
        for label, panel in zip(labels, found, strict=False):
            self._strips.add(strip.mem_id)
            self._labels.setdefault(panel.mem_id, words_of(label))


def _panels_near(strip: LexborNode) -> Iterator[list[LexborNode]]:
    """Yield the panels of the elements around a strip, those within other panels left out."""
    around = strip.parent
    for _ in range(MAX_LEVELS):
        if around is None:
            return
        panels = around.css(PANELS)
        places = {panel.mem_id for panel in panels}
        yield [panel for panel in panels if not _is_inside(panel, places)]
        around = around.parent


def _is_inside(panel: LexborNode, places: set[int]) -> bool:
    outer = panel.parent
    while outer is not None and outer.mem_id not in places:
        outer = outer.parent
    return outer is not None


def _labels(strip: LexborNode) -> list[LexborNode]:
    """Return the labels of an element that holds nothing else, or none."""
    inside = [child for child in _elements(strip) if child.tag != "input"]
    return inside if all(child.tag == "label" for child in inside) else []


def _panels_after(strip: LexborNode) -> Iterator[list[LexborNode]]:
    following = strip.next
    while following is not None and (following.tag or "-").startswith("-"):
        following = following.next
    if following is not None:
        yield _elements(following)


def _elements(node: LexborNode) -> list[LexborNode]:
    return [child for child in children(node) if not (child.tag or "-").startswith(("-", "!"))]
