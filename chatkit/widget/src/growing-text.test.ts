// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { GrowingText } from "./growing-text.ts";
import { blocks, render } from "./markdown.ts";

/** Texts whose blocks become others while they grow. */
const TEXTS = [
  "One.\n\nTwo.\n\nThree.\n\nFour.",
  "- a\n- b\n\n  goes on\n\n- c\n\nText\n- d",
  "```js\na\n\n\nb\n```\nText\n\n```\nopen",
  "# Title\nText\n#\n## Other\n\n1. one\n2. two\n2024 was a year",
  "One.\r\n\r\nTwo.\r\rThree.\r\n- a\r\n- b\r\n\r\n```\r\ncode\r\n```",
  "Text\n```\ncode\n```x\nmore\n```\n\nEnd\n\n\n",
  "same\n\nsame\n\nsame\n\nsame\n\nsame",
];

const html = (elements: Iterable<Element>) => [...elements].map((one) => one.outerHTML).join("");

/** What a text is when it is rendered in one piece. */
function whole(text: string): string {
  return html(blocks(text).map((block) => Object.assign(render(block), { dir: "auto" })));
}

test.each(TEXTS)("%j is the same whether it comes in letters or in one piece", (text) => {
  for (const step of [1, 2, 7]) {
    const growing = new GrowingText();
    for (let end = step; end < text.length; end += step) {
      growing.grow(text.slice(0, end), {});
      // The second half of a line's end may be still to come.
      if (text[end - 1] !== "\r")
        expect(html(growing.element.children)).toBe(whole(text.slice(0, end)));
    }
    growing.grow(text, {});
    expect(html(growing.element.children)).toBe(whole(text));
  }
});

test("what is settled is not rendered again, however long the text is", () => {
  const growing = new GrowingText();
  let rendered = 0;
  let text = "";
  const prose = (words: string) => {
    rendered += words.length;
    return [words];
  };
  for (let paragraph = 0; paragraph < 200; paragraph++) {
    text += "A paragraph of some words.\n\n";
    growing.grow(text, { prose });
  }
  expect(growing.element.children).toHaveLength(200);
  expect(rendered).toBeLessThan(2 * text.length);
});

test("the same blocks stay when a text is shown in place of another", () => {
  const growing = new GrowingText();
  growing.grow("One.\n\nTwo.\n\nThree.", {});
  const [first, second] = growing.element.children;
  growing.show(blocks("One.\n\nOther."), {});
  expect(growing.element.children[0]).toBe(first);
  expect(growing.element.children[1]).not.toBe(second);
  expect(growing.element.textContent).toBe("One.Other.");
  growing.show(blocks("One."), {}, true);
  expect(growing.element.children[0]).not.toBe(first);
});
