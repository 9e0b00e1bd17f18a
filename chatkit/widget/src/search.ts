/**
 * Search and starters, a script of its own that is loaded when the panel is first opened or focused: what a reader may
 * begin with, and the sections that fit while they type.
 */
import { h } from "./dom.ts";
import { Results } from "./results.ts";
import css from "./search.css";
import type { Seeker } from "./seeker.ts";
import { Starters } from "./starters.ts";

/** The stylesheet that all widgets of a page share. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export class Search {
  /** What stands in the conversation's place while there is none. */
  readonly empty: HTMLElement;
  /** Says below the results which keys there are. */
  readonly keys: HTMLElement;
  #results: Results;
  #starters: Starters;

  constructor(readonly seeker: Seeker) {
    const { words, host } = seeker;
    const root = host.shadowRoot!;
    // A widget that was taken out of the page and put back has it already.
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    const key = (word: string, ...names: string[]) =>
      h("span", {}, ...names.map((name) => h("kbd", {}, name)), word);
    this.keys = h(
      "p",
      { className: "keys", ariaHidden: "true", hidden: true },
      key(words.keyChoose, "↑", "↓"),
      key(words.keyOpen, "Enter"),
      key(words.keyClear, "Esc"),
    );
    this.#starters = new Starters(seeker);
    this.empty = this.#starters.element;
    this.#results = new Results(seeker, (shown) => (this.keys.hidden = !shown));
    this.update();
  }

  /** The panel was opened, the page is another, or a conversation has begun or ended. */
  update(): void {
    if (this.seeker.searching) this.#starters.update();
    else if (this.#results.shown) this.#results.clear();
  }
}
