"""A question and what came of it, as somebody reads it who improves answers."""

import textwrap

from chatkit.evaluation.questions import Asked

MARGIN = "      "


def render(title: str, asked: Asked) -> str:
    """Return the question, the verdicts, what would be right, and all that is shown."""
    verdicts = [asked.outcome, *_verdicts(asked)]
    lines = ["", f"[{title}{', ' * bool(asked.line.split) + asked.line.split}] {asked.line.question}"]
    lines.append(f"    -> {' · '.join(verdicts)}")
    if asked.line.answered_by:
        lines.append(f"    right: {' | '.join(sorted(asked.right))}")
    if asked.line.shows:
        lines.append(f"    shows: {' | '.join(' + '.join(map(repr, strings)) for strings in asked.line.shows)}")
    lines.append(textwrap.indent(asked.text, MARGIN))
    for place, section in enumerate(asked.shown, 1):
        lines.append(f"    {place} {'✓' if section.place in asked.right else ' '} {section.title}   {section.place}")
        if section.excerpt:
            lines.append(textwrap.indent(textwrap.fill(section.excerpt, 110), MARGIN + "  "))
    return "\n".join(lines)


def _verdicts(asked: Asked) -> list[str]:
    if not asked.right:
        return ["the pages do not answer this"]
    if asked.place is not None:
        rank = f"right section shown at {asked.place}"
    elif any(place in asked.right for place in asked.retrieved):
        found = next(rank for rank, place in enumerate(asked.retrieved, 1) if place in asked.right)
        rank = f"right section not shown, found at {found} of {len(asked.retrieved)}"
    else:
        rank = "right section not found"
    if not asked.line.shows:
        return [rank, "no shows"]
    return [rank, "helps, first" if asked.helps_first else "helps" if asked.helps else "DOES NOT HELP"]
