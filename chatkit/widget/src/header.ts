/** The panel's header: its title and the button that closes; the others follow with the controls. */
import { button, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Words } from "./words.ts";

export class Header {
  readonly title = h("h2", { tabIndex: -1 });
  readonly close: HTMLButtonElement;
  readonly element: HTMLElement;

  constructor(words: Words, close: () => void) {
    this.close = button(words.close, { className: "bare close", icon: Icon.close }, close);
    this.element = h("header", { part: "header" }, this.title, this.close);
  }
}
