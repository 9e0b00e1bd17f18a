/** Where a question is typed: the field, and the button that sends or stops. */
import { button, h, svg } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Words } from "./words.ts";

/** What the composer needs of the panel. */
export interface Asker {
  readonly words: Words;
  ask(text: string): unknown;
  stop(): void;
  /** Hears what is typed, to keep it. */
  typed(text: string): void;
}

export class Composer {
  readonly input: HTMLTextAreaElement;
  readonly element: HTMLFormElement;
  /** Stands under the field while the reader types. */
  readonly results = h("div", { className: "results" });
  /** What the reader selected on the page: the question is about it. */
  selected = "";
  /** Gives the field the height of its text, where the browser does not. */
  grow: (() => void) | undefined;
  /** Shows what is selected. */
  chip: ((selected: string) => void) | undefined;
  /** What may take a key before the composer does: it returns true then. */
  readonly keys: ((event: KeyboardEvent) => boolean)[] = [];
  #button: HTMLButtonElement;
  #busy = false;

  constructor(readonly asker: Asker) {
    const { words } = asker;
    const input = (this.input = h("textarea", {
      part: "input",
      rows: 1,
      enterKeyHint: "send",
    }));
    this.#button = button(words.send, { part: "send", className: "bare send", icon: Icon.send });
    this.element = h("form", { part: "composer" }, input, this.#button);
    this.#button.onclick = (event) => {
      // The second half of a double click on Send is no wish to stop.
      const again = event.detail > 1;
      if (!this.#busy && !again) return;
      event.preventDefault();
      if (!again) asker.stop();
    };
    this.element.onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    input.onkeydown = (event) => {
      if (this.keys.some((take) => take(event))) return event.preventDefault();
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.#submit();
    };
    input.oninput = () => {
      this.#changed();
      asker.typed(input.value);
    };
  }

  /** What is typed. */
  get value(): string {
    return this.input.value;
  }

  set value(text: string) {
    this.input.value = text;
    this.#changed();
    this.asker.typed(text);
  }

  /** Takes what is selected on the page for what the next question is about; nothing takes it back. */
  select(text: string): void {
    this.selected = text.trim();
    this.chip?.(this.selected);
  }

  /** What the empty field says, and what it is called. */
  set hint(hint: string) {
    this.input.placeholder = this.input.ariaLabel = hint;
  }

  /** While an answer is written, the button that sends stops it. */
  set busy(busy: boolean) {
    const { words } = this.asker;
    const element = this.#button;
    this.#busy = busy;
    element.setAttribute("part", busy ? "stop" : "send");
    const label = (element.title = busy ? words.stop : words.send);
    element.replaceChildren(svg(busy ? Icon.stop : Icon.send), h("span", {}, label));
  }

  /** While a limit runs, what is typed stays a draft. */
  set limited(limited: boolean) {
    this.#button.ariaDisabled = limited ? "true" : null;
  }

  get limited(): boolean {
    return this.#button.ariaDisabled === "true";
  }

  #submit(): void {
    if (!this.#busy && this.value.trim() && !this.limited) this.asker.ask(this.value);
  }

  /** Takes up what is typed now. */
  #changed(): void {
    const { input } = this;
    this.element.classList.toggle("filled", !!input.value.trim());
    // While it is empty, it is the hint's direction that counts.
    input.dir = input.value && "auto";
    this.grow?.();
  }
}
