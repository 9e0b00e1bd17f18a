"""What leads from a reader to pages: their answered questions, the pages they asked on, their chats and topics."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from chatkit.answers import extractive
from chatkit.answers.extractive import Outcome
from chatkit.chat.past_questions import CitedChat, PastQuestion
from chatkit.personalize import pages
from chatkit.personalize.pages import SitePage
from chatkit.personalize.ranking import Candidate
from chatkit.personalize.recommendation import Basis, BasisKind, Kind, quote
from chatkit.search import neighbours, retrieval
from chatkit.search.query import Question, analyze
from chatkit.search.scope import Scope, page_at
from chatkit.text import markdown

# The page that a reader is on, and those of the latest questions, chats and pages, tell most of what they want now.
QUESTION, PAGE, SAVED_CHAT, LATER = 1.0, 0.8, 0.7, 0.85
LED_BY = 10
PAGES_READ = 5
HITS, PAGES_OF_A_TOPIC = 10, 3
ASKED_AGAIN = 3

Admits = Callable[[SitePage], bool]


@dataclass(frozen=True)
class Lead:
    """A basis whose pages lead to their neighbours; of two, the one that weighs more gives the reason."""

    kind: Kind
    basis: Basis
    weight: float
    page_ids: tuple[int, ...]


def of_questions(questions: Iterable[PastQuestion]) -> list[Lead]:
    """Return what was asked and answered, by the pages that the answers rest on."""
    answered = [question for question in questions if question.answered][:LED_BY]
    cited = [(question_basis(question), question.cited) for question in answered]
    return _of_cited(Kind.QUESTION, QUESTION, cited)


def of_chats(chats: Iterable[CitedChat]) -> list[Lead]:
    """Return what was saved, by the pages that the answers rest on."""
    cited = [(Basis(BasisKind.SAVED_CHAT, str(chat.id), quote(chat.title)), chat.cited) for chat in chats]
    return _of_cited(Kind.SAVED_CHAT, SAVED_CHAT, cited)


def of_pages(read: Iterable[SitePage]) -> list[Lead]:
    """Return pages that were read, latest first."""
    return [_lead(Kind.PAGE, page_basis(page), PAGE, place, [page]) for place, page in enumerate(read)]


def question_basis(question: PastQuestion) -> Basis:
    """Return a question as what a reason rests on."""
    return Basis(BasisKind.QUESTION, question.message_id, quote(question.text))


def page_basis(page: SitePage) -> Basis:
    """Return a page as what a reason rests on."""
    return Basis(BasisKind.PAGE, page.url, page.plain_title, page.url)


def pages_read(urls: Iterable[str | None]) -> list[SitePage]:
    """Return the pages at the addresses of a reader, each once, as far as they are indexed."""
    ids = dict.fromkeys(page_at(url).ids[:1] for url in list(dict.fromkeys(filter(None, urls)))[:PAGES_READ])
    known = pages.by_id([page_id for found in ids for page_id in found])
    return [known[page_id] for found in ids for page_id in found if page_id in known]


def neighbours_of(leads: Sequence[Lead], admits: Admits) -> list[Candidate]:
    """Return the pages near those that lead to them, each for the basis, and by the page, that it is nearest to."""
    near = neighbours.near([page_id for lead in leads for page_id in lead.page_ids])
    known = pages.by_id({page_id for each in near for page_id in (each.id, each.to)})
    strength, best = dict[int, float](), dict[int, tuple[float, Lead, int]]()
    for lead in leads:
        for each in near:
            if each.to in lead.page_ids and {each.id, each.to} <= known.keys() and admits(known[each.id]):
                part = lead.weight * each.score
                strength[each.id] = strength.get(each.id, 0.0) + part
                if each.id not in best or part > best[each.id][0]:
                    best[each.id] = (part, lead, each.to)
    return [
        Candidate(known[id_], lead.kind, replace(lead.basis, url=known[to].url), strength[id_])
        for id_, (_, lead, to) in best.items()
    ]


def page_after(page: SitePage, admits: Admits) -> list[Candidate]:
    """Return the page that follows in the site's order."""
    following = pages.page_after(page)
    return [Candidate(following, Kind.NEXT, page_basis(page), 1.0)] if following and admits(following) else []


def of_topics(topics: Iterable[str], scope: Scope, admits: Admits) -> list[Candidate]:
    """Return the sections that hold the words of topics, the best of each page."""
    found = list[Candidate]()
    for topic in topics:
        hits = retrieval.search(topic, HITS, scope)
        known = pages.by_url({hit.url.partition("#")[0] for hit in hits})
        basis, own = Basis(BasisKind.TOPIC, topic, topic), dict[int, Candidate]()
        for hit in hits:
            page = known.get(hit.url.partition("#")[0])
            if page is not None and page.id not in own and admits(page) and len(own) < PAGES_OF_A_TOPIC:
                title = markdown.plain_text(hit.heading.replace(" > ", " › "))
                own[page.id] = Candidate(page, Kind.PREFERENCE, basis, 1 / (1 + len(own)), hit.url, title)
        found += own.values()
    return found


def of_open_questions(questions: Sequence[PastQuestion], admits: Admits) -> list[Candidate]:
    """Return pages for what was not answered, or not well.

    What was not covered is asked again, and answered now by a page that was indexed since. For an answer that was
    rated down it is another page that the same question finds.
    """
    found = list[Candidate]()
    for question in questions:
        query = analyze(Question(question.text, page_url=question.page_url))
        # What leaned on the questions before it means something else alone.
        if query.follow_up:
            continue
        answer = extractive.compose(query, retrieval.retrieve(query))
        urls = {source.id: source.url.partition("#")[0] for source in answer.sources}
        known = pages.by_url(set(urls.values()))
        if question.rated_down:
            kind = Kind.RATED_DOWN
            chosen = [known[url] for url in urls.values() if url in known and url not in question.cited]
        elif answer.outcome is Outcome.ANSWERED:
            kind = Kind.ANSWERED_NOW
            chosen = [known[urls[each]] for each in answer.citations if urls.get(each) in known]
            chosen = [page for page in chosen if page.indexed_at > question.asked_at]
        else:
            continue
        if page := next(filter(admits, chosen), None):
            found.append(Candidate(page, kind, question_basis(question), LATER ** len(found)))
    return found


def open_questions(questions: Iterable[PastQuestion]) -> list[PastQuestion]:
    """Return the latest questions that the pages did not answer, or not to their reader's liking."""
    declined = {Outcome.NEAREST.value, Outcome.NOT_COVERED.value}
    return [each for each in questions if each.rated_down or each.outcome in declined][:ASKED_AGAIN]


def _of_cited(kind: Kind, weight: float, cited: Sequence[tuple[Basis, Sequence[str]]]) -> list[Lead]:
    """Return what rests on pages that are indexed, each by these."""
    known = pages.by_url({url for _, urls in cited for url in urls})
    found = [(basis, [known[url] for url in urls if url in known]) for basis, urls in cited]
    indexed = enumerate((basis, own) for basis, own in found if own)
    return [_lead(kind, basis, weight, place, own) for place, (basis, own) in indexed]


def _lead(kind: Kind, basis: Basis, weight: float, place: int, cited: Sequence[SitePage]) -> Lead:
    return Lead(kind, basis, weight * LATER**place, tuple(page.id for page in cited))
