"""Recommendations: pages near what a person asked, read, saved or said, each with its one reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chatkit.analytics import service as analytics
from chatkit.chat import past_questions
from chatkit.chat.past_questions import CitedChat, PastQuestion
from chatkit.database.orm import db
from chatkit.personalize import curation, dismissals, leads, pages, profile
from chatkit.personalize.leads import Lead
from chatkit.personalize.pages import Places, ScopeTest, SitePage
from chatkit.personalize.profile import Profile
from chatkit.personalize.ranking import Candidate, fuse
from chatkit.personalize.recommendation import Kind, Recommendation
from chatkit.search.query import Question, scope_of_page
from chatkit.search.scope import Scope

MAX_RECOMMENDATIONS = 5
# So many of a page are sent that a tab may leave out what its reader knows.
MAX_OF_A_PAGE = 12
# So many of the latest are looked at.
QUESTIONS, CHATS = 100, 10
OFF = "Recommendations are off. Nothing that you ask is looked at for them."
NOTHING = "Ask or save something, or choose a topic, and pages will follow it."
CHOSEN_FROM = {
    Kind.PREFERENCE: "the topics you chose",
    Kind.QUESTION: "what you asked",
    Kind.ANSWERED_NOW: "what you asked",
    Kind.RATED_DOWN: "what you asked",
    Kind.SAVED_CHAT: "the chats you saved",
    Kind.PAGE: "the pages you asked on",
    Kind.NEXT: "the pages you asked on",
    Kind.PINNED: "what the site’s owner recommends",
}

Rating = Literal["up", "down"]


@dataclass(frozen=True)
class _Reader:
    """What recommendations for a person are made of, and where they are."""

    profile: Profile
    dismissed: frozenset[str]
    questions: Sequence[PastQuestion]
    chats: Sequence[CitedChat]
    page_url: str | None

    @property
    def places(self) -> list[str]:
        """The addresses of the pages that they were on, where they are first, then the latest."""
        return [url for url in (self.page_url, *(each.page_url for each in self.questions)) if url]

    @property
    def known(self) -> Places:
        """The pages that they have read, or that an answer has cited to them."""
        asked = [url for question in self.questions for url in question.cited]
        return Places([*self.places, *asked, *(url for chat in self.chats for url in chat.cited)])


def personalize(user_id: int, preferences: dict[str, Any] | None, page_url: str | None = None) -> dict[str, Any]:
    """Return recommendations and what they are chosen from; keep new preferences; commits.

    For whoever has switched them off nothing but that is read, and nothing is recorded. ``page_url`` is where the
    reader is, which is not kept.
    """
    own = profile.state(user_id, preferences) if preferences is not None else profile.read(user_id)
    recommendations = list[Recommendation]()
    if own.enabled:
        recommendations = _recommend(user_id, own, page_url)
        analytics.record("personalize", user_id, {"recommendations": len(recommendations)})
    db.session.commit()
    return {
        "recommendations": recommendations,
        "personalized_content": {
            "summary": _summary(recommendations) if own.enabled else OFF,
            "topics": own.topics,
            "level": own.level,
            "enabled": own.enabled,
        },
    }


def recommend_on(question: Question) -> list[Recommendation]:
    """Return the pages near that of a question whose text does not matter, for whoever reads it; nothing is kept."""
    read = leads.pages_read([question.page_url])
    # Without a page that is known, the owner's own would be shown on any page of any site.
    if not read:
        return []
    scope = scope_of_page(question.page_url, question.stated)
    admits = _Admits(pages.in_scope(scope), Places([question.page_url or ""]), frozenset())
    lists = [leads.neighbours_of(leads.of_pages(read), admits), *(leads.page_after(page, admits) for page in read)]
    return _chosen(fuse(lists), admits, MAX_OF_A_PAGE)


def rate(user_id: int, subject: str, rating: Rating) -> None:
    """Keep that a recommendation, or what one rests on, is of no use to a person, or take it back; commits.

    Raises ``NotFound`` for what is none of theirs.
    """
    if rating == "down":
        dismissals.dismiss(user_id, subject)
    else:
        dismissals.take_back(user_id, subject)
    db.session.commit()


class _Admits:
    """Tells which pages may be recommended: of the scope, not known already, and excluded by nobody."""

    def __init__(self, scope: ScopeTest, known: Places, dismissed: frozenset[str]) -> None:
        self._scope, self._known, self._dismissed = scope, known, dismissed
        self.rules = curation.rules()

    def __call__(self, page: SitePage) -> bool:
        return (
            self._scope.holds(page)
            and self.rules.get(page.url) != "excluded"
            and page.url not in self._dismissed
            and not self._known.hold(page)
        )


def _recommend(user_id: int, own: Profile, page_url: str | None) -> list[Recommendation]:
    dismissed = dismissals.of(user_id)
    reader = _Reader(
        own,
        dismissed,
        past_questions.latest(user_id, QUESTIONS),
        past_questions.saved(user_id, CHATS),
        page_url,
    )
    # Where a person has been last is the site that they read.
    scope = scope_of_page(next(iter(reader.places), None))
    admits = _Admits(pages.in_scope(scope), reader.known, dismissed)
    return _chosen(fuse(_lists(reader, scope, admits), own.level), admits, MAX_RECOMMENDATIONS)


def _lists(reader: _Reader, scope: Scope, admits: _Admits) -> list[list[Candidate]]:
    """Return what leads somewhere, each a list of its own."""
    read = leads.pages_read(reader.places)
    asked = {each.conversation_id for each in reader.questions}
    chats = [chat for chat in reader.chats if chat.conversation_id is None or chat.conversation_id not in asked]
    found: list[Lead] = [*leads.of_questions(reader.questions), *leads.of_chats(chats), *leads.of_pages(read)]
    found = [lead for lead in found if lead.basis.id not in reader.dismissed]
    left = [page for page in read if leads.page_basis(page).id not in reader.dismissed][:1]
    open_questions = [
        each for each in leads.open_questions(reader.questions) if leads.question_basis(each).id not in reader.dismissed
    ]
    return [
        leads.neighbours_of(found, admits),
        leads.of_topics(reader.profile.topics, scope, admits),
        *(leads.page_after(page, admits) for page in left),
        *([each] for each in leads.of_open_questions(open_questions, admits)),
    ]


def _chosen(ranked: Sequence[Candidate], admits: _Admits, limit: int) -> list[Recommendation]:
    """Return the first of what is recommended, what the owner pinned before all others."""
    known = pages.by_url([url for url, rule in admits.rules.items() if rule == "pinned"])
    pinned = [known[url] for url in admits.rules if url in known and admits(known[url])]
    ids = {page.id for page in pinned}
    first = [Candidate(page, Kind.PINNED, None, 1.0) for page in pinned]
    return [each.recommend() for each in [*first, *(each for each in ranked if each.page.id not in ids)][:limit]]


def _summary(recommendations: Sequence[Recommendation]) -> str:
    phrases = dict.fromkeys(CHOSEN_FROM[each.kind] for each in recommendations)
    return f"Chosen from {' and '.join(phrases)}." if phrases else NOTHING
