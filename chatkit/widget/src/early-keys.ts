/** What a reader types after opening the panel and before it has come: it is loaded meanwhile, and nothing is lost. */

/** Where it goes. */
interface Taker {
  readonly composer: { value: string };
  ask(text: string): unknown;
}

export class EarlyKeys {
  #text = "";
  /** Enter came after it. */
  #asked = false;
  #listening: AbortController | undefined;

  /** Begins to keep what is typed, as long as the focus stays where it is; ends with `signal`. */
  listen(signal: AbortSignal): void {
    if (this.#listening) return;
    const { activeElement } = document;
    this.#listening = new AbortController();
    const take = (event: KeyboardEvent) => {
      if (document.activeElement === activeElement && this.#take(event)) {
        event.preventDefault();
        // It is no shortcut of the page.
        event.stopPropagation();
      }
    };
    const ends = AbortSignal.any([signal, this.#listening.signal]);
    addEventListener("keydown", take, { capture: true, signal: ends });
  }

  /** Keeps nothing more. */
  stop(): void {
    this.#listening?.abort();
    this.#listening = undefined;
  }

  /** Puts what was typed into the composer, or asks it. */
  handTo(panel: Taker): void {
    this.stop();
    const text = this.#text;
    this.#text = "";
    if (this.#asked) panel.ask(text);
    else if (text) panel.composer.value += text;
    this.#asked = false;
  }

  /** Takes a key that writes; returns whether this was one. */
  #take({ key, ctrlKey, metaKey, altKey, isComposing }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey || isComposing) return false;
    // What a browser fills in comes as a key without a name.
    if (key?.length === 1) this.#text += key;
    else if (key === "Backspace") this.#text = this.#text.slice(0, -1);
    else if (key === "Enter" && this.#text.trim()) this.#asked = true;
    else return false;
    return true;
  }
}
