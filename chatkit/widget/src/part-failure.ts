/** What stands in the place of a part that did not load. */
import { button, h } from "./dom.ts";
import type { Words } from "./words.ts";

/**
 * Says that a part did not load, with a button that tries again; so does the network that is back. `again` is told whether
 * the reader waits for it there.
 */
export function partFailure(
  className: string,
  words: Words,
  again: (awaited: unknown) => unknown,
): HTMLElement {
  const retry = (pressed?: unknown) => {
    const awaited = pressed || failure.matches(":focus-within");
    failure.remove();
    again(awaited);
  };
  const failure = h(
    "p",
    { className, role: "alert" },
    `${navigator.onLine ? words.partFailed : words.error_offline} `,
    button(words.retry, { className: "secondary" }, retry),
  );
  addEventListener("online", () => failure.isConnected && retry(), { once: true });
  return failure;
}
