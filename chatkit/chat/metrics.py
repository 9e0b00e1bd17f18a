"""What the operator sees of questions: how they ended, and what wrote their answers."""

from typing import Literal

from prometheus_client import Counter

from chatkit.answers.extractive import Outcome
from chatkit.chat.reply import Reply

QUESTIONS = Counter(
    "chatkit_questions_total", "Questions whose answer has ended, by what it was made of.", ["outcome", "source"]
)
# A chart of what never happened yet shows a line at 0.
for _source in ("extractive", "model", "fallback"):
    for _outcome in Outcome:
        QUESTIONS.labels(_outcome.value, _source)
    QUESTIONS.labels("stopped", _source)


def count_question(reply: Reply, *, by_model: bool) -> None:
    """Count an answer that has ended; ``by_model`` tells that a model was to write it."""
    source: Literal["extractive", "model", "fallback"] = "extractive"
    if by_model:
        source = "fallback" if reply.metadata["fallback"] else "model"
    QUESTIONS.labels("stopped" if reply.state == "stopped" else reply.outcome.value, source).inc()
