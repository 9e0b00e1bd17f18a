/** The keys by which a page opens the panel. Loaded where the owner turns them on. */
import { h } from "./dom.ts";
import css from "./keys.css";
import { adopt } from "./styles.ts";

const sheet = adopt(css);

export class Shortcut {
  #shown = h("kbd");

  /** Opens by Ctrl or ⌘ with K, unless the page has a use for them. */
  constructor(
    readonly host: HTMLElement & { openModal(): void },
    signal: AbortSignal,
    launcher: HTMLElement,
  ) {
    sheet(host);
    launcher.append(this.#shown);
    const onKeys = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      host.openModal();
    };
    const early = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
      removeEventListener("keydown", onKeys);
      if (!host.hasAttribute("shortcut")) return;
      // What a browser fills in comes as a key without a name.
      if (key?.toLowerCase() !== "k" || ctrlKey === metaKey || altKey || shiftKey) return;
      // Of what is pressed in the widget the page hears nothing.
      if (event.composedPath().includes(host)) onKeys(event);
      // Added while the event is under way, it comes after every listener of the page.
      else addEventListener("keydown", onKeys, { once: true, signal });
    };
    addEventListener("keydown", early, { capture: true, signal });
  }

  /** The keys that the attribute `shortcut` turns on, as this system writes them; empty when it does not. */
  get keys(): string {
    const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
    const keys = this.host.hasAttribute("shortcut") ? (mac ? "⌘ K" : "Ctrl K") : "";
    this.#shown.textContent = keys;
    this.#shown.hidden = !keys;
    return keys;
  }
}
