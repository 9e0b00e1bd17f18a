"""The page of promises names every promise once, and only tests and measurements that exist."""

import ast

import pytest

from tests.servers import ROOT
from tests.slo import page, rows
from tests.slo.page import PROMISES, Promise

ON_THE_PAGE = page.promises()


def test_every_promise_has_one_row_on_the_page() -> None:
    assert sorted(promise.name for promise in ON_THE_PAGE) == sorted(PROMISES)


@pytest.mark.parametrize("promise", ON_THE_PAGE, ids=lambda promise: promise.name)
def test_every_test_the_page_names_exists(promise: Promise) -> None:
    for test in promise.tests:
        file, _, name = test.partition("::")
        tree = ast.parse((ROOT / file).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test


def test_the_page_and_the_measurements_name_each_other() -> None:
    named = {(promise.name, module) for promise in ON_THE_PAGE for module in promise.modules}
    measured = {(row.promise, module) for module, found in rows.modules().items() for row in found}
    assert named == measured
