"""Answers as readers see them come: streamed, cited, stopped, followed up, cut off and gone on with."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import copied
from tests.browser.sites import OPEN_LIMITS, Cable, hold, limit, proxy_below
from tests.browser.test_navigation import SWAP, SWAPS
from tests.browser.test_widget import ask, part
from tests.browser.waiting import drawn
from tests.modelserver import Behaviour, ModelServer, model_server
from tests.servers import LOOPBACK, ONE_WORKER, Gunicorn, eventually, free_port, gunicorn

SENTENCE = "A session ends 24 hours after its last use."
# An answer of which a quarter comes, and the rest when the test says so.
HELD = Behaviour(text=" ".join([SENTENCE + " [1]"] * 8), hold_after=25)
QUESTION = "How do I back up the database?"


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    """Run a model server that each test tells how to behave."""
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def answering(model: ModelServer, documentation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit with a model and its own documentation."""
    folder = tmp_path_factory.mktemp("answering")
    settings = copied(documentation, folder) | OPEN_LIMITS | model.settings | ONE_WORKER
    with gunicorn(folder, settings) as running:
        yield running


def open_and_ask(page: Page, url: str, question: str = QUESTION) -> Locator:
    """Ask, and return the answer to come."""
    page.goto(url)
    part(page, "launcher").click()
    part(page, "input").fill(question)
    part(page, "input").press("Enter")
    return part(page, "message-assistant")


def begin(page: Page, url: str) -> Locator:
    """Ask, and return the answer once its text has begun to come."""
    answer = open_and_ask(page, url)
    expect(answer.locator(".text")).to_contain_text("A session")
    return answer


def test_the_sources_are_there_before_the_first_word(page: Page, answering: Gunicorn, model: ModelServer) -> None:
    model.behave(Behaviour(silent=True))
    answer = open_and_ask(page, answering.url)
    expect(answer.locator("[part~='citation']").first).to_be_visible()
    expect(answer.locator(".text")).to_have_text("")
    part(page, "stop").click()


def test_a_reader_sees_that_a_model_which_is_starting_will_answer(
    page: Page, answering: Gunicorn, model: ModelServer
) -> None:
    model.behave(Behaviour(silent=True))
    page.clock.install()
    answer = open_and_ask(page, answering.url)
    expect(answer.locator("[part~='citation']").first).to_be_visible()
    expect(answer.locator(".status")).to_contain_text("Reading")
    page.clock.fast_forward(8_000)
    expect(answer.locator(".status")).to_contain_text("being prepared")
    part(page, "stop").click()
    expect(answer.locator(".say")).to_contain_text("Stopped.")


def test_the_text_comes_as_it_is_written(page: Page, answering: Gunicorn, model: ModelServer) -> None:
    model.behave(HELD)
    answer = begin(page, answering.url)
    expect(answer).to_have_attribute("aria-busy", "true")
    short = len(answer.locator(".text").inner_text())
    # What has the focus is drawn anew at the end, and keeps it.
    answer.locator("[part~='citation']").last.focus()
    model.go_on()
    expect(answer).to_have_attribute("aria-busy", "false")
    expect(answer.locator("[part~='citation']:focus")).to_have_count(1)
    assert len(answer.locator(".text").inner_text()) > short


def test_the_view_does_not_move_while_text_grows(page: Page, answering: Gunicorn, model: ModelServer) -> None:
    model.behave(Behaviour(text=f"{SENTENCE} [1]"))
    expect(open_and_ask(page, answering.url)).to_have_attribute("aria-busy", "false")
    model.behave(Behaviour(text="\n\n".join([f"{SENTENCE} [1]"] * 16), hold_after=25))
    part(page, "input").fill("How long does a session last?")
    part(page, "input").press("Enter")
    answer, view = part(page, "message-assistant").nth(1), part(page, "transcript")
    expect(answer.locator(".text")).to_contain_text("A session")
    drawn(page)
    place = view.evaluate("node => node.scrollTop")
    assert place > 0
    model.go_on()
    expect(answer).to_have_attribute("aria-busy", "false")
    assert answer.locator(".text").inner_text().count(SENTENCE) == 16
    assert view.evaluate("node => node.scrollTop") == place
    expect(part(page, "message-user").last).to_be_in_viewport(ratio=1)


