// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { highlight, voices } from "./highlight.ts";

/** Returns what of code is spoken in each voice. */
function spoken(code: string, language: string): Record<string, string[]> {
  const pieces = voices(code, language);
  expect(pieces.map(([text]) => text).join("")).toBe(code);
  const by = (voice: string) => pieces.filter((piece) => piece[1] === voice).map(([text]) => text);
  return { keywords: by("k"), strings: by("s"), comments: by("c") };
}

test.each([
  ["html", '<a href="x">y</a> <!-- z -->', ["<a", ">", "</a", ">"], ['"x"'], ["<!-- z -->"]],
  ["ini", "# why\n[Unit]\nUser=chatkit  # who", ["[Unit]"], ["chatkit"], ["# why", "# who"]],
  ["yaml", "a:\n  - b: 'c' # d\nurl: http://x", ["a", "b", "url"], ["'c'"], ["# d"]],
  ["json", '{"a": "b", "c": true}', ['"a"', '"c"', "true"], ['"b"'], []],
  ["JSON", "[null, 1]", ["null"], [], []],
  ["css", "/* a */ @media x { b: #fff; }", ["@media"], ["#fff"], ["/* a */"]],
  [
    "sql",
    "SELECT a -- b\nFROM c WHERE d = 'e''f'",
    ["SELECT", "FROM", "WHERE"],
    ["'e''f'"],
    ["-- b"],
  ],
  ["diff", "@@ 1 @@\n-a\n+b\n c", ["@@ 1 @@"], ["+b"], ["-a"]],
  ["python", 'def f():  # g\n    return """a\nb"""', ["def", "return"], ['"""a\nb"""'], ["# g"]],
  ["sh", "for a in $#; do echo 'b'; done # c", ["for", "in", "do", "done"], ["'b'"], ["# c"]],
  [
    "ts",
    "const a = `b ${c}`; // d\nx.default('http://e')",
    ["const"],
    ["`b ${c}`", "'http://e'"],
    ["// d"],
  ],
])("code of %s speaks in three voices", (language, code, keywords, strings, comments) => {
  expect(spoken(code, language)).toEqual({ keywords, strings, comments });
});

test.each(["", "text", "constructor", "brainfuck"])(
  "a language %j that is not known stays plain",
  (language) => {
    expect(spoken("if 'a' # b", language)).toEqual({ keywords: [], strings: [], comments: [] });
  },
);

test("code is only text", () => {
  const element = document.createElement("code");
  element.textContent = '<img src=x onerror="alert(1)">';
  highlight(element, "html");
  expect(element.querySelectorAll("img")).toHaveLength(0);
});

const LANGUAGES = ["html", "ini", "yaml", "json", "css", "sql", "diff", "python", "sh", "ts"];

test.each(LANGUAGES)("hostile code of %s is read in no time", (language) => {
  const units = [
    '"',
    "'",
    "`",
    "/*",
    "<!--",
    '"""',
    "\\",
    "= ",
    "a: ",
    "-- ",
    " ",
    "\n ",
    "[",
    "@a",
    "<a",
    "#",
    "x",
  ];
  for (const unit of units) {
    // The time of the process, which others on the machine take nothing of.
    const before = process.cpuUsage();
    voices(unit.repeat(18_000 / unit.length), language);
    voices(`"${unit.repeat(18_000 / unit.length)}`, language);
    const { user, system } = process.cpuUsage(before);
    expect(user + system, unit).toBeLessThan(3_000_000);
  }
});
