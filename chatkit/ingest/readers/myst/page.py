"""What reading one page of MyST needs to know of its site."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from chatkit.ingest.readers.myst.roles import Resolve


def _nowhere(target: str) -> None:
    return None


@dataclass(frozen=True)
class Page:
    """A page's site, as far as it decides what the page shows."""

    # Gives the tokens of headings, in the order of the page, their ids.
    give_ids: Callable[[Sequence[Token]], None]
    # Return the address and the title of a label, and of another page by its path.
    label: Resolve = _nowhere
    page: Resolve = _nowhere
    # Sphinx takes the words behind `{note}` for its first words, mystmd for its title. Sphinx alone sets dashes, and
    # quotation marks that are escaped.
    is_sphinx: bool = False
    has_definition_lists: bool = True
    substitutions: Mapping[str, str] = field(default_factory=dict)
