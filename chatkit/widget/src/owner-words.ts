/** The words that an owner puts in place of the widget's own: a part of its own, for most pages have none. */
import type { Word } from "./words.ts";

/** What was checked already: several widgets, and all their parts, ask. */
const checked = new Set<string>();

/**
 * Returns those of `words` that the attribute `words` replaces: JSON of names and words. Those under a language, such as
 * `"de": {…}`, are for that language alone and come before the others. What is amiss is reported in the console.
 */
export function ownerWords(json: string, language: string, words: object): Record<string, Word> {
  if (!checked.has(json)) {
    checked.add(json);
    import("./check-words.ts").then(
      ({ checkWords }) => checkWords(json),
      () => {},
    );
  }
  try {
    const stated = JSON.parse(json);
    const own = Object.entries<Word | null>({ ...stated, ...stated?.[language] });
    return Object.fromEntries(
      own.filter((entry): entry is [string, Word] => {
        const [name, word] = entry;
        return Object.hasOwn(words, name) && isWord(word);
      }),
    );
  } catch {
    // `checkWords` reports it.
    return {};
  }
}

/** A word, or the forms of a plural. */
function isWord(word: Word | null): boolean {
  const isText = (text: unknown) => typeof text === "string";
  return isText(word) || (!!word && "other" in Object(word) && Object.values(word).every(isText));
}
