"""What another version or language of the site answers where the reader's own does not, and how the answer says so."""

from collections.abc import Sequence
from dataclasses import replace

from chatkit.answers.extractive import Answer, Outcome, compose
from chatkit.answers.phrases.languages import language_name, phrases_in
from chatkit.search.passages import Passage
from chatkit.search.query import Query
from chatkit.search.scope import Scope, matching_tags
from chatkit.search.versions import read_address
from chatkit.text.markdown import escape_paragraph


def compose_elsewhere(query: Query, own: Sequence[Passage], others: Sequence[Passage]) -> Answer | None:
    """Answer from passages outside the query's scope; None where they do not answer, or a section of ``own`` is theirs.

    What was found in the reader's version is not answered by another version of the same section.
    """
    answer = compose(query, others)
    if answer.outcome is not Outcome.ANSWERED:
        return None
    first = next(passage for passage in others if passage.stable_id == answer.citations[0])
    if _section(first) in map(_section, own):
        return None
    opening = _opening(query.language, query.scope, first)
    if not opening:
        return answer
    text, nearest = f"{opening}\n\n{answer.text}", f"{opening}\n\n{answer.nearest}"
    return replace(answer, text=text, nearest=nearest, opening=opening)


def _section(passage: Passage) -> tuple[str, str]:
    return read_address(passage.url).place, passage.section


def _opening(language: str, scope: Scope, passage: Passage) -> str:
    """Return the sentences that name the version and the language of a passage, where they are not the reader's."""
    phrases, sentences = phrases_in(language), []
    if (passage.version or "") not in scope.versions:
        version = passage.version
        sentences.append(phrases.other_version.format(version=version) if version else phrases.current_version)
    own_tags = list(filter(None, scope.languages))
    if passage.language and own_tags and not matching_tags(passage.language, own_tags):
        sentences.append(phrases.other_language.format(language=language_name(passage.language)))
    return escape_paragraph(" ".join(sentences)) if sentences else ""
