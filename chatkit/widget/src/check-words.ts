/** Tells the site's owner what is amiss in the attribute `words`: a part of its own, for most pages have none. */
import { core, views } from "./languages/en.ts";

const NAMES: object = { ...core, ...views };

/** Reports in the console JSON that is none, names that no word has, and words that are none. */
export function checkWords(json: string): void {
  try {
    const stated = JSON.parse(json);
    if (!json.trim().startsWith("{")) throw new TypeError("It holds something else.");
    const words = Object.entries<unknown>(stated).flatMap(([name, word]): [string, unknown][] =>
      // Two letters are a language with words of its own.
      /^[a-z]{2}$/.test(name) ? Object.entries(word ?? {}) : [[name, word]],
    );
    const amiss = words.filter(([name, word]) => !Object.hasOwn(NAMES, name) || !isWord(word));
    if (!amiss[0]) return;
    const names = amiss.map(([name]) => name).join(", ");
    console.warn(`ChatKit: words replaces nothing by what it says of: ${names}.`);
  } catch (error) {
    console.warn(`ChatKit: words="${json}" is no JSON object. ${(error as Error).message}`);
  }
}

/** Whether something is a sentence, or the forms of a plural. */
function isWord(word: unknown): boolean {
  const forms = typeof word === "object" ? { other: undefined, ...word } : { other: word };
  return Object.values(forms).every((form) => typeof form === "string");
}
