/** Which words an element says: those of its language, loaded on demand, and the owner's own in their place. */
import { core } from "./languages/en.ts";
import type { AllWords, Core, Errors, Views, Word, Words } from "./words.ts";

/** What a language's script holds. */
interface Language {
  core: Core;
  views: Views;
  /** English has none: what the server refuses it says in English itself. */
  errors?: Errors;
}

const ENGLISH = "en";

/** The languages there are; each is a script of its own. */
const LANGUAGES: Record<string, () => Promise<Language>> = {
  ar: () => import("./languages/ar.ts"),
  de: () => import("./languages/de.ts"),
  en: () => import("./languages/en.ts"),
  es: () => import("./languages/es.ts"),
  fr: () => import("./languages/fr.ts"),
  ja: () => import("./languages/ja.ts"),
  ko: () => import("./languages/ko.ts"),
  pt: () => import("./languages/pt.ts"),
  zh: () => import("./languages/zh.ts"),
};

/** The language that an element is declared to be in: by itself, by what it stands in, or by the page. */
function declared(element: Element): string {
  const stated = element.closest("[lang]") ?? document.documentElement;
  return stated.getAttribute("lang") ?? "";
}

/** The language whose words fit a tag such as `pt-BR`: its own where there are such, else English. */
function spoken(tag: string): string {
  const primary = tag.split(/[-_]/)[0]!.toLowerCase();
  return Object.hasOwn(LANGUAGES, primary) ? primary : ENGLISH;
}

/** What the words of an element depend on. */
export function wordsKey(element: Element): string {
  return `${declared(element)} ${element.getAttribute("words")}`;
}

/**
 * The words that the owner replaces, as the attribute `words` holds them: JSON of names and words. Those
 * under a language, such as `"de": {…}`, are for that language alone and come before the others.
 */
function replaced(element: Element, language: string, words: object): Record<string, Word> {
  try {
    const stated = JSON.parse(element.getAttribute("words") ?? "{}");
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

/** Puts an element's locale and its owner's words over those of a language. */
function adapted<W extends Words>(words: W, element: Element): W {
  const tag = declared(element);
  let { locale } = words;
  try {
    // Numbers and dates as in the country that is declared, if these are its words.
    const [stated = ""] = Intl.getCanonicalLocales(tag);
    if (stated.split("-")[0] === locale) locale = stated;
  } catch {
    // What is no language says nothing of a country.
  }
  return { ...words, ...replaced(element, spoken(tag), words), locale, dir: words.dir };
}

/** The words of the first load. English ones are there at once; others are waited for, and English without them. */
export function coreWords(element: Element): Words | Promise<Words> {
  const language = spoken(declared(element));
  const own = element.getAttribute("words");
  if (own)
    import("./check-words.ts").then(
      ({ checkWords }) => checkWords(own),
      () => {},
    );
  if (language === ENGLISH) return adapted(core, element);
  return LANGUAGES[language]!().then(
    ({ core, errors }) => adapted({ ...core, ...errors }, element),
    () => adapted(core, element),
  );
}

/** All words, for a part that is loaded on demand; fails as the part does when they cannot be loaded. */
export async function allWords(element: Element): Promise<AllWords> {
  const { core, views, errors } = await LANGUAGES[spoken(declared(element))]!();
  return adapted({ ...core, ...views, ...errors }, element);
}
