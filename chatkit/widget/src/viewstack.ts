/** The views that stand in place of the conversation: one upon another, each with a way back. */
import { button, type Content, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { AllWords } from "./words.ts";

interface Shown {
  element: HTMLElement;
  /** What had the focus when the view opened. */
  from: HTMLElement | null;
}

export class ViewStack {
  #stack: Shown[] = [];

  constructor(
    /** The panel, which hides the conversation while it has the class `viewing`. */
    readonly panel: HTMLElement,
    readonly words: AllWords,
    readonly closePanel: () => void,
    /** Puts the focus where it goes when what had it is no more. */
    readonly refocus: () => void,
  ) {}

  /** Shows a view and returns it; its heading has the focus. */
  show(title: string, ...content: Content[]): HTMLElement {
    const { panel, words } = this;
    const heading = h("h2", { tabIndex: -1 }, title);
    const element = h(
      "div",
      { part: "dialog", role: "group", ariaLabel: title },
      h(
        "header",
        {},
        button(words.back, { className: "bare flip", icon: Icon.back }, () => this.back()),
        heading,
        button(words.close, { className: "bare close", icon: Icon.close }, this.closePanel),
      ),
      h("div", { className: "body" }, ...content),
    );
    const from = (panel.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    this.#stack.at(-1)?.element.remove();
    this.#stack.push({ element, from });
    this.#arrange();
    heading.focus();
    return element;
  }

  /** Goes back to the view before, or to the conversation; returns whether there was a view. */
  back(): boolean {
    const left = this.#stack.pop();
    if (!left) return false;
    const { element, from } = left;
    const focused = element.matches(":focus-within");
    element.remove();
    this.#arrange();
    if (focused && from?.isConnected && from.checkVisibility()) from.focus();
    else if (focused) this.refocus();
    return true;
  }

  /** Goes back to the conversation. */
  close(): void {
    // The way back from the topmost leads where the first one was opened from.
    const [first, ...others] = this.#stack;
    const top = others.at(-1);
    if (first && top) this.#stack = [{ ...first, element: top.element }];
    this.back();
  }

  #arrange(): void {
    const { panel } = this;
    const shown = this.#stack.at(-1);
    panel.classList.toggle("viewing", !!shown);
    if (shown) panel.querySelector(".notices")!.before(shown.element);
  }
}
