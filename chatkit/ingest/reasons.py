"""Why pages were left out, counted: reasons that differ in nothing but addresses, paths and numbers are one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# An address, the path of a file, a number: what differs between pages that are left out for one reason.
PARTICULAR = re.compile(r"\S*[/.]\w\S*|\d+")


@dataclass
class ReasonCount:
    """How many pages a reason holds for; ``path`` is the first of them, and ``reason`` its own."""

    path: str
    reason: str
    count: int = 0

    def __str__(self) -> str:
        places = self.path if self.count == 1 else f"{self.count} files, such as {self.path}"
        return f"{places}: {self.reason}"


def count_reasons(reasons: Mapping[str, str]) -> list[ReasonCount]:
    """Return the reasons, given by path, the most frequent first."""
    counts = dict[str, ReasonCount]()
    for path, reason in reasons.items():
        counts.setdefault(PARTICULAR.sub("…", reason), ReasonCount(path, reason)).count += 1
    return sorted(counts.values(), key=lambda each: -each.count)
