"""The npm package, as Node imports it: nothing happens before it is asked for, and options are checked."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from chatkit.version import VERSION
from tests.servers import ROOT

PACKAGE = ROOT / "integrations" / "npm"


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    subprocess.run(["node", "build-package.js"], cwd=ROOT / "chatkit" / "widget", check=True)


def _run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", "--input-type=module", "-e", script], cwd=PACKAGE, capture_output=True, text=True, check=False
    )


def _plugin(options: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """Have Docusaurus's plugin read options; it prints what it puts into pages."""
    return _run(f"""
        const {{ default: plugin }} = await import("chatkit-widget/docusaurus");
        const {{ headTags, postBodyTags }} = plugin({{}}, {json.dumps(options | {"id": "default"})}).injectHtmlTags();
        console.log(JSON.stringify([headTags[0].attributes.src, ...postBodyTags]));
    """)


def test_importing_it_does_nothing_and_needs_no_browser() -> None:
    done = _run("""
        const before = Object.getOwnPropertyNames(globalThis).length;
        const exported = await import("chatkit-widget");
        console.log(JSON.stringify([
          Object.keys(exported), Object.getOwnPropertyNames(globalThis).length - before,
          await exported.defineChatKit() ?? null, typeof globalThis.customElements,
        ]));
    """)
    assert (done.stdout, done.stderr) == ('[["defineChatKit"],0,null,"undefined"]\n', "")


def test_only_the_script_that_listens_has_a_side_effect() -> None:
    described = json.loads((PACKAGE / "package.json").read_text())
    scripts = {path.name for path in (PACKAGE / "dist").glob("*.js")}
    listening = {name for name in scripts if "@generated/routes" in (PACKAGE / "dist" / name).read_text()}
    assert {Path(name).name for name in described["sideEffects"]} == listening == {"docusaurus-client.js"}


def test_a_plugins_options_become_attributes() -> None:
    done = _plugin(
        {
            "server": "https://chat.example.com/",
            "privacyUrl": '/p?a="b"&c',
            "open": True,
            "starters": ["How?", "Why?"],
            "words": {"heading": "Ask"},
        }
    )
    script, element = json.loads(done.stdout)
    assert script == "https://chat.example.com/widget/chatkit-widget.js"
    attributes = 'privacy-url="/p?a=&quot;b&quot;&amp;c" open="" starters="How?|Why?"'
    attributes += ' words="{&quot;heading&quot;:&quot;Ask&quot;}"'
    assert element == f"<chatkit-widget {attributes}></chatkit-widget>"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, 'option "server" must be the address of the server'),
        ({"server": "chat.example.com"}, 'option "server" must be the address of the server'),
        ({"server": "https://chat.example.com", "thme": "dark"}, 'ChatKit has no option "thme". It has: server, '),
    ],
)
def test_a_wrong_option_stops_the_build_with_a_sentence(options: dict[str, object], sentence: str) -> None:
    done = _plugin(options)
    assert done.returncode != 0
    assert sentence in done.stderr


def test_every_package_is_of_the_servers_version() -> None:
    python = re.search(r'^version = "(.+)"$', (ROOT / "integrations/python/pyproject.toml").read_text(), re.M)
    assert python is not None
    assert {python.group(1), json.loads((PACKAGE / "package.json").read_text())["version"]} == {VERSION}