def test_an_answer_of_a_model_says_so_tags_what_has_no_support_and_is_written_anew(
    page: Page, answering: Gunicorn, model: ModelServer
) -> None:
    wrong = "Most sites put seven penguins in front of nginx as well."
    model.behave(Behaviour(text=f"{SENTENCE} [1] {wrong}"))
    answer = open_and_ask(page, answering.url, "How long does a session last?")
    expect(answer).to_contain_text("Written by a language model from 1 section.")
    expect(answer.locator(".unfound")).to_have_text(wrong)
    expect(answer.locator(".tag")).to_have_text("not found on the pages")
    expect(answer.get_by_role("heading").first).to_have_text("Sources")
    model.behave(Behaviour(text=f"{SENTENCE} [1]"))
    anew = answer.get_by_role("button", name="Write it anew")
    # A limit keeps what is there.
    limit(page, "**/chat/stream", 600, times=1)
    anew.click()
    expect(part(page, "toast")).to_contain_text("Ask again in ")
    expect(answer.locator(".unfound")).to_have_text(wrong)
    anew.click()
    expect(answer.locator(".unfound")).to_have_count(0)
    expect(answer).to_have_attribute("aria-busy", "false")
    expect(answer.locator(".text")).to_have_text(re.compile(re.escape(SENTENCE)))


def test_a_proxy_that_compresses_lets_the_text_through_as_it_is_written(
    page: Page, answering: Gunicorn, model: ModelServer
) -> None:
    model.behave(HELD)
    port = free_port()
    with proxy_below("", answering.port, port, compress=True):
        answer = begin(page, f"http://{LOOPBACK}:{port}")
        expect(answer).to_have_attribute("aria-busy", "true")
        model.go_on()
        expect(answer).to_have_attribute("aria-busy", "false")


def test_an_answer_goes_on_while_a_router_replaces_the_page(
    page: Page, answering: Gunicorn, model: ModelServer
) -> None:
    model.behave(HELD)
    asked = len(model.requests)
    begin(page, answering.url)
    page.evaluate(SWAP % SWAPS["Turbo"])
    answer = part(page, "message-assistant")
    expect(answer).to_have_attribute("aria-busy", "true")
    page.evaluate(SWAP % SWAPS["a view that is unmounted, and mounted later"])
    model.go_on()
    expect(answer).to_have_attribute("aria-busy", "false")
    assert answer.locator(".text").inner_text().count(SENTENCE) == 8
    assert len(model.requests) == asked + 1


def test_stopping_stops_the_model(page: Page, answering: Gunicorn, model: ModelServer) -> None:
    model.behave(HELD)
    gone = model.disconnects
    answer = begin(page, answering.url)
    part(page, "stop").click()
    expect(answer).to_contain_text("Stopped.")
    eventually(lambda: model.disconnects > gone)


def test_an_answer_that_is_stopped_before_the_server_has_the_question_is_stopped_there(
    page: Page, answering: Gunicorn, model: ModelServer
) -> None:
    model.behave(HELD)
    held = hold(page, "**/chat/stream")
    with page.expect_request("**/chat/stream"):
        answer = open_and_ask(page, answering.url)
    part(page, "stop").click()
    expect(answer.locator(".say")).to_contain_text("Stopped.")
    with page.expect_response("**/chat/stop") as stopped:
        held[0].continue_()
    assert stopped.value.ok


def test_a_lost_network_is_survived(page: Page, answering: Gunicorn, model: ModelServer) -> None:
    model.behave(HELD)
    asked = len(model.requests)
    cable = Cable(answering.port)
    answer = begin(page, cable.url)
    cable.cut()
    expect(answer).to_contain_text("The connection was lost")
    cable.mend()
    model.go_on()
    expect(answer).to_have_attribute("aria-busy", "false")
    expect(answer).not_to_contain_text("The connection was lost")
    assert answer.locator(".text").inner_text().count(SENTENCE) == 8
    assert len(model.requests) == asked + 1
    cable.close()


