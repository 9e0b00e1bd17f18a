"""A website, an application, and a crawl of the one into the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chatkit.ingest import service
from chatkit.ingest.crawler.site import Site
from chatkit.search.models import Page
from tests import factories
from tests.conftest import Reused
from tests.website import Website, website


@pytest.fixture
def site() -> Iterator[Website]:
    """Run a website of its own for a test."""
    with website() as running:
        yield running


@pytest.fixture
def app(plain_app: Flask) -> Flask:
    """Return the application on SQLite: fetching knows no database."""
    return plain_app


@pytest.fixture
def each_app(reused: Reused) -> Flask:
    """Return an application on each database, for what is kept from one crawl to the next."""
    return reused.app


def crawl(app: Flask, address: str, **how: Any) -> service.Report:
    """Index a site without waiting between its pages."""
    with app.app_context():
        return service.index(Site(address, Path("instance"), delay_seconds=0, **how))


def paths(app: Flask, site: Website) -> list[str]:
    """Return the paths of the pages that are indexed."""
    return sorted(row["url"].removeprefix(site.origin) for row in factories.rows(app, Page.__table__))
