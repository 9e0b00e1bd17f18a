// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { blocks, render } from "./markdown.ts";

/** Renders a text as the transcript does, and returns its markup. */
function html(text: string): string {
  const box = document.createElement("div");
  box.append(...blocks(text).map(render));
  return box.innerHTML.replace(/ (tabindex|role|aria-label)="[^"]*"/g, "");
}

describe("the subset", () => {
  test.each([
    ["one\ntwo\n\nthree", "<p>one\ntwo</p><p>three</p>"],
    ["# One\nText", "<h3>One</h3><p>Text</p>"],
    ["###### Six ##", "<h6>Six</h6>"],
    ["*a* _b_ **c** __d__", "<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong></p>"],
    ["**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"],
    ["`a*b*`", "<p><code>a*b*</code></p>"],
    ["``a`b``", "<p><code>a`b</code></p>"],
    ["\\*a\\*", "<p>*a*</p>"],
    ["```js\na < b\n\n# c\n```\nd", "<pre><code>a &lt; b\n\n# c</code></pre><p>d</p>"],
    ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
    ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
    ["- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"],
    ["Text:\n- a\n  goes on", "<p>Text:</p><ul><li>a\ngoes on</li></ul>"],
    [
      "| a | b |\n|---|:-:|\n| 1 | *2* |",
      '<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead>' +
        "<tbody><tr><td>1</td><td><em>2</em></td></tr></tbody></table></div>",
    ],
  ])("%j", (text, markup) => {
    expect(html(text)).toBe(markup);
  });

  test.each([
    "snake_case_name",
    "2 * 3 * 4",
    "2*3*4",
    "a ** b",
    "[not] (a link)",
    "1.5 is a number",
  ])("%j is plain text", (text) => {
    expect(html(text)).toBe(`<p>${text}</p>`);
  });

  test("code that is still arriving is code already", () => {
    expect(html("```\na *b*")).toBe("<pre><code>a *b*</code></pre>");
  });

  test("a growing text leaves its finished blocks as they were", () => {
    const before = blocks("# One\n\nTwo\n\nThr");
    expect(blocks("# One\n\nTwo\n\nThree").slice(0, 2)).toEqual(before.slice(0, 2));
  });
});

describe("links", () => {
  test("one of this site opens in place", () => {
    expect(html("[a](/b#c)")).toBe(`<p><a href="${location.origin}/b#c">a</a></p>`);
  });

  test("one of another site opens in a tab that cannot reach back", () => {
    expect(html('[a](https://example.com/ "title")')).toBe(
      '<p><a href="https://example.com/" target="_blank" rel="noopener">a</a></p>',
    );
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "&#106;avascript:alert(1)//",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://example.com/1",
  ])("%j is never followed", (address) => {
    const box = document.createElement("div");
    box.append(...blocks(`[a](${address})`).map(render));
    for (const { protocol } of box.querySelectorAll("a")) expect(protocol).toMatch(/^https?:$/);
  });
});

describe("hostile text", () => {
  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**<b onclick=x>**",
    "`</code><script>`",
    "| <i>a</i> |\n|---|\n| <svg onload=x> |",
    "[<img src=x>](/a)",
  ])("%j stays text", (text) => {
    const box = document.createElement("div");
    box.append(...blocks(text).map(render));
    expect(box.querySelectorAll("script, img, b, i, svg")).toHaveLength(0);
    expect(box.textContent).toContain("<");
  });

  test.each([
    ["unclosed emphasis", "*a ".repeat(3000)],
    ["backticks", "`".repeat(20000)],
    ["backticks of growing length", Array.from({ length: 150 }, (_, n) => "`".repeat(n)).join(" ")],
    ["brackets", "[".repeat(20000)],
    ["unclosed links", "[a](b ".repeat(3000)],
    ["nested emphasis", "*_".repeat(3000) + "a" + "_*".repeat(3000)],
    ["spaces in a table rule", `|a\n-${" ".repeat(5000)}x`],
    ["nested lists", Array.from({ length: 300 }, (_, n) => `${" ".repeat(n)}- a`).join("\n")],
  ])("%s is read in no time", (_, text) => {
    const start = performance.now();
    blocks(text).forEach(render);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
