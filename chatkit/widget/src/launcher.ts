/** The button that opens the panel: with its word at first, round once it is known. */
import { button } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Words } from "./words.ts";

/** After so much scrolling the reader reads, and knows the button. */
const SCROLLED_PX = 200;

export class Launcher {
  readonly element: HTMLButtonElement;
  #label: HTMLElement;

  constructor(
    readonly words: Words,
    open: (pressed: HTMLButtonElement) => unknown,
    signal: AbortSignal,
  ) {
    const element = (this.element = button(
      words.ask,
      { part: "launcher", className: "primary", icon: Icon.chat },
      open,
    ));
    this.#label = element.querySelector("span")!;
    const onScroll = () => {
      if (scrollY > SCROLLED_PX) this.used();
    };
    addEventListener("scroll", onScroll, { signal });
  }

  /** The reader knows it: its word shows on hover and focus alone. */
  used(): void {
    this.element.classList.add("round");
  }

  /** An answer came while the panel was closed. */
  set ready(ready: boolean) {
    this.#label.textContent = ready ? this.words.answerReady : this.words.ask;
    this.element.classList.toggle("ready", ready);
  }
}
