/** What an element says: the words of its language, and sentences made of them. */
import type { core, views } from "./languages/en.ts";

/** A word that counts something, by the categories of `Intl.PluralRules`; every language has `other`. */
export type Plural = { [category in Intl.LDMLPluralRule]?: string } & { other: string };
export type Word = string | Plural;
type Dictionary<D> = { [K in keyof D]: D[K] extends string ? string : Plural };

/** What the server refuses, by the code of its error. English ones come from the server and say more. */
export type ServerError =
  | "account_disabled"
  | "banned"
  | "consent_required"
  | "internal_error"
  | "invalid_email"
  | "invalid_request"
  | "invalid_token"
  | "message_too_long"
  | "not_found"
  | "origin_not_allowed"
  | "overloaded"
  | "payload_too_large"
  | "rate_limited"
  | "read_only"
  | "selected_text_too_long"
  | "service_unavailable"
  | "session_expired"
  | "signin_off"
  | "storage_full"
  | "unauthorized";

/** What a language other than English must have. */
export type Core = Dictionary<typeof core>;
export type Views = Dictionary<typeof views>;
export type Errors = Record<`error_${ServerError}`, string>;

/** The words of the first load. */
export type Words = Core & Partial<Errors>;
/** Those of the parts that are loaded on demand, too. */
export type AllWords = Words & Views;

/** The text of a word with its placeholders still in it; of a plural, the form for a count. */
function form(word: Word, count: unknown, locale?: string): string {
  if (typeof word === "string") return word;
  return word[new Intl.PluralRules(locale).select(Number(count))] ?? word.other;
}

/** The pieces of a sentence with what stands at its placeholders, which may be elements. */
export function pieces<T>(word: Word, values: Record<string, T>, locale?: string): (T | string)[] {
  const parts = form(word, values["count"], locale).split(/\{(\w+)\}/);
  return parts.map((part, index) => (index % 2 ? (values[part] ?? "") : part));
}

/** Says a word with its placeholders filled, numbers as the language writes them. */
export function say(
  word: Word,
  values: Record<string, string | number> = {},
  locale?: string,
): string {
  return pieces(word, values, locale)
    .map((piece) => (typeof piece === "number" ? piece.toLocaleString(locale) : piece))
    .join("");
}

/** Says how long something takes, never less than it does: in seconds, in minutes from 2 on, in hours from 2 on. */
export function duration(seconds: number, words: AllWords): string {
  const [unit, length] =
    seconds < 120
      ? (["seconds", 1] as const)
      : seconds < 7200
        ? (["minutes", 60] as const)
        : (["hours", 3600] as const);
  return say(words[unit], { count: Math.ceil(seconds / length) }, words.locale);
}

/** Names a request for whoever is asked about it; so much of its id tells it from others. */
export function sayRequest(words: AllWords, requestId: string): string {
  return say(words.request, { id: requestId.slice(0, 8) });
}

/** Says what went wrong: by its code, else as the server says it. */
export function sayError(words: AllWords, code: string, message?: string): string {
  const known: Record<string, Word | undefined> = words;
  const sentence = known[`error_${code}`];
  return sentence ? say(sentence) : message || words.error_unexpected;
}
