/**
 * Search and starters, a part that is loaded when the panel is first opened or focused: what a reader may
 * begin with, and the sections that fit while they type.
 */
import type { Client } from "./client.ts";
import { h } from "./dom.ts";
import { thisPage } from "./page-address.ts";
import { Results } from "./results.ts";
import { pageScope } from "./scope.ts";
import css from "./search.css";
import type { RecentChat, Seeker, Where } from "./seeker.ts";
import { Starters } from "./starters.ts";
import { adopt } from "./styles.ts";
import type { AllWords } from "./words.ts";

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

/** Where the reader is, of which only what is stated is sent. */
function where(host: HTMLElement): Where {
  const stated = Object.entries({ ...thisPage(), ...pageScope(host) });
  return Object.fromEntries(stated.filter(([, value]) => value));
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
