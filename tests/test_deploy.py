"""What `deploy/` says to other programs, held by what they and ChatKit know of it; no container engine is needed."""

import re
import shutil
import subprocess
from pathlib import Path, PurePath
from typing import Any

import pytest
import yaml
from flask import Flask

from chatkit.config import SETTINGS
from chatkit.paths import DOCS
from tests.servers import ROOT

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "chatkit.service"
CONTAINERFILE = (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes" / "chatkit.yaml").read_text(encoding="utf-8"))
)
NAMES = {setting.name for setting in SETTINGS}
# Not ChatKit's own: what Python and the shell read.
FOREIGN = {"PATH", "HOME", "PYTHONDONTWRITEBYTECODE"}


def _manifest(kind: str) -> dict[str, Any]:
    (found,) = (each for each in MANIFESTS if each["kind"] == kind)
    return found


def _unknown(names: set[str]) -> set[str]:
    return {name for name in names if name not in FOREIGN and name.removesuffix("_FILE") not in NAMES}


def test_every_setting_that_is_named_is_one() -> None:
    [container] = _manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    kubernetes = {variable["name"] for variable in container["env"]} | _manifest("ConfigMap")["data"].keys()
    image = set(re.findall(r"\b([A-Z_]+)=", "\n".join(re.findall(r"^ENV (.*)", CONTAINERFILE, re.M))))
    unit = set(re.findall(r"^Environment=([A-Z_]+)=", UNIT.read_text(encoding="utf-8"), re.M))
    compose = COMPOSE["services"]["server"]["environment"].keys()
    for names in (kubernetes, image, unit, compose):
        assert names
        assert _unknown(set(names)) == set()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_unit_exposes_little_by_systemds_own_count() -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout.splitlines()[-1:]


def test_a_reload_checks_the_settings_before_it_tells_the_server() -> None:
    reloads = re.findall(r"^ExecReload=(.*)", UNIT.read_text(encoding="utf-8"), re.M)
    assert [reload.rsplit("/", 1)[-1] for reload in reloads] == ["chatkit doctor", "kill -s HUP $MAINPID"]


def test_the_documentation_shows_the_unit_as_it_is() -> None:
    shown = re.findall(r"^```ini\n(.*?)^```", (DOCS / "operations.md").read_text(encoding="utf-8"), re.M | re.S)
    assert UNIT.read_text(encoding="utf-8") in shown


def test_the_image_runs_as_nobody_special_and_builds_nothing_in_its_last_stage() -> None:
    last = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.M)
    assert "make" not in re.findall(r"[\w-]+", last)
    assert re.search(r"^HEALTHCHECK ", last, re.M)
    assert "/livez" in last


@pytest.mark.parametrize("ignoring", [ROOT / ".gitignore", DEPLOY / "container" / "Containerfile.dockerignore"])
def test_the_secrets_of_compose_reach_neither_git_nor_the_stage_that_builds(ignoring: Path) -> None:
    left_out = {line.rstrip("/") for line in ignoring.read_text(encoding="utf-8").splitlines()}
    secrets = {f"deploy/container/{PurePath(secret['file']).parent}" for secret in COMPOSE["secrets"].values()}
    assert secrets | {"deploy/container/.env"} <= left_out


def test_every_container_of_compose_may_write_only_where_it_must() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["healthcheck"] if name != "server" else "HEALTHCHECK" in CONTAINERFILE, name
        assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys(), name
    shipped = COMPOSE["services"]["server"]["build"]
    assert (DEPLOY / "container" / shipped["context"] / shipped["dockerfile"]).resolve().is_file()


def test_a_pod_may_do_nothing_but_serve_and_is_asked_outside_the_queue(plain_app: Flask) -> None:
    pod = _manifest("Deployment")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert probes == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    assert set(probes.values()) <= {rule.rule for rule in plain_app.url_map.iter_rules()}
    assert _manifest("Service")["spec"]["selector"] == _manifest("Deployment")["spec"]["selector"]["matchLabels"]


def test_what_is_stopped_is_given_the_time_of_the_longest_answer(plain_app: Flask) -> None:
    compose = int(COMPOSE["services"]["server"]["stop_grace_period"].removesuffix("s"))
    pod = _manifest("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    [unit] = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(encoding="utf-8"), re.M)
    assert min(compose, pod, int(unit)) >= plain_app.config["CHATKIT"].graceful_seconds + 5
