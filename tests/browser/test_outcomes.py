"""Outcomes as readers see them: what the pages say, what comes near, what they do not cover, and a greeting."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import PEOPLE
from tests.browser.sites import hold
from tests.browser.test_widget import followed, part, signed_in
from tests.factories import API
from tests.servers import Gunicorn

ANSWERED = "How do I embed the widget?"
NEAREST = "Can I run ChatKit on Kubernetes with Helm charts?"
ORDER = (".from", ".text", ".rows li")
NOT_COVERED = "Xylophone quagga?"
OLD = {"id": "a", "title": "Lamps › Oil", "url": "/guide/lamps#oil", "excerpt": "Trim 💡 the wick.", "score": 1}


def _ask(page: Page, server: Gunicorn, question: str) -> Locator:
    page.goto(server.url)
    part(page, "launcher").click()
    part(page, "input").fill(question)
    part(page, "input").press("Enter")
    answer = part(page, "message-assistant")
    expect(answer).to_have_attribute("aria-busy", "false")
    return answer


def _texts(answer: Locator, selector: str) -> list[str]:
    return [text for text in answer.locator(selector).all_inner_texts() if text]


@pytest.mark.parametrize("reload", [False, True])
def test_an_answer_names_its_own_section_first_and_more_below(page: Page, server: Gunicorn, reload: bool) -> None:
    answer = _ask(page, server, ANSWERED)
    if reload:
        page.reload()
    followed(page)
    expect(answer).to_have_attribute("data-outcome", "answered")
    [own] = _texts(answer, ".from [part='citation']")
    assert own.startswith("Embedding › Put the widget on your site")
    places = [answer.locator(each).first.evaluate("node => node.getBoundingClientRect().y") for each in ORDER]
    assert places == sorted(places)
    expect(answer.get_by_role("heading")).to_have_text("More on this")
    numbers = _texts(answer, ".above .n, .rows .n")
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("reload", [False, True])
def test_the_nearest_sections_are_rows_that_claim_nothing(page: Page, server: Gunicorn, reload: bool) -> None:
    answer = _ask(page, server, NEAREST)
    if reload:
        page.reload()
    followed(page)
    expect(answer).to_have_attribute("data-outcome", "nearest")
    expect(answer.locator(".text > p").first).to_have_text("These sections come nearest.")
    rows = answer.locator(".rows > li")
    assert answer.locator(".rows > li > [part='citation']").count() == rows.count() >= 3
    # The first ones say what stands in their sections, which is not said once more in the text.
    assert rows.locator(".lines").count() >= 2
    assert answer.locator(".text > *").count() == 1
    assert _texts(answer, ".from") == []
    expect(answer.get_by_role("button", name="Copy answer")).to_have_count(0)
    expect(answer.get_by_role("link", name="The forum")).to_have_attribute("href", PEOPLE["ASK_PEOPLE_URL"])


def test_what_the_pages_do_not_cover_has_no_rows_and_names_people(page: Page, server: Gunicorn) -> None:
    answer = _ask(page, server, NOT_COVERED)
    expect(answer).to_have_attribute("data-outcome", "not_covered")
    expect(answer.locator(".text")).to_contain_text("The pages do not cover this.")
    expect(answer.locator("[part='citation']")).to_have_count(0)
    expect(answer.get_by_role("link")).to_have_attribute("href", PEOPLE["ASK_PEOPLE_URL"])
    answer.get_by_role("button", name="Change the question").click()
    expect(part(page, "input")).to_have_value(NOT_COVERED)


def test_a_greeting_is_text_alone(page: Page, server: Gunicorn) -> None:
    answer = _ask(page, server, "Guten Tag!")
    expect(answer).to_have_text("Hallo. Was möchten Sie wissen?")
    assert answer.locator("a, button, li").count() == 0


NEAR = "These sections come nearest.\n\n1. [Lamps › Oil](/guide/lamps#oil)\n\n   Trim the wick."
WHY = [
    ("no_answer", "answered", "Trim it. [1]", "The language model did not answer. These are the site’s own sentences."),
    ("no_answer", "not_covered", "The pages do not cover this.", "The language model did not answer."),
    (
        "broke_off",
        "answered",
        "Light it. Then\n\nThe answer broke off here. This is what the documentation itself says:\n\nTrim it. [1]",
        "A language model wrote the beginning, then broke off. Check that part against the sections.",
    ),
    (
        "unsupported",
        "nearest",
        f"1. Buy oil from pirates.\n\nNone of this was found on the site's pages.\n\n{NEAR}",
        "A language model wrote the beginning. None of it was found on the pages.",
    ),
]


def test_what_no_model_wrote_whole_says_which_of_it_the_model_wrote(page: Page, server: Gunicorn) -> None:
    told = iter(WHY)

    def answer(route: Route) -> None:
        reason, outcome, content, _ = next(told)
        metadata = {"model": "extractive", "fallback": True, "fallback_reason": reason}
        cited = ["a"] if outcome == "answered" else []
        events = {
            "sources": {"sources": [OLD] if outcome != "not_covered" else []},
            "token": {"content": content},
            "done": {"outcome": outcome, "citations": cited, "ask_people": None, "metadata": metadata},
        }
        lines = [
            f"event: {name}\nid: {number}\ndata: {json.dumps(events[name])}\n\n" for number, name in enumerate(events)
        ]
        route.fulfill(content_type="text/event-stream", body="".join(lines))

    page.route("**/chat/stream", answer)
    page.goto(server.url)
    part(page, "launcher").click()
    for number, (reason, _, _, sentence) in enumerate(WHY):
        part(page, "input").fill("Does it burn?")
        part(page, "input").press("Enter")
        shown = part(page, "message-assistant").nth(number)
        expect(shown.locator(".above > p").first).to_have_text(sentence)
        # What a model began is no section's own line.
        expect(shown.locator(".above .from")).to_have_count(1 if (reason, number) == ("no_answer", 0) else 0)
    # What a model listed is none of the sections.
    expect(shown.locator(".text")).to_contain_text("Buy oil from pirates.")
    expect(shown.locator(".rows .lines")).to_have_text("Trim the wick.")


def test_a_written_answer_that_comes_before_what_draws_it_is_drawn_in_full_then(page: Page, server: Gunicorn) -> None:
    done = {"outcome": "answered", "citations": ["a"], "ask_people": None, "metadata": {"model": "x"}}
    content = "Trim it. [1]\n\n```sh\ntrim --all\n```\n\n| Lamp | Oil |\n| --- | --- |\n| red | whale |\n"
    events = {"sources": {"sources": [OLD]}, "token": {"content": content}, "done": done}
    body = "".join(
        f"event: {name}\nid: {number}\ndata: {json.dumps(event)}\n\n"
        for number, (name, event) in enumerate(events.items())
    )
    page.route("**/chat/stream", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    held = hold(page, "**/chatkit-answers.js")
    answer = _ask(page, server, "Does it burn?")
    expect(answer.locator("pre")).to_have_text("trim --all")
    expect(answer.get_by_role("button", name="Copy")).to_have_count(0)
    held[0].continue_()
    expect(answer.get_by_role("button", name="Copy", exact=True)).to_be_attached()
    expect(answer.locator("td").first).to_have_text("red")


@pytest.mark.parametrize(
    ("more", "shown", "marks"),
    [
        ({}, "Lamps › Oil", []),
        ({"path": ["Our lamps", "Whale oil"]}, "Our lamps › Whale oil", []),
        ({"highlights": [[5, 6], [11, 15]]}, "Lamps › Oil", ["💡", "wick"]),
        ({"highlights": [[7, 10], [0, 9], [190, 200]]}, "Lamps › Oil", ["the"]),
    ],
)
def test_a_saved_chat_shows_its_sources_whenever_it_was_saved(
    page: Page, server: Gunicorn, more: dict[str, Any], shown: str, marks: list[str]
) -> None:
    who = signed_in(page, server)
    answer = {"role": "assistant", "content": "Trim it.", "sources": [OLD | more]}
    body = {"messages": [{"role": "user", "content": "How?"}, answer]}
    assert page.request.post(f"{server.url}{API}/chat/save", data=body, headers=who.headers).ok
    part(page, "history").click()
    part(page, "dialog").locator("li button").first.click()
    restored = part(page, "message-assistant")
    expect(restored.get_by_role("heading")).to_have_text("Sources")
    expect(restored.locator(".path")).to_have_text(shown)
    expect(restored.locator("small")).to_have_text("Trim 💡 the wick.")
    assert _texts(restored, "mark") == marks
