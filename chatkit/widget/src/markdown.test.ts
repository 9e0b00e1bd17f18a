// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { h } from "./dom.ts";
import { blocks, render, type Rendering } from "./markdown.ts";
import { table } from "./tables.ts";
import { withTags } from "./unsupported.ts";

const TABLES: Rendering = {
  table: (block, inline) => {
    const found = table(block, inline);
    return found && h("div", { className: "table" }, found);
  },
};

/** What a turn asks for; two sources are known. */
const TURN: Rendering = {
  ...TABLES,
  marks: true,
  prose: (text, inline) => withTags(text, inline, "not found"),
  citation: (number) => (number <= 2 ? `<${number}>` : undefined),
  code: (code, language, complete) =>
    Object.assign(document.createElement("pre"), {
      textContent: `${language}|${code}|${complete}`,
    }),
};

/** Renders a text as the transcript does, and returns its markup. */
function html(text: string): string {
  const box = document.createElement("div");
  box.append(...blocks(text).map((block) => render(block, TABLES)));
  return box.innerHTML.replace(/ (tabindex|role|aria-label|scope)="[^"]*"/g, "");
}

describe("the subset", () => {
  test.each([
    ["one\ntwo\n\nthree", "<p>one\ntwo</p><p>three</p>"],
    ["# One\nText", "<h4>One</h4><p>Text</p>"],
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
    ["- a\n\n  b\n\nc", "<ul><li>a<p>b</p></li></ul><p>c</p>"],
    ["# C#", "<h4>C#</h4>"],
    ["**`**kwargs`**", "<p><strong><code>**kwargs</code></strong></p>"],
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

  test.each([
    ["````md\n```py\nx\n```\ny\n````\nz", "<pre><code>```py\nx\n```\ny</code></pre><p>z</p>"],
    ["```\nx\n`````\ny", "<pre><code>x</code></pre><p>y</p>"],
    ["````\nx\n```", "<pre><code>x\n```</code></pre>"],
    ["```\n```\ny", "<pre><code></code></pre><p>y</p>"],
    ["```x``` is code.\n\ny", "<p><code>x</code> is code.</p><p>y</p>"],
    ["Use `` ``` `` for code.\n\ny", "<p>Use <code>```</code> for code.</p><p>y</p>"],
  ])("the fence of %j ends at a line of as many marks", (text, markup) => {
    expect(html(text)).toBe(markup);
  });

  test("code in a list is part of its item, without the item's indentation", () => {
    expect(
      html("1. a\n   ```sh\n   b\n\n     c\n   ```\n2. d\n   - e\n\n     ```\n     f\n     ```"),
    ).toBe(
      '<ol start="1"><li>a<pre><code>b\n\n  c</code></pre></li>' +
        "<li>d<ul><li>e<pre><code>f</code></pre></li></ul></li></ol>",
    );
  });

  test("indented code loses the indentation of its fence alone", () => {
    expect(html("  ```\n  a\n    b\n c\n  ```")).toBe("<pre><code>a\n  b\nc</code></pre>");
  });

  test("a year that begins a sentence numbers no item", () => {
    expect(html("1986. A great year.")).toBe("<p>1986. A great year.</p>");
  });

  test("nothing is left out", () => {
    const text = "####### a\nb\n-\n#c\n* \n``` d ``` e\n> f\n---\n1234) g\n\t- h";
    const shown = blocks(text).map((block) => render(block).textContent);
    expect(shown.join("").match(/\w/g)).toEqual([..."abcdef1234gh"]);
  });

  test("code that is still arriving is code already", () => {
    expect(html("```\na *b*")).toBe("<pre><code>a *b*</code></pre>");
  });

  test("a growing text leaves its finished blocks as they were", () => {
    const before = blocks("# One\n\nTwo\n\nThr");
    expect(blocks("# One\n\nTwo\n\nThree").slice(0, 2)).toEqual(before.slice(0, 2));
  });
});

describe("a backslash before punctuation", () => {
  test.each([..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])("shows %s", (character) => {
    expect(blocks(`a \\${character} b`).map((block) => render(block).textContent)).toEqual([
      `a ${character} b`,
    ]);
  });

  test.each([
    ["\\[a\\](/b)", "[a](/b)"],
    ["\\[a](/b)", "[a](/b)"],
    ["[a\\](/b)", "[a](/b)"],
    ["\\*a* \\*\\*b\\*\\*", "*a* **b**"],
    ["*a\\* b", "*a* b"],
    ["**a\\*\\* b", "**a** b"],
    ["\\_a_ _b\\_", "_a_ _b_"],
    ["\\`a\\`", "`a`"],
    ["\\```\na", "```\na"],
    ["\\# a", "# a"],
    ["\\- a", "- a"],
    ["\\* a", "* a"],
    ["1\\. a", "1. a"],
    ["1\\) a", "1) a"],
    ["\\> a", "&gt; a"],
    ["\\<b>", "&lt;b&gt;"],
    ["a\\b \\1 \\", "a\\b \\1 \\"],
  ])("makes %j plain text", (text, shown) => {
    expect(html(text)).toBe(`<p>${shown}</p>`);
  });

  test.each([
    ["*a\\*b*", "<em>a*b</em>"],
    ["**a\\** b**", "<strong>a** b</strong>"],
    ["*a\\\\*", "<em>a\\</em>"],
    ["[a\\[0\\]](/b)", `<a href="${location.origin}/b">a[0]</a>`],
    ["`a\\*b`", "<code>a\\*b</code>"],
  ])("ends nothing in %j", (text, markup) => {
    expect(html(text)).toBe(`<p>${markup}</p>`);
  });

  test("keeps a pipe in its cell, also in code", () => {
    const box = document.createElement("div");
    box.innerHTML = html("| a | b |\n|---|---|\n| `x \\| y` | \\[c\\] \\*d* \\| |\n| e | f\\|");
    const cells = [...box.querySelectorAll("td")].map((cell) => cell.textContent);
    expect(cells).toEqual(["x | y", "[c] *d* |", "e", "f|"]);
    expect(box.querySelector("code")).not.toBeNull();
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
    ["[`a[0]`](/b)", "<code>a[0]</code>"],
    ["[Set `a` and \\[b\\]](/b)", "Set <code>a</code> and [b]"],
    ["[`` a`] ``](/b)", "<code>a`]</code>"],
  ])("%j keeps the code of its words", (text, words) => {
    expect(html(text)).toBe(`<p><a href="${location.origin}/b">${words}</a></p>`);
  });

  test("stays one in bold words, an item and a cell", () => {
    const box = document.createElement("div");
    const text =
      "**[a](/b):**\n\n- **[a](/b)**\n\n| **[a](/b)** | x |\n| --- | --- |\n| y | [`a\\|b`](/b) |";
    box.append(...blocks(text).map((block) => render(block, TABLES)));
    const links = [...box.querySelectorAll("a")].map((anchor) => anchor.textContent);
    expect(links).toEqual(["a", "a", "a", "a|b"]);
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
    box.append(...blocks(`[a](${address})`).map((block) => render(block)));
    for (const { protocol } of box.querySelectorAll("a")) expect(protocol).toMatch(/^https?:$/);
  });
});

/** Renders a text as an answer, and returns its markup. */
function answer(text: string): string {
  const box = document.createElement("div");
  box.append(...blocks(text).map((block) => render(block, TURN)));
  return box.innerHTML
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replace(/&nbsp;|\u00a0/g, "~");
}

describe("an answer", () => {
  test.each([
    ["So it is. [1]", "<p>So it is.~<1></p>"],
    ["So it is. [1] [2]\n\n[1]", "<p>So it is.~<1>~<2></p><p><1></p>"],
    ["这样做。[2]那样", "<p>这样做。<2>那样</p>"],
    ["- one [2]", "<ul><li>one~<2></li></ul>"],
    ["**It is so** [1]", "<p><mark>It is so</mark>~<1></p>"],
  ])("has the sources of %j in its text", (text, markup) => {
    expect(answer(text)).toBe(markup);
  });

  test.each(["What [3] says", "a[1]", "\\[1\\]", "`[1]`", "[100]", "[ 1]", "[1](x:y)"])(
    "takes %j for no source",
    (text) => {
      expect(answer(text)).not.toMatch(/<[12]>/);
    },
  );

  test("knows the row that decides by its first cell", () => {
    const rows = (text: string) => answer(text).match(/<tr[^>]*>/g);
    const table = "| a | b |\n|---|---|\n| x | **y** |\n| **z** | w |\n| **q** r | s |";
    expect(rows(table)).toEqual(["<tr>", "<tr>", '<tr class="hit">', "<tr>"]);
  });

  test.each([
    ["It is. It was (not found on the site's pages)", "It was"],
    ["It is. It was. (not found on the site's pages) It will.", "It was."],
    ["Es ist. Es war [1] so. (auf den Seiten nicht gefunden)", "Es war~<1> so."],
    ["Es ist. [1] Es war so. (auf den Seiten nicht gefunden)", "Es war so."],
    ["它是。它曾是。（在本站页面中未找到）", "它曾是。"],
    ["Set `a. b` so (not found on the site's pages)", "Set <code>a. b</code> so"],
    ["**Set. It** so (not found on the site's pages)", "<mark>Set. It</mark> so"],
    ["| a |\n|---|\n| It was (not found on the site's pages) |", "It was"],
  ])("tags the sentence of %j that the pages do not support", (text, sentence) => {
    const tagged = /<span class="unfound">(.*?)<\/span> <span class="tag">not found<\/span>/.exec(
      answer(text),
    );
    expect(tagged?.[1]).toBe(sentence);
    expect(answer(text)).not.toMatch(/[(（]/);
  });

  test.each([
    ["```js\na\n```", "js|a|true"],
    ["``` Python title=x\na", "Python|a|false"],
    ["- x\n\n  ```\n  a\n  ```", "|a|true"],
  ])("names the language of the code of %j, and whether it is complete", (text, code) => {
    expect(answer(text)).toContain(`<pre>${code}</pre>`);
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
    box.append(...blocks(text).map((block) => render(block)));
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
    ["items in one line", "- ".repeat(20000)],
    ["blank lines after an item", "- a" + "\n ".repeat(20000) + "\nb"],
    ["fences of growing length", Array.from({ length: 300 }, (_, n) => "`".repeat(n)).join("\n")],
    ["backslashes", "\\".repeat(20001)],
    ["escapes in unclosed emphasis", "*\\".repeat(5000)],
    ["code in unclosed emphasis", "**a`".repeat(3000)],
    ["escapes in unclosed labels", "[\\".repeat(10000)],
    ["code in unclosed labels", "[`a` ".repeat(3000)],
    ["unclosed code in labels", "[`a".repeat(3000)],
    ["doubly marked code in labels", "[``a` ".repeat(3000)],
    ["words behind a fence", "```" + "x".repeat(20000) + "`"],
    ["spaces behind a fence", "```" + " ".repeat(20000) + "`"],
    ["pipes", "|".repeat(5000) + "\n-"],
    ["numbers in brackets", " [1]".repeat(10000)],
    ["sentences without support", "A. (not found on the site's pages) ".repeat(2000)],
    ["stops and brackets", ".)".repeat(10000) + " a (not found on the site's pages)"],
    ["stops and spaces", ". ".repeat(10000) + "(not found on the site's pages)"],
    ["open bold before a tag", "**a. ".repeat(3000) + "b (not found on the site's pages)"],
    ["marks after a heading", "# " + "# ".repeat(10000) + "a"],
    ["nested lists", Array.from({ length: 300 }, (_, n) => `${" ".repeat(n)}- a`).join("\n")],
  ])("%s is read in no time", (_, text) => {
    // The time of the process, which others on the machine take nothing of.
    const before = process.cpuUsage();
    blocks(text).forEach((block) => render(block, TURN));
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(3_000_000);
  });
});
