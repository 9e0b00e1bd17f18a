import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Word } from "./words.ts";
import * as ar from "./languages/ar.ts";
import * as de from "./languages/de.ts";
import * as en from "./languages/en.ts";
import * as es from "./languages/es.ts";
import * as fr from "./languages/fr.ts";
import * as ja from "./languages/ja.ts";
import * as ko from "./languages/ko.ts";
import * as pt from "./languages/pt.ts";
import * as zh from "./languages/zh.ts";

const ENGLISH: Record<string, Word> = { ...en.core, ...en.views };
const OTHERS = { ar, de, es, fr, ja, ko, pt, zh };

/** The forms of a word: of a plural all, of another word the one there is. */
function forms(word: Word): string[] {
  return typeof word === "string" ? [word] : Object.values(word);
}

function placeholders(sentence: string): string[] {
  return [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();
}

test("every word is said somewhere", () => {
  const folder = import.meta.dirname;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = files
    .filter((file) => file.endsWith(".ts") && !/^languages|^types|\.test\./.test(file))
    .map((file) => readFileSync(`${folder}/${file}`, "utf8"))
    .join("");
  // Some are named by a value of the API, see `sayError`, the reasons of feedback and those of pages.
  const names = Object.keys(ENGLISH).filter(
    (name) => !/^(because|error|leaveOut|level|reason)_/.test(name),
  );
  const said = (name: string) => new RegExp(`words\\.${name}\\b|"${name}"`).test(sources);
  expect(names.filter((name) => !said(name))).toEqual([]);
});

describe.each(Object.entries(OTHERS))("%s", (language, { core, views, errors }) => {
  const words: Record<string, Word> = { ...core, ...views };
  const { locale, dir, ...said } = words;

  test("has the words of English, each of the same kind", () => {
    const kinds = (of: Record<string, Word>) =>
      Object.entries(of).map(([name, word]) => `${name} ${typeof word}`);
    expect(kinds(words).sort()).toEqual(kinds(ENGLISH).sort());
    expect([locale, dir]).toEqual([language, language === "ar" ? "rtl" : "ltr"]);
  });

  test("fills the placeholders of English, of plurals in the form for all counts", () => {
    for (const [name, word] of Object.entries(words)) {
      const expected = placeholders(forms(ENGLISH[name]!).at(-1)!);
      expect(placeholders(forms(word).at(-1)!), name).toEqual(expected);
      // A form that means one number may say it in words.
      for (const form of forms(word)) {
        expect(expected, name).toEqual(expect.arrayContaining(placeholders(form)));
      }
    }
  });

  test("has each plural in the forms that it counts by", () => {
    const rules = new Intl.PluralRules(language);
    const needed = [...new Set([...Array(201).keys()].map((count) => rules.select(count)))];
    for (const [name, word] of Object.entries(words)) {
      if (typeof word !== "string")
        expect(Object.keys(word), name).toEqual(expect.arrayContaining(needed));
    }
  });

  test("says nothing in English, and everything in its own letters", () => {
    const own = {
      ar: /\p{Script=Arabic}/u,
      ja: /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u,
    };
    const letters = { ...own, ko: /\p{Script=Hangul}/u, zh: /\p{Script=Han}/u }[language];
    for (const [name, word] of Object.entries({ ...said, ...errors })) {
      for (const form of forms(word)) {
        expect(form.trim(), name).not.toBe("");
        if (letters) expect(form, name).toMatch(letters);
        // Single words are alike in many languages.
        else if (/\S \S/.test(form.replaceAll(/\{\w+\}/g, "")))
          expect(forms(ENGLISH[name] ?? ""), name).not.toContain(form);
      }
    }
  });
});
