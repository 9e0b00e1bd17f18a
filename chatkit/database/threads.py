"""Statements beside an event loop: each in a thread, whose connection goes back to the pool at once."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask

P = ParamSpec("P")
T = TypeVar("T")


async def run_in_thread(app: Flask, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in the loop's executor, in an application context of its own; return what it returns."""

    def run() -> T:
        with app.app_context():
            return function(*args, **kwargs)

    return await asyncio.to_thread(run)
