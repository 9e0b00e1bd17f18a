"""How long the current thread may wait for the database."""

import math
import threading


class _Patience(threading.local):
    """How long a thread may wait for the database at most, in seconds, whatever its connection allows."""

    seconds = math.inf


patience = _Patience()
