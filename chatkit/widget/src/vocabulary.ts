/** Which words an element says: those of its language, loaded on demand, and the owner's own in their place. */
import { core } from "./languages/en.ts";
import type { AllWords, Core, Errors, Views, Words } from "./words.ts";

/** What a language's script holds. */
interface Language {
  core: Core;
  views: Views;
  /** English has none: what the server refuses it says in English itself. */
  errors?: Errors;
}

const ENGLISH = "en";

/** The languages there are. */
const LANGUAGES = /^(ar|de|en|es|fr|ja|ko|pt|zh)$/;

/** Loads the words of one; each is a script of its own. */
const load = (language: string): Promise<Language> => import(`./languages/${language}.ts`);

/** The language that an element is declared to be in: by itself, by what it stands in, or by the page. */
function declared(element: Element): string {
  const stated = element.closest("[lang]") ?? document.documentElement;
  return stated.getAttribute("lang") ?? "";
}

/** The language whose words fit a tag such as `pt-BR`: its own where there are such, else English. */
function spoken(tag: string): string {
  const primary = tag.split(/[-_]/)[0]!.toLowerCase();
  return LANGUAGES.test(primary) ? primary : ENGLISH;
}

/** What the words of an element depend on. */
export function wordsKey(element: Element): string {
  return `${declared(element)} ${element.getAttribute("words")}`;
}

/** Puts an element's locale and its owner's words over those of a language; `failed` hears that these did not come. */
async function adapted<W extends Words>(
  words: W,
  element: Element,
  failed?: () => void,
): Promise<W> {
  const tag = declared(element);
  const json = element.getAttribute("words");
  // Without that part an owner's page still has words.
  const own =
    json &&
    (await import("./owner-words.ts").then(
      ({ ownerWords }) => ownerWords(json, spoken(tag), words),
      () => failed?.(),
    ));
  return { ...words, ...own, locale: locale(tag, words.locale), dir: words.dir };
}

/** The locale of a tag: numbers and dates as in the country that is declared, if these are its words. */
function locale(tag: string, language: string): string {
  try {
    const [stated = ""] = Intl.getCanonicalLocales(tag);
    if (stated.split("-")[0] === language) return stated;
  } catch {
    // What is no language says nothing of a country.
  }
  return language;
}

/**
 * The words of the first load. English ones are there at once; others are waited for, and English without them. `failed`
 * hears that some did not come.
 */
export function coreWords(element: Element, failed?: () => void): Words | Promise<Words> {
  const tag = declared(element);
  const language = spoken(tag);
  if (language === ENGLISH) {
    if (element.hasAttribute("words")) return adapted(core, element, failed);
    return { ...core, locale: locale(tag, ENGLISH) };
  }
  return load(language).then(
    ({ core, errors }) => adapted({ ...core, ...errors }, element, failed),
    () => {
      failed?.();
      return adapted(core, element);
    },
  );
}

/** All words, for a part that is loaded on demand; fails as the part does when they cannot be loaded. */
export async function allWords(element: Element, tag = declared(element)): Promise<AllWords> {
  const { core, views, errors } = await load(spoken(tag));
  return adapted({ ...core, ...views, ...errors }, element);
}
