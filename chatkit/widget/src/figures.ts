/** Code and tables as a reader looks at them: named, copied, cut where they are long, faded where they go on. */
import { type Announcer, copy } from "./copy.ts";
import { button, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Sizes } from "./sizes.ts";
import { type AllWords, say } from "./words.ts";

/** Code of more lines is cut, and so are tables of more rows. */
const MOST_LINES = 12;
const LINES_SHOWN = 8;
const MOST_ROWS = 8;
const ROWS_SHOWN = 6;
/** Of a table with a row that answers, so many stand above and below it. */
const ROWS_BESIDE = 1;

/** Gives code its colours, as soon as they are loaded. */
export type Highlighter = (code: HTMLElement, language: string) => void;

/** What the figures of one transcript share. */
export class Figures {
  constructor(
    readonly host: Announcer,
    readonly words: AllWords,
    readonly sizes: Sizes,
    readonly highlight: Highlighter,
  ) {}

  /** A block of code; of one that is still written the end may be missing. */
  code(code: string, language: string, complete: boolean): HTMLElement {
    const { host, words } = this;
    const text = h("code", {}, code);
    const scroller = h(
      "pre",
      { role: "group", ariaLabel: `${words.code} ${language}`.trim() },
      text,
    );
    const take = button(words.copy, { className: "quiet", icon: Icon.copy }, (pressed) =>
      copy(code, pressed, host, words),
    );
    const figure = h(
      "figure",
      { className: "code" },
      h("figcaption", {}, h("span", {}, language || words.code), take),
      scroller,
    );
    if (complete && language) this.highlight(text, language);
    this.#follow(scroller);
    const lines = code.split("\n").length;
    // While it grows it is as high as it will be at least, so that it never shrinks under a reader's eyes.
    if (lines <= (complete ? MOST_LINES : LINES_SHOWN)) return figure;
    scroller.classList.add("cut-y");
    scroller.tabIndex = 0;
    return this.#cut(figure, say(words.showLines, { count: lines }, words.locale), () =>
      scroller.classList.remove("cut-y"),
    );
  }

  /** A table. With a row that answers, that one and its neighbours are shown at first. */
  table(table: HTMLTableElement): HTMLElement {
    const { words } = this;
    const scroller = h(
      "div",
      { className: "scroll", role: "group", ariaLabel: words.table },
      table,
    );
    const figure = h("div", { className: "tbl" }, scroller);
    this.#follow(scroller);
    const rows = [...table.tBodies[0]!.rows];
    if (rows.length <= MOST_ROWS) return figure;
    const hit = rows.findIndex(({ className }) => className);
    rows.forEach((row, index) => {
      row.hidden = hit < 0 ? index >= ROWS_SHOWN : Math.abs(index - hit) > ROWS_BESIDE;
    });
    return this.#cut(figure, say(words.showRows, { count: rows.length }, words.locale), () =>
      rows.forEach((row) => (row.hidden = false)),
    );
  }

  /** A figure with what shows all of it; the focus goes to what was cut. */
  #cut(figure: HTMLElement, label: string, show: () => void): HTMLElement {
    const scroller = figure.querySelector<HTMLElement>("[role]")!;
    const all = button(label, { className: "link" }, () => {
      show();
      all.remove();
      updateEdge(scroller);
      scroller.tabIndex = 0;
      scroller.focus({ preventScroll: true });
    });
    return h("div", { className: "cut" }, figure, all);
  }

  #follow(scroller: HTMLElement): void {
    const update = () => updateEdge(scroller);
    this.sizes.follow(scroller, update);
    scroller.onscroll = update;
  }
}

/** Fades the end edge of what goes on there, and lets the keyboard reach what scrolls. */
function updateEdge(scroller: HTMLElement): void {
  const { scrollWidth, clientWidth, scrollLeft } = scroller;
  const more = scrollWidth - clientWidth;
  scroller.classList.toggle("cut-x", more - Math.abs(scrollLeft) > 1);
  if (more > 1) scroller.tabIndex = 0;
}
