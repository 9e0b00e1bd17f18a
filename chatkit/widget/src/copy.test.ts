// @vitest-environment happy-dom
import { expect, test } from "vitest";
import type { Source } from "./client.ts";
import { answerAsMarkdown } from "./copy.ts";

const source = (id: string, more: Partial<Source> = {}): Source => ({
  id,
  title: `Guide › ${id}`,
  url: `/guide#${id}:~:text=quoted%20words`,
  excerpt: "",
  score: 1,
  ...more,
});

test("a copied answer names the sources that it rests on under its own numbers", () => {
  const sources = [source("a"), source("b"), source("c", { path: ["Our [guide]", "C"] })];
  const { origin } = location;
  expect(answerAsMarkdown("Do it. [1]\n\nOr so. [3]\n", sources, ["a", "c"])).toBe(
    `Do it. [1]\n\nOr so. [3]\n\n- \\[1\\] [Guide › a](${origin}/guide#a)\n` +
      `- \\[3\\] [Our \\[guide\\] › C](${origin}/guide#c)\n`,
  );
});

test.each([
  ["https://example.com/a_(b)#c", "https://example.com/a_%28b%29#c"],
  ["#d", `${location.href}#d`],
])("the address %j of a copied source ends where its link does", (url, address) => {
  expect(answerAsMarkdown("x", [source("a", { url })], ["a"])).toContain(`](${address})\n`);
});

test("an answer without sources is copied as it stands", () => {
  expect(answerAsMarkdown(" Hello. ", [source("a")], [])).toBe("Hello.\n");
});
