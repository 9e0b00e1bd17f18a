// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { core as german, views as germanViews } from "./languages/de.ts";
import { core as english } from "./languages/en.ts";
import { allWords, coreWords } from "./vocabulary.ts";

afterEach(() => {
  document.body.replaceChildren();
  document.documentElement.lang = "";
  vi.restoreAllMocks();
});

/** An element with these attributes in a page of this language. */
function element(attributes: Record<string, string> = {}, page = ""): HTMLElement {
  const made = document.body.appendChild(document.createElement("div"));
  document.documentElement.lang = page;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

test.each([
  ["en", {}, ""],
  ["en", {}, "nl"],
  ["en", {}, "constructor"],
  ["en", { lang: "" }, "de"],
  ["de", {}, "de"],
  ["de", {}, "DE-at"],
  ["de", {}, "de_DE"],
  ["de", { lang: "de" }, "fr"],
  ["zh", {}, "zh-Hant-TW"],
])("words are %s for an element with %o in a page in “%s”", async (language, attributes, page) => {
  const words = await coreWords(element(attributes as Record<string, string>, page));
  expect(words.locale.split("-")[0]).toBe(language);
});

test("the language is that of the part of the page that the element stands in", async () => {
  const part = element({ lang: "ja" }, "en");
  const inner = part.appendChild(document.createElement("div"));
  expect((await coreWords(inner)).locale).toBe("ja");
});

test("English is there without waiting", () => {
  expect(coreWords(element())).toEqual(english);
});

test("numbers and dates are as in the country that is declared", async () => {
  expect((await coreWords(element({}, "pt-pt"))).locale).toBe("pt-PT");
  expect((await coreWords(element({}, "en-GB"))).locale).toBe("en-GB");
  expect((await coreWords(element({}, "en-"))).locale).toBe("en");
});

test("the owner replaces single words, in all languages or in one", async () => {
  const words = JSON.stringify({
    ask: "?",
    rename: "R",
    de: { ask: "Frag!" },
    fr: { send: "Hop" },
  });
  expect(await coreWords(element({ words }))).toMatchObject({ ...english, ask: "?" });
  const said = await allWords(element({ words }, "de"));
  expect(said).toMatchObject({ ...german, ...germanViews, ask: "Frag!", rename: "R" });
});

test.each(["{", "null", '"text"', "[1]", "5"])(
  "words that are %s change nothing, and are reported",
  async (words) => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect(await coreWords(element({ words }))).toEqual(english);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce(), 30_000);
  },
);

test("names that no word has and words that are none are reported and change nothing", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const plurals = { more: { one: "1" }, minutes: { other: 5 } };
  const wrong = { asks: "?", ask: 5, back: null, ...plurals, locale: "!", dir: "up" };
  const words = JSON.stringify({
    ...wrong,
    reading: "…",
    rename: "R",
    de: { sends: "?", send: "Los" },
  });
  const said = await coreWords(element({ words }, "de"));
  expect(said).toEqual({ ...said, ...german, reading: "…", send: "Los" });
  await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce(), 30_000);
  expect(warn.mock.lastCall![0]).toMatch(/: asks, ask, back, more, minutes, sends\.$/);
});
