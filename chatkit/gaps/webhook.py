"""A webhook that is told of new clusters: signed, within time limits, and never followed to another address.

A cluster is marked as told when the receiver has answered with 2xx, so none is lost while it is away, and one may be
told twice. It is signed as requests to the webhook of indexing are. Only so many are told in a day: whoever asks many
things that the pages do not answer shall not flood it.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from sqlalchemy import select, update
from urllib3.exceptions import HTTPError

from chatkit.chat import daily_counts
from chatkit.chat.daily_counts import Measure
from chatkit.config import settings
from chatkit.database.orm import db, table, utcnow
from chatkit.errors import RetryLater
from chatkit.gaps import issue, service
from chatkit.gaps.models import GapCluster
from chatkit.gaps.service import Cluster
from chatkit.ingest.webhook import SIGNATURE, TIMESTAMP, signature_of
from chatkit.version import VERSION

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
# How many clusters one call tells of and how many a day (UTC), and how long after they were opened they are news.
MOST, MOST_A_DAY, NEWS = 20, 100, timedelta(days=7)
_CLUSTERS = table(GapCluster)


def announce() -> bool:
    """Tell the webhook of some new clusters, and commit; False when none is to be told, or no GAPS_WEBHOOK_URL.

    Raises ``RetryLater`` when it cannot be told; they are told later.
    """
    url, secret = settings().gaps_webhook_url, settings().gaps_webhook_secret
    if url is None or secret is None:
        return False
    news = (_CLUSTERS.c.state == "new", _CLUSTERS.c.announced_at.is_(None), _CLUSTERS.c.opened_at > utcnow() - NEWS)
    today = utcnow().date()
    # Counted apart from the clusters, of which those that were told may have given way.
    most = max(min(MOST, MOST_A_DAY - daily_counts.total(today, Measure.ANNOUNCED)), 0)
    ids = db.session.scalars(select(_CLUSTERS.c.id).where(*news).order_by(_CLUSTERS.c.id).limit(most)).all()
    clusters = service.list_of(ids)
    # What is told takes as long as its receiver likes, and no transaction stays open meanwhile.
    db.session.rollback()
    if clusters:
        _post(url, json.dumps(_payload(clusters), ensure_ascii=False).encode("utf-8", "replace"), secret)
    if ids:
        db.session.execute(update(_CLUSTERS).where(_CLUSTERS.c.id.in_(ids)).values(announced_at=utcnow()))
        daily_counts.add(today, {(Measure.ANNOUNCED, ""): len(ids)})
        db.session.commit()
    return bool(ids)


def _payload(clusters: Sequence[Cluster]) -> dict[str, Any]:
    return {"event": "gaps.new", "gaps": [_describe(cluster) for cluster in clusters]}


def _describe(cluster: Cluster) -> Mapping[str, Any]:
    return {
        "id": cluster.id,
        "question": cluster.question,
        "questions": [text.question for text in cluster.texts],
        "pages": list(cluster.pages),
        "asked": cluster.counts.total(),
        "kinds": dict(cluster.counts),
        "opened_at": f"{cluster.opened_at:%Y-%m-%dT%H:%M:%SZ}",
        "url": f"{settings().base_url}/owner/gaps/{cluster.id}",
        "issue_url": issue.link(cluster),
    }


def _post(url: str, body: bytes, secret: str) -> None:
    """Send a signed request; raise ``RetryLater`` unless it is answered with 2xx."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    timestamp = str(int(time.time()))
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": f"ChatKit/{VERSION}",
        TIMESTAMP: timestamp,
        SIGNATURE: signature_of(f"{timestamp}.".encode() + body, secret),
    }
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    # The address that was looked at is the one that is called, whatever the name says a moment later.
    address = _resolve(host, port)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=timeout, retries=False, server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout, retries=False)
    target = parts.path or "/"
    try:
        reply = pool.urlopen(
            "POST",
            f"{target}?{parts.query}" if parts.query else target,
            body,
            headers,
            redirect=False,
            preload_content=False,
        )
        reply.close()
    except (HTTPError, OSError) as error:
        raise RetryLater(f"The receiver of GAPS_WEBHOOK_URL cannot be reached: {type(error).__name__}.") from None
    finally:
        pool.close()
    if not 200 <= reply.status < 300:
        raise RetryLater(f"The receiver of GAPS_WEBHOOK_URL answered {reply.status}.")


def _resolve(host: str, port: int) -> str:
    """Return an address of a host; raise ``RetryLater`` when it has none, or a private one that is not allowed."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError:
        raise RetryLater("The host of GAPS_WEBHOOK_URL has no address.") from None
    if not settings().gaps_webhook_private and not all(map(_is_public, found)):
        raise RetryLater(
            "GAPS_WEBHOOK_URL leads to an address of a private network. Set GAPS_WEBHOOK_PRIVATE=on if it shall."
        )
    return found[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not (mapped or parsed).is_multicast
