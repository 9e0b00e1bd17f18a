"""The client of a model server."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from flask import current_app

from chatkit.chat.prompt import Asked, Turn
from chatkit.content.search import Hit
from chatkit.errors import ChatKitError


class ModelUnavailable(ChatKitError):
    """No answer by a model, or not the rest of one; ``reason`` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The model gave no answer: {reason}.")
        self.reason = reason


@dataclass
class Usage:
    """The tokens of one answer; ``estimated`` when the model server did not tell."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False

    @property
    def total(self) -> int:
        return self.prompt_tokens + self.completion_tokens


def configured() -> bool:
    """Tell whether the current application has a model to ask."""
    return "chatkit_model" in current_app.extensions


async def write(asked: Asked, passages: Sequence[Hit], turns: Sequence[Turn], usage: Usage) -> AsyncIterator[str]:
    """Yield a model's answer as it comes, unchecked; needs the application's context.

    Raises ``ModelUnavailable`` before the first piece or after any. Cancelling the task or closing
    the iterator ends the request at the model server. ``usage`` is filled in at the end, also then.
    """
    raise ModelUnavailable("not_configured")
    yield ""
