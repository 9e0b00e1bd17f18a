"""What configurations in JavaScript and TypeScript say in literals; none of them takes long to read."""

import time
from pathlib import Path
from typing import Any

import pytest

from chatkit.ingest.readers.javascript.config import evaluate, read
from chatkit.ingest.readers.javascript.module import UNKNOWN, Call


def _read(folder: Path, text: str, name: str = "site.config.ts") -> Any:
    config = folder / name
    config.write_text(text, encoding="utf-8")
    return read(config)


def _value(folder: Path, expression: str, before: str = "") -> Any:
    return _read(folder, f"{before}\nexport default {{ value: {expression} }}")["value"]


@pytest.mark.parametrize(
    "text",
    [
        "export default { a: 1 }",
        "export default defineConfig({ a: 1 });",
        "export default defineConfig<Theme>(async ({ mode }) => ({ a: 1 }))",
        "module.exports = withNextra({ a: 1 })",
        "const config: Config = { a: 1 }\n\nexport default config",
        "const config = { a: 1 } satisfies Config\nmodule.exports = config",
        "const withNextra = nextra({ b: 2 })\nexport default withNextra({ a: 1 })",
        "export default async function make() { const a = 1; return { a } as const }",
        "module.exports = require('./base')",
        "import base from './base'\nexport default { ...base }",
        "import { a as one } from './base'\nexport default { a: one }",
        "import * as base from './base'\nexport default { a: base.a }",
        "const { a } = require('./base.js')\nmodule.exports = { a }",
    ],
)
def test_a_configuration_is_what_its_file_exports(tmp_path: Path, text: str) -> None:
    (tmp_path / "base.js").write_text("module.exports = { a: 1 }", encoding="utf-8")
    assert _read(tmp_path, text) == {"a": 1}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'it\\'s \\u0041\\n'", "it's A\n"),
        ("`two\nlines`", "two\nlines"),
        ("`${base}docs/${1}`", "/site/docs/1"),
        ("base + 'docs'", "/site/docs"),
        ("[1, -2.5, true, null, /* none */ undefined]", [1, -2.5, True, None, None]),
        ("[...[1], ...more]", [1, UNKNOWN]),
        ("{ 'a-b': 1, ['c' + 'd']: 2, base, ...{ e: 3 }, ...more }", {"a-b": 1, "cd": 2, "base": "/site/", "e": 3}),
        ("process.env.BASE || '/'", "/"),
        ("process.env.BASE ?? base", "/site/"),
        ("process.env.NODE_ENV === 'production' ? base : '/'", "/site/"),
        ("process.env.CI ? base : '/'", UNKNOWN),
        ("pages().items[0]", "first"),
        ("plugin({ a: 1 }, () => 2)", Call("plugin", ({"a": 1}, 2))),
        ("() => 1", UNKNOWN),
        ("/a, b: [/", UNKNOWN),
        ("<b>Don't, {base}</b>", UNKNOWN),
        ("itself", UNKNOWN),
        ("new URL('https://example.com')", UNKNOWN),
    ],
)
def test_a_literal_is_read_and_the_rest_is_unknown(tmp_path: Path, expression: str, value: object) -> None:
    before = (
        "const base = '/site/', itself = [itself][0]\n"
        "function pages(): Item[] { const name = 'first'; return { items: [name] } }\n"
    )
    assert _value(tmp_path, expression, before) == value


def test_a_call_names_the_call_that_made_its_function(tmp_path: Path) -> None:
    config = tmp_path / "next.config.mjs"
    config.write_text("const withNextra = nextra({ a: 1 })\nexport default withNextra({ b: 2 })", encoding="utf-8")
    assert evaluate(config) == Call("withNextra", ({"b": 2},), Call("nextra", ({"a": 1},)))


def test_json_is_imported_and_no_file_outside_of_the_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "versions.json").write_text('["2.0", "1.0"]', encoding="utf-8")
    (tmp_path / "secret.json").write_text('{"key": "value"}', encoding="utf-8")
    text = "import secret from '../secret.json'\nexport default { versions: require('./versions.json'), secret }"
    assert _read(site, text) == {"versions": ["2.0", "1.0"], "secret": UNKNOWN}


def test_files_that_import_each_other_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("import { b } from './b'\nexport const a = [b]", encoding="utf-8")
    (tmp_path / "b.ts").write_text("import { a } from './a'\nexport const b = [a]", encoding="utf-8")
    assert _read(tmp_path, "import { a } from './a'\nexport default a") == [[UNKNOWN]]


DOUBLED = "const a0 = [1, 1];" + "".join(f"const a{i + 1} = [...a{i}, ...a{i}];" for i in range(30))
SHARED = "const a0 = [1, 1];" + "".join(f"const a{i + 1} = [a{i}, a{i}];" for i in range(30))


@pytest.mark.parametrize(
    "text",
    [
        f"{DOUBLED} export default a30",
        f"{SHARED} export default a30",
        "function f() { return [f(), f()] } export default f()",
        *(
            f"export default {part * 60_000}"
            for part in ("[", "{a:", "(", "a<", "`${", "a(", "-", "'", "\\'", "/", "<a ", "a=>", "/*", "1+", "a.", "\0")
        ),
    ],
)
def test_no_file_takes_long(tmp_path: Path, text: str) -> None:
    started = time.process_time()
    assert _read(tmp_path, text) in (UNKNOWN, {}, [])
    assert time.process_time() - started < 5


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    assert read(tmp_path / "absent.config.js") is UNKNOWN
    (tmp_path / "binary.config.js").write_bytes(b"\xff\xfe")
    assert read(tmp_path / "binary.config.js") is UNKNOWN
