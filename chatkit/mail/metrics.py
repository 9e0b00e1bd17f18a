"""What the operator sees of the outbox."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection, func, select

from chatkit.database.orm import utcnow
from chatkit.mail.models import OutboxMessage


def read(connection: Connection) -> Iterator[Metric]:
    """Yield how many mails wait and were given up, and for how long the oldest has waited."""
    state = OutboxMessage.state
    counted = select(state, func.count(), func.min(OutboxMessage.created_at))
    rows = connection.execute(counted.where(state.in_(("waiting", "dead"))).group_by(state)).all()
    found = {state: (number, oldest) for state, number, oldest in rows}
    messages = GaugeMetricFamily("chatkit_outbox_messages", "Mails that wait, or were given up.", labels=["state"])
    for each in ("waiting", "dead"):
        messages.add_metric([each], found[each][0] if each in found else 0)
    yield messages
    age = max(0.0, (utcnow() - found["waiting"][1]).total_seconds()) if "waiting" in found else 0.0
    yield GaugeMetricFamily("chatkit_outbox_oldest_age_seconds", "How long the oldest mail has waited.", value=age)
