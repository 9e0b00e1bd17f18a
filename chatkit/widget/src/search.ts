/**
 * Search and starters, a part that is loaded when the panel is first opened or focused: what a reader may
 * begin with, and the sections that fit while they type.
 */
import type { Client } from "./client.ts";
import { h } from "./dom.ts";
import { Results } from "./results.ts";
import { pageScope } from "./scope.ts";
import css from "./search.css";
import type { RecentChat, Seeker, Where } from "./seeker.ts";
import { Starters } from "./starters.ts";
import { adopt } from "./styles.ts";
import type { AllWords } from "./words.ts";

/** Longer ones, encoded in another address, could be more than a server reads of one. */
const MAX_ADDRESS = 1000;

const sheet = adopt(css);

/** What searching needs of the panel. */
export interface SearchPanel {
  readonly host: Seeker["host"] & { ask(text: string): unknown };
  readonly client: Client;
  readonly element: HTMLElement;
  readonly composer: Seeker["composer"];
  readonly transcript: { showEmpty(element: HTMLElement): void };
  /** Whether the field is for a first question, or to search. */
  readonly fresh: boolean;
  announce(sentence: string): void;
  readonly controls: { readonly now: SearchControls | undefined };
}

/** What searching needs of the controls. */
export interface SearchControls {
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

export class Search {
  #results: Results;
  #starters: Starters;

  constructor(
    readonly panel: SearchPanel,
    words: AllWords,
  ) {
    const { host, client, composer } = panel;
    sheet(host);
    const seeker: Seeker = {
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
      recentChats: () => panel.controls.now?.recentChats() ?? [],
      openRecent: (chat) => panel.controls.now?.openRecent(chat),
      failed: () => panel.controls.now?.noteEnded(),
    };
    const key = (word: string, ...names: string[]) =>
      h("span", {}, ...names.map((name) => h("kbd", {}, name)), word);
    const keys = h(
      "p",
      { className: "keys", ariaHidden: "true", hidden: true },
      key(words.keyChoose, "↑", "↓"),
      key(words.keyOpen, "Enter"),
      key(words.keyClear, "Esc"),
    );
    this.#starters = new Starters(seeker);
    this.#results = new Results(seeker, (shown) => (keys.hidden = !shown));
    // What stands in the conversation's place while there is none, and below the results which keys there are.
    panel.transcript.showEmpty(this.#starters.element);
    panel.element.append(keys);
    this.update();
  }

  /** The panel was opened, the page is another, or a conversation has begun or ended. */
  update(): void {
    if (this.panel.fresh) this.#starters.update();
    else if (this.#results.shown) this.#results.clear();
  }
}
