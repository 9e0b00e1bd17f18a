// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { highlight } from "./highlight.ts";

/** Colours code, and returns what is spoken in a voice. */
function voices(code: string, language: string): Record<string, string[]> {
  const element = Object.assign(document.createElement("code"), { textContent: code });
  highlight(element, language);
  expect(element.textContent).toBe(code);
  const spoken = (voice: string) =>
    [...element.querySelectorAll(`.${voice}`)].map((span) => span.textContent);
  return { keywords: spoken("k"), strings: spoken("s"), comments: spoken("c") };
}

test.each([
  ["html", '<a href="x">y</a> <!-- z -->', ["<a", ">", "</a", ">"], ['"x"'], ["<!-- z -->"]],
  ["ini", "# why\n[Unit]\nUser=chatkit  # who", ["[Unit]"], ["chatkit"], ["# why", "# who"]],
  ["yaml", "a:\n  - b: 'c' # d\nurl: http://x", ["a", "b", "url"], ["'c'"], ["# d"]],
  ["json", '{"a": "b", "c": true}', ['"a"', '"c"', "true"], ['"b"'], []],
  ["JSON", "[null, 1]", ["null"], [], []],
  ["css", "/* a */ @media x { b: #fff; }", ["@media"], ["#fff"], ["/* a */"]],
  ["sql", "SELECT a -- b\nFROM c WHERE d = 'e''f'", ["SELECT", "FROM", "WHERE"], ["'e''f'"], ["-- b"]],
  ["diff", "@@ 1 @@\n-a\n+b\n c", ["@@ 1 @@"], ["+b"], ["-a"]],
  ["python", 'def f():  # g\n    return """a\nb"""', ["def", "return"], ['"""a\nb"""'], ["# g"]],
  ["sh", "for a in $#; do echo 'b'; done # c", ["for", "in", "do", "done"], ["'b'"], ["# c"]],
  ["ts", "const a = `b ${c}`; // d\nx.default('http://e')", ["const"], ["`b ${c}`", "'http://e'"], ["// d"]],
])("code of %s speaks in three voices", (language, code, keywords, strings, comments) => {
  expect(voices(code, language)).toEqual({ keywords, strings, comments });
});

test.each(["", "text", "constructor", "brainfuck"])("a language %j that is not known stays plain", (language) => {
  expect(voices("if 'a' # b", language)).toEqual({ keywords: [], strings: [], comments: [] });
});

test("code is only text", () => {
  const element = document.createElement("code");
  element.textContent = '<img src=x onerror="alert(1)">';
  highlight(element, "html");
  expect(element.querySelectorAll("img")).toHaveLength(0);
});

describe("hostile code", () => {
  test.each(
    ["html", "ini", "yaml", "json", "css", "sql", "diff", "python", "sh", "ts"].flatMap((language) =>
      ['"', "'", "`", "/*", "<!--", '"""', "\\", "= ", "a: ", "-- ", " ", "\n ", "[", "@a", "<a", "#"].map(
        (unit) => [language, unit] as const,
      ),
    ),
  )("of %s, %j again and again, is read in no time", (language, unit) => {
    const start = performance.now();
    voices(unit.repeat(18_000 / unit.length), language);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
