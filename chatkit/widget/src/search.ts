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
  /** What stands below it: who writes the answers, or which keys there are. */
  readonly foot = h("p", { className: "foot" });
  #keys: HTMLElement;
  #results: Results;
  #starters: Starters;

  constructor(readonly seeker: Seeker) {
    const { words, host } = seeker;
    const root = host.shadowRoot!;
    // A widget that was taken out of the page and put back has it already.
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    const key = (...names: string[]) => names.map((name) => h("kbd", {}, name));
    this.#keys = h(
      "p",
      { className: "keys", ariaHidden: "true", hidden: true },
      h("span", {}, ...key("↑", "↓"), ` ${words.keyChoose}`),
      h("span", {}, ...key("Enter"), ` ${words.keyOpen}`),
      h("span", {}, ...key("Esc"), ` ${words.keyClear}`),
    );
    this.#starters = new Starters(seeker, (byModel) => this.#tell(byModel));
    this.empty = h("div", { className: "starting" }, this.#starters.element);
    this.#results = new Results(seeker, (shown) => this.#arrange(shown));
    this.#tell(false);
    this.update();
  }

  /** Below the empty conversation, in one line or the other. */
  get feet(): HTMLElement[] {
    return [this.foot, this.#keys];
  }

  /** The panel was opened, the page is another, or a conversation has begun or ended. */
  update(): void {
    if (!this.seeker.searching) this.#results.clear();
    else this.#starters.update();
  }

  #arrange(shown: boolean): void {
    this.#keys.hidden = !shown;
    this.foot.hidden = this.#starters.element.hidden = shown;
  }

  #tell(byModel: boolean): void {
    const { words } = this.seeker;
    this.foot.textContent = byModel ? words.written : words.quoted;
  }
}
