"""What a model thinks aloud never passes, and an answer about thinking does."""

import pytest

from chatkit.llm.reasoning import ReasoningFilter

ANSWER = "The foghorn sounds every thirty seconds. [1]"


def passed(text: str, size: int = 10_000, opened: bool = False) -> str:
    """Return what passes of a text that comes in pieces of ``size``."""
    reasoning = ReasoningFilter(opened)
    pieces = [reasoning.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return ("".join(pieces) + reasoning.finish()).strip()


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize(
    "before",
    [
        "<think>Hm. [1]</think>",
        "\n<think>\n\n</think>\n\n",
        "<thinking>Hm.</thinking>",
        "<Reasoning>Hm.</Reasoning>",
        "<seed:think>Hm.</seed:think>",
        '<think mode="deep">The foghorn <b> 1 < 2.</think>',
        "[THINK]Hm.[/THINK]",
        "◁think▷Hm.◁/think▷",
        "<|begin_of_thought|>Hm.<|end_of_thought|>",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>",
        "analysisWe need the interval.assistantfinal",
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<s>",
        "Let me see.</think>",
        "Okay, so the user asks how often it sounds. Passage 1 says it. [1]\n</think>\n\n",
        "The question is about fog. `code`. I'd say 30.</thinking>",
        "Reasoning about fog: it is 30.</reasoning>",
        "Looking for the interval. It is 30.</think>",
        "To find out how often, I read on.</think>",
        "First, the user wants a figure.\n\nIt is 30.</think>",
        "好的，用户问雾号。</think>",
        "Hmm</think><|im_start|>assistant\n",
    ],
)
def test_thoughts_before_an_answer_never_pass(before: str, size: int) -> None:
    assert passed(before + ANSWER, size) == ANSWER


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize(
    "tail", ["<|im_end|>", "<|eot_id|>", "</s>", "<|endoftext|>\n", "<｜end▁of▁sentence｜>", "<eos>"]
)
def test_the_tokens_that_end_a_turn_never_pass(tail: str, size: int) -> None:
    assert passed(ANSWER + tail, size) == ANSWER
    assert passed(f"```sh\nlamp trim\n{tail}", size) == "```sh\nlamp trim"


def test_what_follows_the_end_of_a_turn_is_no_part_of_the_answer() -> None:
    assert passed(f"{ANSWER}<|im_end|>\n<|im_start|>user\nAnd more?", 5) == ANSWER


@pytest.mark.parametrize("size", [1, 10_000])
def test_thoughts_between_two_sentences_never_pass(size: int) -> None:
    assert passed(f"{ANSWER}<think>More?</think> Fog is dense.", size) == f"{ANSWER} Fog is dense."


@pytest.mark.parametrize(
    "text",
    [
        "Models end their thoughts with `</think>` and a blank line.",
        "Write this:\n\n```xml\n<think>\nHm.\n</think>\n```\n\nThen run it.",
        "Templates end a turn with `<|im_end|>`.",
        "If a < b, the [THIRD] lamp is lit, and x <y holds.",
        "I keep the lamp lit.",
        "Let it ring.",
        "No.",
    ],
)
@pytest.mark.parametrize("size", [1, 4, 10_000])
def test_an_answer_passes_as_it_is(text: str, size: int) -> None:
    assert passed(text, size) == text


def test_an_answer_passes_as_it_comes() -> None:
    reasoning = ReasoningFilter()
    assert [reasoning.feed(piece) for piece in ("The", " foghorn", " sounds")] == ["", "The foghorn", " sounds"]


def test_thoughts_that_were_never_closed_are_no_answer() -> None:
    assert passed("<think>The foghorn sounds.") == ""


def test_a_closing_tag_alone_is_remembered() -> None:
    reasoning = ReasoningFilter()
    reasoning.feed("Fog, they say.</think>Yes.")
    assert reasoning.closed_unopened


def test_where_thoughts_are_opened_elsewhere_any_opening_waits() -> None:
    assert ReasoningFilter(opened=True).feed("The foghorn sounds every ") == ""
    assert passed(f"The foghorn? Yes.</think>{ANSWER}", 4, opened=True) == ANSWER
    assert passed(ANSWER, 4, opened=True) == ANSWER
