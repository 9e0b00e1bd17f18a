"""What the operator sees of the model."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection, select

from chatkit.config import settings
from chatkit.database.orm import utcnow
from chatkit.llm.client import Usage
from chatkit.llm.models import DailyTokens

# LLM_TOTAL_SECONDS is 15 minutes at most.
BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900)

ANSWERS = Counter("chatkit_model_answers_total", "Answers asked of the model.", ["outcome"])
REWRITES = Counter("chatkit_model_rewrites_total", "Follow-ups that the model was asked to rewrite.", ["outcome"])
TOKENS = Counter("chatkit_model_tokens_total", "Tokens the model was given and gave.", ["kind"])
FIRST_BYTE = Histogram("chatkit_model_first_byte_seconds", "Time to the first word of an answer.", buckets=BUCKETS)
SECONDS = Histogram("chatkit_model_answer_seconds", "Time to the end of an answer, however it ended.", buckets=BUCKETS)
BREAKER_OPEN = Gauge(
    "chatkit_model_breaker_open", "Workers whose circuit breaker is open.", multiprocess_mode="livesum"
)


def count_tokens(usage: Usage) -> None:
    """Count the tokens of an answer."""
    TOKENS.labels("prompt").inc(usage.prompt_tokens)
    TOKENS.labels("completion").inc(usage.completion_tokens)


def read(connection: Connection) -> Iterator[Metric]:
    """Yield the day's tokens and their cap; nothing without a model."""
    if settings().llm_model is None:
        return
    used = connection.scalar(select(DailyTokens.tokens).where(DailyTokens.day == utcnow().date())) or 0
    yield GaugeMetricFamily(
        "chatkit_model_daily_tokens", "Tokens used this day (UTC), with what is reserved.", value=used
    )
    cap = settings().llm_tokens_per_day
    yield GaugeMetricFamily("chatkit_model_daily_tokens_limit", "Tokens that may be used in a day.", value=cap)
