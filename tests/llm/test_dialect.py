"""What a refusal names, and the request without it."""

import pytest

from chatkit.llm.dialect import ChatMessage, completion_request, refused_feature

MESSAGES = [
    ChatMessage(role="system", content="Rules."),
    ChatMessage(role="user", content="Earlier?"),
    ChatMessage(role="assistant", content="So."),
    ChatMessage(role="user", content="Now?"),
]


@pytest.mark.parametrize(
    ("body", "feature"),
    [
        ("Unrecognized request argument supplied: stream_options", "stream_options"),
        ('{"detail":[{"loc":["body","stream_options"],"msg":"extra fields not permitted"}]}', "stream_options"),
        ("include_usage is not supported", "stream_options"),
        ("System role not supported", "system"),
        ("Unexpected role 'system' in messages", "system"),
        ('{"loc":["body","messages",0,"role"],"msg":"one of user, assistant","input":"system"}', "system"),
        ("This model does not take system messages.", "system"),
        ("Developer instruction is not enabled for models/gemma", "system"),
        ("The model does not exist", None),
        ("The system is overloaded", None),
        ("", None),
    ],
)
def test_a_refusal_is_read_for_what_it_names(body: str, feature: str | None) -> None:
    assert [refused_feature(status, body) for status in (400, 422)] == [feature, feature]


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_another_refusal_names_nothing(status: int) -> None:
    assert refused_feature(status, "stream_options") is None


def test_a_request_without_the_role_keeps_the_rules() -> None:
    messages = completion_request("m", MESSAGES, {"system"})["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[-1]["content"] == "Rules.\n\nNow?"


def test_a_request_without_stream_options_is_the_same_otherwise() -> None:
    whole = completion_request("m", MESSAGES, frozenset())
    assert whole.pop("stream_options") == {"include_usage": True}
    assert completion_request("m", MESSAGES, {"stream_options"}) == whole
