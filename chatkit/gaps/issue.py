"""A prefilled issue about a cluster, as a link to the forge that holds the site: nothing is sent by this server.

The questions stand in a block of code, where they mean nothing but themselves: no mention, no reference, no markup.
"""

from urllib.parse import urlencode

from chatkit.chat.content_gaps import KIND_LABELS
from chatkit.config import settings
from chatkit.gaps.service import Cluster
from chatkit.text.markdown import fence
from chatkit.text.printable import shortened

# Servers refuse longer addresses, GitHub's from 8 kB on.
MAX_LINK, MAX_TITLE, MAX_LINE = 6_000, 120, 500


def link(cluster: Cluster) -> str | None:
    """Return the address of a new issue's form, filled in; None without FORGE_URL."""
    forge = settings().forge
    if forge is None:
        return None
    title = shortened(f"Readers ask: {cluster.question}", MAX_TITLE)
    for shown in range(len(cluster.texts), 0, -1):
        address = _address(*forge, title, body(cluster, shown))
        if len(address) <= MAX_LINK:
            return address
    return _address(*forge, "A question that readers ask", "")


def body(cluster: Cluster, most: int) -> str:
    """Return the text of the issue, with ``most`` of the questions."""
    questions = [shortened(text.question, MAX_LINE) for text in cluster.texts[:most]]
    opening, closing = fence(questions, "text")
    counts = ", ".join(f"{number} {KIND_LABELS[kind]}" for kind, number in cluster.counts.most_common())
    paragraphs = ["Readers asked this, and the pages did not answer it:", "\n".join([opening, *questions, closing])]
    if len(cluster.texts) > most:
        more = len(cluster.texts) - most
        paragraphs.append(f"And {more} more {'wording' if more == 1 else 'wordings'} of it.")
    asked = cluster.counts.total()
    times = "once" if asked == 1 else f"{asked} times"
    paragraphs.append(f"Asked {times} ({counts}), last on {cluster.asked_at:%Y-%m-%d}.")
    if cluster.pages:
        pages = [shortened(page, MAX_LINE) for page in cluster.pages[:3]]
        opening, closing = fence(pages, "text")
        paragraphs += ["It was asked on:", "\n".join([opening, *pages, closing])]
    return "\n\n".join(paragraphs)


def _address(kind: str, repository: str, title: str, text: str) -> str:
    if kind == "gitlab":
        return f"{repository}/-/issues/new?{urlencode({'issue[title]': title, 'issue[description]': text})}"
    return f"{repository}/issues/new?{urlencode({'title': title, 'body': text})}"
