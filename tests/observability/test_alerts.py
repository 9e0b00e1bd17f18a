"""What an operator is given beside /metrics: its documentation, the dashboard, the alert rules and the runbook."""

import json
import re
import shlex
from typing import Any

import click
import pytest
import yaml
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

from chatkit.chat.generation import EXTENSION as GENERATIONS
from tests.factories import MakeApp
from tests.servers import ROOT

RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/chatkit.json").read_text(encoding="utf-8"))
METRIC = re.compile(r"\b(?:chatkit_\w+|up)\b")
MADE_OF_HISTOGRAMS = re.compile(r"(_seconds)_(?:bucket|sum|count)\b")
DOCUMENTED = re.compile(r"^\| `(chatkit_\w+)` \| (\w+) \| ([^|]*) \|", re.M)
# What is shown only once there is something to show.
LATER = {"chatkit_index_newest_timestamp_seconds", "chatkit_index_oldest_timestamp_seconds"}


def _shown(app: Flask) -> dict[str, str]:
    """Return the kind of each metric that /metrics declares, but for those of prometheus-client itself."""
    text = app.test_client().get("/metrics").get_data(as_text=True)
    declared = dict(re.findall(r"^# TYPE (chatkit_\w+) (\w+)$", text, re.M))
    return {name: kind for name, kind in declared.items() if not name.endswith("_created")}


def _documented() -> dict[str, str]:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    return {name: kind for name, kind, _ in DOCUMENTED.findall(text)}


def _queries() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]


def test_every_metric_is_documented_with_its_kind_and_no_other(make_app: MakeApp) -> None:
    app = make_app(LLM_MODEL="m", OPENAI_BASE_URL="http://127.0.0.1:1/v1", BACKUP_FOLDER="backups")
    assert GENERATIONS in app.extensions
    documented = _documented()
    assert _shown(app) == {name: kind for name, kind in documented.items() if name not in LATER}
    assert documented.keys() >= LATER


@pytest.mark.parametrize("query", [*_queries(), *(rule["expr"] for rule in RULES)])
def test_every_query_and_every_alert_names_metrics_that_are_documented(query: str) -> None:
    named = {MADE_OF_HISTOGRAMS.sub(r"\1", name) for name in METRIC.findall(query)}
    assert named
    assert named <= _documented().keys() | {"up"}


def test_the_dashboard_shows_every_metric() -> None:
    shown = {MADE_OF_HISTOGRAMS.sub(r"\1", name) for query in _queries() for name in METRIC.findall(query)}
    assert shown == _documented().keys()


def test_every_alert_has_its_section_in_the_runbook_and_each_section_its_alert() -> None:
    headings = re.findall(r"^## (\w+)$", RUNBOOK, re.M)
    assert headings == [rule["alert"] for rule in RULES]
    assert [rule["annotations"]["runbook"] for rule in RULES] == [
        f"docs/runbook.md#{heading.lower()}" for heading in headings
    ]


def test_every_command_of_chatkit_in_the_runbook_is_one(plain_app: Flask) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", RUNBOOK, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()] + re.findall(r"`(chatkit [^`]+)`", RUNBOOK)
    commands = {line for line in lines if line.startswith("chatkit ")}
    assert commands
    # Closed at its end: the application's context would stay, and be that of the tests that follow.
    with click.Context(FlaskGroup(), obj=ScriptInfo(create_app=lambda: plain_app)) as context:
        for line in commands:
            with context.scope(cleanup=False):
                _resolve(context, shlex.split(line)[1:])


def _resolve(context: click.Context, words: list[str]) -> None:
    """Fail for words that name no command, and for options that it does not have."""
    command = context.command
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, words
        command, words = found, words[1:]
        context = click.Context(command, parent=context)
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options
