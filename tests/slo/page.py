"""Reads docs/reliability.md: the one list of what is promised and of what shows it."""

import re
from dataclasses import dataclass

from tests.servers import ROOT

PAGE = ROOT / "docs" / "reliability.md"
# Every promise ChatKit is held to. The page has one row for each, and no other.
PROMISES = (
    "The limiter is exact",
    "The limiter is cheap",
    "The clock may jump",
    "Limits cannot be dodged",
    "No acknowledged write is lost",
    "Mail survives",
    "The database may go away",
    "The model may hang or lie",
    "Reload drops nobody",
    "Streams do not starve the rest",
    "A full disk kills nobody",
    "A wrong line is refused",
    "Probes are answered",
    "Small machines serve",
    "Any input gets a clear answer",
    "One token, one session",
    "Sessions behave",
    "Theft shows",
    "Sign-in belongs to the browser that asked",
    "Link tokens behave",
    "Accounts cannot be enumerated",
    "Nobody closes a door for all",
    "Nobody is mail-bombed",
    "The site's word opens its own accounts",
    "Programs read what readers may, and no more",
    "CORS is exact",
    "No secret is ever logged",
    "Nobody reads another's data",
    "Data can leave and be forgotten",
    "Storage has an end",
    "No reader reaches the owner's room, and no text of a reader runs in it",
    "The owner's figures are exact",
    "Old data goes",
    "Backups restore",
    "SQLite is outgrown in one command",
    "Servers start together",
    "Migrations go both ways",
)
TEST = re.compile(r"`(tests/[\w/]+\.py::\w+)`")
MEASURED = re.compile(r"`make bar ROWS=(\w+)`")


@dataclass(frozen=True)
class Promise:
    """One row of the page: what is promised, and the tests and measuring modules that show it."""

    name: str
    tests: tuple[str, ...]
    modules: tuple[str, ...]


def promises() -> list[Promise]:
    """Return the rows of the page's tables whose first cell is a promise, in their order."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] not in {"promise", "---"}:
            found.append(Promise(cells[0], tuple(TEST.findall(line)), tuple(MEASURED.findall(line))))
    return found
