// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { fromFirst, marked } from "./marked.ts";

/** The text with its marks in brackets. */
function drawn(text: string, ranges: readonly number[][]): string {
  const paragraph = document.createElement("p");
  paragraph.append(...marked(text, ranges));
  paragraph.querySelectorAll("mark").forEach((mark) => mark.replaceWith(`[${mark.textContent}]`));
  return paragraph.textContent;
}

test("marks count characters and not their halves", () => {
  expect(drawn("🦓🦓 zebra", [[3, 8]])).toBe("🦓🦓 [zebra]");
});

test("a word that stands near the beginning leaves the text as it is", () => {
  expect(fromFirst("The zebra sings", [[4, 9]])).toEqual(["The zebra sings", [[4, 9]]]);
  expect(fromFirst("Nothing was asked for", [])).toEqual(["Nothing was asked for", []]);
});

test("a text begins shortly before a word that stands far behind, at a word", () => {
  const text =
    "🦓 Embedding and Theming: the widget on your own site, in your own colours, or colours of others.";
  const at = text.indexOf("colours,") - 1;
  const found = fromFirst(text, [
    [at, at + 7],
    [at + 12, at + 19],
  ]);
  expect(drawn(...found)).toBe("…site, in your own [colours], or [colours] of others.");
});

test("what is written without spaces is cut before the word all the same", () => {
  const [text, ranges] = fromFirst(`${"数".repeat(40)}安装指南`, [[40, 42]]);
  expect(drawn(text, ranges)).toBe(`…${"数".repeat(20)}[安装]指南`);
});
