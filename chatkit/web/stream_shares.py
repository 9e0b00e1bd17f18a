"""Whose the streams are: one account, and one network, holds no more than a share of a worker's slots.

Otherwise one reader with a slow model, or with a program, could keep every slot and everybody else out.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Lock, Semaphore

from flask import Flask, current_app, g, request

from chatkit.config import Settings
from chatkit.errors import RETRY_SECONDS, RateLimited
from chatkit.web.addresses import normalize_network


class _Shares:
    """How many slots each holder has, of at most ``most``."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held = Counter[str]()
        self._lock = Lock()

    def take(self, holders: tuple[str, ...]) -> bool:
        """Count one slot more for each of these holders, or for none when one of them has its share."""
        with self._lock:
            if any(self._held[holder] >= self.most for holder in holders):
                return False
            self._held.update(holders)
            return True

    def give_back(self, holders: tuple[str, ...]) -> None:
        """Count one slot less, and forget who has none."""
        with self._lock:
            self._held.subtract(holders)
            self._held = +self._held


class _HeldSlot:
    """A slot with its holders; releasing it twice would give somebody else's back."""

    def __init__(self, slot: Semaphore, shares: _Shares, holders: tuple[str, ...]) -> None:
        self._slot, self._shares, self._holders = slot, shares, holders

    def release(self) -> None:
        """Give the slot back, to everybody and of the holders' shares."""
        self._shares.give_back(self._holders)
        self._slot.release()


def init_app(app: Flask, account_id: Callable[[], int | None]) -> None:
    """Refuse a stream beyond its holders' shares; ``account_id`` returns whose account makes the current request."""
    chosen: Settings = app.config["CHATKIT"]
    shares = _Shares(max(1, chosen.max_streams * chosen.max_streams_share // 100))
    app.extensions["chatkit_stream_shares"] = shares
    app.before_request(partial(_take, account_id))


def _take(account_id: Callable[[], int | None]) -> None:
    slot = g.get("stream_slot")
    if slot is None:
        return
    shares: _Shares = current_app.extensions["chatkit_stream_shares"]
    whose = account_id()
    network = f"network:{normalize_network(request.remote_addr)}"
    holders = (network,) if whose is None else (f"account:{whose}", network)
    if not shares.take(holders):
        raise RateLimited("streams", "answers at once", shares.most, RETRY_SECONDS, RETRY_SECONDS)
    g.stream_slot = _HeldSlot(slot, shares, holders)