def test_an_answer_goes_on_after_a_reload(page: Page, answering: Gunicorn, model: ModelServer) -> None:
    model.behave(HELD)
    asked = len(model.requests)
    begin(page, answering.url)
    page.reload()
    answer = part(page, "message-assistant")
    expect(answer).to_have_attribute("aria-busy", "true")
    model.go_on()
    expect(answer).to_have_attribute("aria-busy", "false")
    assert answer.locator(".text").inner_text().count(SENTENCE) == 8
    assert len(model.requests) == asked + 1


def test_a_model_that_fails_is_told_and_the_pages_answer(page: Page, answering: Gunicorn, model: ModelServer) -> None:
    model.behave(Behaviour(status=400))
    page.goto(answering.url)
    part(page, "launcher").click()
    answer = ask(page, QUESTION)
    expect(answer).to_contain_text("The language model did not answer")
    expect(answer.locator(".text")).to_contain_text("chatkit backup")


def test_a_follow_up_keeps_its_topic(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page, QUESTION)
    answer = ask(page, "And how do I restore it?")
    expect(answer.locator(".text")).to_contain_text("chatkit restore")


def test_a_new_chat_forgets_the_topic(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page, QUESTION)
    page.get_by_role("button", name="New chat").click()
    part(page, "input").fill("And there?")
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant").locator(".text")).to_contain_text("The pages do not cover this.")


def test_a_citation_opens_its_passage_and_marks_it(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    citation = ask(page, QUESTION).locator("[part~='citation']").first
    link = citation.get_attribute("href") or ""
    assert ":~:text=" in link
    citation.click()
    page.wait_for_url("**/guide/operations#*")
    anchor = link.split("#")[1].split(":~:")[0]
    assert page.evaluate("location.hash") == f"#{anchor}"
    expect(page.locator(f"[id='{anchor}']")).to_be_in_viewport()


def test_a_citation_on_a_phone_gives_the_page_back(page: Page, server: Gunicorn) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page, QUESTION).locator("[part~='citation']").first.click()
    page.wait_for_url("**/guide/operations#*")
    expect(part(page, "panel")).to_be_hidden()


def test_a_selected_text_is_what_the_question_is_about(page: Page, server: Gunicorn) -> None:
    page.goto(f"{server.url}/guide/operations")
    part(page, "launcher").click()
    expect(part(page, "input")).to_be_focused()
    heading = page.get_by_role("heading", name="Back up the database")
    heading.scroll_into_view_if_needed()
    heading.evaluate("node => getSelection().selectAllChildren(node)")
    chip = page.locator("chatkit-widget .selection")
    expect(chip).to_contain_text("Back up the database")
    part(page, "input").click()
    expect(chip).to_be_visible()
    answer = ask(page, "How do I do this?")
    expect(answer.locator(".text")).to_contain_text("chatkit backup")
    expect(chip).to_be_hidden()


def test_a_selection_can_be_dropped(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    page.locator("main p").first.evaluate("node => getSelection().selectAllChildren(node)")
    part(page, "launcher").click()
    chip = page.locator("chatkit-widget .selection")
    chip.get_by_role("button", name="Remove").click()
    expect(chip).to_be_hidden()


def test_a_rating_is_shown_and_kept_over_a_reload(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    answer = ask(page)
    answer.get_by_role("button", name="Helpful", exact=True).click()
    expect(answer).to_contain_text("Thank you.")
    page.reload()
    helpful = part(page, "message-assistant").get_by_role("button", name="Helpful", exact=True)
    expect(helpful).to_have_attribute("aria-pressed", "true")


def test_what_was_wrong_reaches_the_owner(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    answer = ask(page)
    choice = answer.get_by_role("button", name="Not helpful")
    choice.click()
    answer.get_by_role("radio", name="Out of date").check()
    answer.get_by_label("What should it say?").fill("That it is blue.")
    answer.get_by_role("button", name="Send").click()
    expect(answer).to_contain_text("Thank you.")
    expect(choice).to_be_focused()
    with closing(sqlite3.connect(server.settings["DATABASE_URL"].removeprefix("sqlite:///"))) as database:
        kept = database.execute("SELECT reason, note FROM feedback WHERE note = 'That it is blue.'").fetchall()
    assert kept == [("outdated", "That it is blue.")]
