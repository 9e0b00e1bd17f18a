/** Which pages a question is about, and which of the sources are others than the page's own. */
import type { Question, Source } from "./client.ts";
import { say, type AllWords } from "./words.ts";

/** Returns what the element's attributes say of the pages to ask, as far as the API takes it. */
export function pageScope(
  host: HTMLElement,
): Pick<Question["context"], "site" | "version" | "language"> {
  const stated = (name: string, length: number) =>
    host.getAttribute(name)?.trim().slice(0, length) || null;
  let language = null;
  try {
    language = Intl.getCanonicalLocales(host.lang)[0] ?? null;
  } catch {
    // What is no language is not stated.
  }
  return { site: stated("site", 255), version: stated("version", 100), language };
}

/** Names the version and the language of a source, where they are not those of the page. */
export function elsewhere(
  host: HTMLElement,
  { version, language }: Source,
  words: AllWords,
): string {
  const primary = (tag: string) => tag.split("-")[0]!.toLowerCase();
  const spoken = host.lang || document.documentElement.lang;
  const own = [host.getAttribute("version"), ...location.pathname.split("/")];
  return [
    version && !own.includes(version) && say(words.version, { version }),
    language && spoken && primary(language) !== primary(spoken) && language,
  ]
    .filter(Boolean)
    .join(", ");
}
