/** Where the panel stands beside its corner: at the side, before the page, on the whole screen, or in the page itself. */
import { h } from "./dom.ts";
import type { Layout, LayoutName, Placed } from "./layout.ts";
import { PHONE, statedLayout } from "./shell.ts";
import { Store } from "./store.ts";

/** What the reader chose in place of what the owner set. */
interface Choice {
  side: boolean;
  expanded: true;
}

/** From this width on the page can make room. */
const WIDE = "(min-width: 1024px)";

/** Whether the open panel hides the page, or keeps the reader from it. */
export function coversPage({ open, name }: Pick<Layout, "open" | "name">): boolean {
  return open && /modal|full/.test(name);
}

export class Placement implements Placed {
  #dialog = h("dialog", { className: "box" });
  /** Opened by the shortcut, or by the page's own button: it stands before the page until it closes. */
  #modal = false;
  #choice: Store<Choice>;
  /** Gives the page its own style back. */
  #undo: (() => void) | undefined;
  #abort: AbortController | undefined;

  constructor(
    readonly layout: Layout,
    /** Under which the reader's choice is kept for this tab. */
    key: string,
    close: () => void,
    signal: AbortSignal,
  ) {
    this.#choice = new Store("sessionStorage", `${key}:layout`, ({ side, expanded }) => ({
      ...(typeof side === "boolean" && { side }),
      ...(expanded === true && { expanded }),
    }));
    for (const query of [PHONE, WIDE]) {
      matchMedia(query).addEventListener("change", () => layout.update(), { signal });
    }
    signal.addEventListener("abort", () => this.#leave());
    let scrim = false;
    const dialog = this.#dialog;
    // Neither returns anything: false would take its effect from every press inside.
    dialog.onpointerdown = ({ target }) => {
      scrim = target === dialog;
    };
    // A press that began inside, such as one that selects, ends nothing.
    dialog.onclick = ({ target }) => {
      if (scrim && target === dialog) close();
    };
    // The system's way back, such as Android's.
    dialog.oncancel = (event) => {
      event.preventDefault();
      close();
    };
    dialog.onclose = () => {
      if (!dialog.open && layout.panel.parentNode === dialog) close();
    };
    layout.placed = this;
  }

  get name(): LayoutName {
    const stated = statedLayout(this.layout.host);
    if (stated === "inline") return stated;
    if (matchMedia(PHONE).matches) return "full";
    if (this.#modal) return "modal";
    const { side = stated === "side" } = this.#choice.stored;
    if (side) return matchMedia(WIDE).matches ? "side" : "floating";
    return stated === "side" ? "floating" : stated;
  }

  /** The page can make room for the panel. */
  get canPush(): boolean {
    return matchMedia(WIDE).matches && statedLayout(this.layout.host) !== "inline";
  }

  /** Until it closes, the panel stands before the page, to search or ask, unless it stands in it. */
  toModal(): void {
    this.#modal = this.layout.searching = statedLayout(this.layout.host) !== "inline";
    this.layout.update();
  }

  reset(): void {
    this.#modal = false;
  }

  /** The reader made the panel larger. */
  get expanded(): boolean {
    return !!this.#choice.stored.expanded;
  }

  set expanded(expanded: boolean) {
    this.#choice.update({ expanded: expanded ? true : undefined });
    this.layout.update();
  }

  /** Shows the panel at the side or not, as the reader wants it and not the owner, on the next pages too. */
  set side(side: boolean) {
    const { layout } = this;
    this.#choice.update({
      side: side === (statedLayout(layout.host) === "side") ? undefined : side,
    });
    this.#modal = layout.searching = false;
    layout.update();
  }

  place(): void {
    const { name, open, panel, shell, box } = this.layout;
    const before = coversPage(this.layout);
    const { root } = shell;
    panel.classList.toggle("expanded", this.expanded);
    if (!before) this.#closeDialog();
    this.#move(before ? this.#dialog : box);
    if (before) this.#openDialog();
    this.#undo?.();
    const start = root.dataset["at"] === "start";
    if (open && name === "side") this.#push(start !== (root.dir === "rtl"));
    // What is behind shall not be elsewhere when it is seen again.
    if (open && name === "full") this.#stylePage({ overflow: "hidden" });
  }

  /** Moves the panel, which keeps its focus and how far it was scrolled. */
  #move(box: HTMLElement): void {
    const { panel, shell } = this.layout;
    if (panel.parentNode === box) return;
    if (box === this.#dialog) shell.root.append(box);
    const focused = (panel.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    const scrolled = [...panel.querySelectorAll("[role=log]"), panel];
    const tops = scrolled.map(({ scrollTop }) => scrollTop);
    box.append(panel);
    scrolled.forEach((element, index) => (element.scrollTop = tops[index]!));
    if (focused && panel.contains(focused)) focused.focus();
  }

  #openDialog(): void {
    const dialog = this.#dialog;
    const { style } = dialog;
    dialog.ariaLabel = this.layout.panel.ariaLabel;
    if (!dialog.open && dialog.isConnected) dialog.showModal();
    this.#abort?.abort();
    style.top = style.height = "";
    if (this.name !== "full" || !visualViewport) return;
    const viewport = visualViewport;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    // As high as what the keyboard leaves; who has zoomed in looks at a part of it all.
    const fit = () => {
      if (viewport.scale > 1.01) return;
      style.top = `${viewport.offsetTop}px`;
      style.height = `${viewport.height}px`;
    };
    for (const type of ["resize", "scroll"]) viewport.addEventListener(type, fit, { signal });
    fit();
  }

  #closeDialog(): void {
    this.#abort?.abort();
    const dialog = this.#dialog;
    if (dialog.open) dialog.close();
  }

  /** Has the page make room; `--chatkit-side` tells its own fixed elements how much. */
  #push(left: boolean): void {
    const width = `${this.layout.box.offsetWidth}px`;
    this.#stylePage({ [left ? "margin-left" : "margin-right"]: width, "--chatkit-side": width });
  }

  /** Sets properties of the page until the panel stands elsewhere or closes. */
  #stylePage(properties: Record<string, string>): void {
    const { style } = document.documentElement;
    const before = Object.keys(properties).map((name) => [name, style.getPropertyValue(name)]);
    for (const [name, value] of Object.entries(properties)) style.setProperty(name, value);
    this.#undo = () => {
      for (const [name, value] of before) style.setProperty(name!, value!);
      this.#undo = undefined;
    };
  }

  #leave(): void {
    this.#undo?.();
    // Its event comes when another panel may be there.
    this.#dialog.onclose = null;
    this.#closeDialog();
  }
}
