/** Joins the panel and the page around it: what is selected there, and where links of the panel lead. */
import type { Layout } from "./layout.ts";
import { concealAtStart, followLinks, type Navigator } from "./navigation.ts";
import { coversPage } from "./placement.ts";
import { selectedOnPage } from "./selection.ts";

/** What is joined with the page. */
export interface Joined {
  readonly host: Navigator & { close(): void };
  readonly layout: Pick<Layout, "open" | "name">;
  readonly transcript: { readonly element: HTMLElement; readonly last: object | undefined };
  readonly composer: { select(text: string): void };
}

/** Begins to look what is selected, and to follow links, until `signal` aborts. */
export function joinPage(panel: Joined, signal: AbortSignal): void {
  const { host, layout, transcript } = panel;
  const { element: log, last } = transcript;
  // Where the panel hides the page, it gives way to the passage that a link leads to.
  followLinks(host, log, () => coversPage(layout) && host.close(), signal);
  if (layout.open && last) concealAtStart(log);
  document.addEventListener("selectionchange", () => offerSelection(panel), { signal });
  // What was selected before this script had come.
  offerSelection(panel);
}

/** Offers what is selected on the page, while the reader sees the panel, as what a question is about. */
export function offerSelection({ host, layout, composer }: Joined): void {
  if (!layout.open) return;
  const text = selectedOnPage(host.shadowRoot!);
  // What was dropped on the way to the composer is no news.
  if (text) composer.select(text);
}
