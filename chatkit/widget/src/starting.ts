/** Loads what stands in the empty panel, and what is found while a reader types, when they first open or focus it. */
import type { Client } from "./client.ts";
import { button, h } from "./dom.ts";
import { load } from "./parts.ts";
import { pageScope } from "./scope.ts";
import type { Search } from "./search.ts";
import type { RecentChat, Seeker, Where } from "./seeker.ts";
import type { AllWords, Words } from "./words.ts";

/** Longer ones, encoded in another address, could be more than a server reads of one. */
const MAX_ADDRESS = 1000;

/** What starting needs of the panel. */
export interface Starter {
  readonly host: Seeker["host"] & {
    allWords(): Promise<AllWords>;
    ask(text: string): unknown;
  };
  readonly client: Client;
  readonly words: Words;
  readonly element: HTMLElement;
  readonly composer: Seeker["composer"];
  readonly transcript: { showEmpty(element: HTMLElement): void };
  readonly signal: AbortSignal;
  /** Whether the field is for a first question, or to search. */
  readonly fresh: boolean;
  announce(sentence: string): void;
  recentChats(): RecentChat[];
  openRecent(chat: RecentChat): unknown;
  /** Says that the session has ended, where a call has found that. */
  noteEnded(): unknown;
}

/** Where the reader is: without the page's query, which is nobody's business and would be in the log of a proxy. */
function where(host: HTMLElement): Where {
  const page_url = location.origin + location.pathname;
  const stated = Object.entries({ page_url, ...pageScope(host) });
  return Object.fromEntries(stated.filter(([, value]) => value && value.length <= MAX_ADDRESS));
}

export class Starting {
  #search: Search | undefined;
  #loading = false;

  constructor(readonly panel: Starter) {
    const { element, composer, signal } = panel;
    // A row that has the focus must stay, so only the field has them drawn anew.
    element.addEventListener(
      "focusin",
      ({ target }) => {
        if (!this.#search || target === composer.input) this.update();
      },
      { signal },
    );
  }

  /** Shows anew what is there already, such as recent conversations that are to be forgotten. */
  refresh(): void {
    this.#search?.update();
  }

  /** The panel was opened, or a conversation has begun or ended. */
  async update(): Promise<void> {
    const { panel } = this;
    if (this.#search) return this.#search.update();
    if (this.#loading || !panel.fresh) return;
    this.#loading = true;
    const { host, client, element, words: core, composer } = panel;
    try {
      const part = () => Promise.all([import("./search.ts"), host.allWords()]);
      const [{ Search }, words] = await load(part, core.partFailed);
      if (panel.signal.aborted) return;
      const search = new Search({
        host,
        client,
        words,
        composer,
        get searching() {
          return panel.fresh;
        },
        where: () => where(host),
        ask: (text) => host.ask(text),
        announce: (sentence) => panel.announce(sentence),
        recentChats: () => panel.recentChats(),
        openRecent: (chat) => panel.openRecent(chat),
        failed: () => panel.noteEnded(),
      });
      this.#search = search;
      panel.transcript.showEmpty(search.empty);
      element.append(search.keys);
    } catch {
      const again = button(core.retry, { className: "secondary" }, () => {
        composer.input.focus();
        this.update();
      });
      panel.transcript.showEmpty(
        h("div", { className: "say" }, h("p", {}, core.partFailed), again),
      );
    }
    this.#loading = false;
  }
}
