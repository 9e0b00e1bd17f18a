"""How the time of some work grows with its size. Told in the time of this process, it is the same on any machine."""

import time
from collections.abc import Callable

from tests.servers import once


def takes_time_by_size(work: Callable[[int], object], size: int) -> bool:
    """Tell whether work takes time by its size: by its square, four times as much would take sixteen times as long."""

    def seconds(size: int) -> float:
        began = time.process_time()
        work(size)
        return time.process_time() - began

    # What the process does beside it comes once.
    return once(lambda: seconds(size) < 10 * seconds(size // 4) + 0.2)
