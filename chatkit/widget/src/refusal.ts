/** Says why the widget cannot start, to its owner in the console and to whoever sees the page. A part of its own. */
import type { Refusal } from "./api-base.ts";
import type { ChatKitError } from "./errors.ts";
import { h } from "./dom.ts";
import { core, views } from "./languages/en.ts";
import { allWords } from "./vocabulary.ts";

/** Shows in an element why it cannot start. */
export async function refuse(element: HTMLElement, { code }: ChatKitError): Promise<void> {
  const word = code as Refusal;
  const english = { ...core, ...views };
  console.error(`ChatKit: ${english[word]}`);
  const words = await allWords(element).catch(() => english);
  const refusal = h("p", { className: "refusal", role: "alert" }, words[word]);
  const root = h("div", { className: "root", dir: words.dir, lang: words.locale }, refusal);
  element.shadowRoot!.replaceChildren(root);
}
