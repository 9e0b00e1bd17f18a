/** Who wrote an answer, the pages or a language model, and which section it is from; in words for its reader. */
import type { Source } from "./client.ts";
import type { LocalMessage } from "./messages.ts";
import { named } from "./sources.ts";
import { type AllWords, say } from "./words.ts";

/** How the model is called that is none: the pages' own words. */
const QUOTED = "extractive";

/** Whether a model wrote it; of a saved answer that is not known, but the pages' own words rest on one section. */
export function isWritten({ metadata, citations = [], outcome }: LocalMessage): boolean {
  const several = !metadata && !!citations[1];
  return outcome === "answered" && (several || (metadata?.model ?? QUOTED) !== QUOTED);
}

/** The section that an answer is from, where it is one: as a rule it is, unless a model wrote any of it. */
export function ownSource(message: LocalMessage): Source | undefined {
  const { sources = [], citations = [] } = message;
  const single = !isWritten(message) && !begun(message) && !citations[1];
  return single ? sources.find(({ id }) => id === citations[0]) : undefined;
}

/** Says who wrote an answer, where that is not the pages as always. */
export function sayAuthor(message: LocalMessage, words: AllWords): string | undefined {
  const { metadata, outcome } = message;
  if (metadata?.curated) return words.curated;
  if (isWritten(message)) return sayWritten(message, words);
  if (!metadata?.fallback) return undefined;
  return words[begun(message) ?? (outcome === "not_covered" ? "noModel" : "fallback")];
}

/** Says where a complete answer is from, or who wrote it; nothing where its own beginning says more. */
export function sayOrigin(message: LocalMessage, words: AllWords): string | undefined {
  const own = ownSource(message);
  if (own) {
    const count = message.sources!.length - 1;
    const from = say(words.answerFrom, { path: named(own).join(" › ") });
    return count ? `${from} ${say(words.moreSections, { count }, words.locale)}` : from;
  }
  if (isWritten(message)) return sayWritten(message, words);
  const word = begun(message);
  return word && words[word];
}

/** The word for an answer that a model began and the pages ended. */
function begun({ metadata }: LocalMessage): "brokeOff" | "ungrounded" | undefined {
  const reason = metadata?.fallback_reason;
  if (reason === "broke_off") return "brokeOff";
  return reason === "unsupported" ? "ungrounded" : undefined;
}

function sayWritten({ citations }: LocalMessage, words: AllWords): string {
  return say(words.modelWrote, { count: new Set(citations).size }, words.locale);
}
