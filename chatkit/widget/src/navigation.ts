/** The way from the widget to a page: links of sources. */

/** What following links needs of the element. */
export interface Navigator extends HTMLElement {
  /** Announces `chatkit:<name>` to the page; false when the page has taken it over. */
  emit(name: string, detail?: object, cancelable?: boolean): boolean;
}

/** The words of a passage, in an address. */
const QUOTE = ":~:text=";
/** By then a browser has looked for the words of the address that a page was opened with. */
const FOUND_MS = 600;
/** And for those of a link within the page. */
const FOUND_HERE_MS = 150;

/**
 * Hides a conversation from the browser while it looks for the words of a passage: they stand there too, and a browser
 * takes the first that it finds.
 */
function conceal(conversation: HTMLElement, milliseconds: number): void {
  const root = conversation.getRootNode() as ShadowRoot;
  const focused = root.activeElement as HTMLElement | null;
  conversation.style.visibility = "hidden";
  setTimeout(() => {
    conversation.style.visibility = "";
    // What is hidden loses the focus.
    if (conversation.contains(focused) && !root.activeElement)
      focused!.focus({ preventScroll: true });
  }, milliseconds);
}

/** Hides a conversation that is shown again while the browser looks for what this page was opened with. */
export function concealAtStart(conversation: HTMLElement): void {
  const [opened] = performance.getEntriesByType("navigation");
  if (!opened?.name.includes(QUOTE)) return;
  const { loadEventEnd } = opened as PerformanceNavigationTiming;
  const left = loadEventEnd + FOUND_MS - performance.now();
  // It has looked already when a router shows another page.
  if (loadEventEnd) return left > 0 ? conceal(conversation, left) : undefined;
  const wait = () => conceal(conversation, FOUND_MS);
  conversation.style.visibility = "hidden";
  addEventListener("load", wait, { once: true });
}

/**
 * Clicks a link to `url` in the page itself, and returns whether a router took it: those that listen to the document, as
 * most do, do not see the links of a shadow root. What none took is not followed here.
 */
function offerToRouter(url: string): boolean {
  const link = document.createElement("a");
  const heard = new AbortController();
  let taken = false;
  link.href = url;
  link.hidden = true;
  document.body.append(link);
  // The last to hear.
  const last = (event: Event) => {
    taken = event.defaultPrevented;
    event.preventDefault();
  };
  addEventListener("click", last, heard);
  link.click();
  heard.abort();
  link.remove();
  return taken;
}

/**
 * Asks the page, with a cancelable `chatkit:navigate`, whether it shows by itself what a link of the widget leads to, and
 * its router; else the browser follows the link. Then tells that the reader goes there.
 */
export function followLinks(
  host: Navigator,
  conversation: HTMLElement,
  gone: () => unknown,
  signal: AbortSignal,
): void {
  const onClick = (event: Event) => {
    const { button, metaKey, ctrlKey, shiftKey, altKey } = event as MouseEvent;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    // Another tab, another window, a download, or another site: nothing that a router shows.
    if (!link || event.defaultPrevented || button || metaKey || ctrlKey || shiftKey || altKey)
      return;
    if (link.target || link.origin !== location.origin) return;
    // A router knows nothing of the words.
    const url = link.href.split(QUOTE)[0]!.replace(/#$/, "");
    if (!host.emit("navigate", { url }, true) || offerToRouter(url)) event.preventDefault();
    else if (link.href.includes(QUOTE)) conceal(conversation, FOUND_HERE_MS);
    gone();
  };
  host.shadowRoot!.addEventListener("click", onClick, { signal });
}
