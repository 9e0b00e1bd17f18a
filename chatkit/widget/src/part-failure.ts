/** What stands in the place of a part that did not load. */
import { button, h } from "./dom.ts";
import type { Words } from "./words.ts";

/** Says that a part did not load, with a button that tries again. */
export function partFailure(className: string, words: Words, again: () => unknown): HTMLElement {
  const retry = button(words.retry, { className: "secondary" }, () => {
    failure.remove();
    again();
  });
  const failure = h("p", { className, role: "alert" }, `${words.partFailed} `, retry);
  return failure;
}
