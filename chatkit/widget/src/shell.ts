/** What stands on the page before the panel is needed: the button, in the theme of the page. */
import { h } from "./dom.ts";
import { Launcher } from "./launcher.ts";
import { partFailure } from "./part-failure.ts";
import { followTheme } from "./theme.ts";
import type { Words } from "./words.ts";

export type StatedLayout = "floating" | "side" | "modal" | "inline";

/** Up to this width the panel fills the screen. */
export const PHONE = "(max-width: 480px)";

/** The layout that the owner set, `mode` being the older name. */
export function statedLayout(host: Element): StatedLayout {
  const name = host.getAttribute("layout") ?? host.getAttribute("mode");
  return name === "side" || name === "modal" || name === "inline" ? name : "floating";
}

export class Shell {
  /** All that the widget shows; nothing of the page's style is inherited into it. */
  readonly root = h("div", { className: "root" });
  readonly launcher: Launcher;
  /** Says that the panel did not come. */
  #failure: HTMLElement | undefined;

  constructor(
    readonly host: HTMLElement,
    readonly words: Words,
    /** Has the panel come, and opens it where the reader waits for it. */
    readonly open: (awaited: unknown) => unknown,
    signal: AbortSignal,
  ) {
    this.root.dir = words.dir;
    // The words may be in another language than the page.
    this.root.lang = words.locale;
    this.launcher = new Launcher(words, open, signal);
    this.root.append(this.launcher.element);
    followTheme(this.root, host, signal);
  }

  /** Takes over what the element's attributes say. */
  describe(heading: string): void {
    const { root, host } = this;
    const start = host.getAttribute("position") === (root.dir === "rtl" ? "right" : "left");
    root.dataset["at"] = start ? "start" : "end";
    // Once the panel is shown, it says where it stands.
    if (!root.dataset["open"]) root.dataset["layout"] = statedLayout(host);
    this.launcher.element.title = heading;
  }

  /** Shows that the panel is on its way, that it is there, or that it did not come. */
  loading(busy: boolean, failed?: unknown): void {
    const { words, root, launcher } = this;
    launcher.element.ariaBusy = `${busy}`;
    if (!busy) this.#failure?.remove();
    if (failed) {
      root.append((this.#failure = partFailure("refusal", words, this.open)));
      if (root.matches(":focus-within")) this.#failure.querySelector("button")!.focus();
    }
  }
}
