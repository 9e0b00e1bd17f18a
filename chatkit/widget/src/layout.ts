/** Whether the panel is open, and where: in a corner of the page, unless a part puts it elsewhere; see placement.ts. */
import { h } from "./dom.ts";
import { type Shell, type StatedLayout, statedLayout } from "./shell.ts";

export type LayoutName = StatedLayout | "full";

/** What puts the panel elsewhere. */
export interface Placed {
  /** Where the panel stands. */
  readonly name: LayoutName;
  /** Puts it there. */
  place(): void;
  /** The panel has closed: what moved it for this time only has ended. */
  reset(): void;
}

export class Layout {
  readonly box = h("div", { className: "box" });
  placed: Placed | undefined;
  /** Opened before the page, and the reader has yet to ask: what was said before is not shown. */
  searching = false;
  /** Something is typed in it before it can be seen as it is to be. */
  expecting = false;
  /** What had the focus before the panel opened. */
  #before: Element | null = null;

  constructor(
    readonly host: HTMLElement,
    readonly shell: Shell,
    readonly panel: HTMLElement,
    /** Has the panel show what goes with its layout. */
    readonly changed: () => void,
  ) {
    this.box.append(panel);
  }

  get name(): LayoutName {
    return this.placed?.name ?? statedLayout(this.host);
  }

  /** The panel can be seen. */
  get open(): boolean {
    return this.name === "inline" || this.host.hasAttribute("open");
  }

  /** The panel opens: remembers where the focus comes from. */
  enter(): void {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    if (active && !this.panel.contains(active)) this.#before = active;
  }

  /** The panel has closed: the focus it had goes back to where it came from, else to the launcher. */
  leave(focused: boolean): void {
    const before = this.#before as HTMLElement | null;
    this.#before = null;
    this.searching = false;
    this.placed?.reset();
    this.update();
    if (!focused) return;
    if (before?.isConnected && before !== document.body && before.checkVisibility()) before.focus();
    else this.shell.launcher.element.focus();
  }

  /** Puts the panel where it belongs now. */
  update(): void {
    const { dataset } = this.shell.root;
    dataset["layout"] = this.name;
    dataset["open"] = this.expecting ? "coming" : `${this.open}`;
    this.placed?.place();
    this.changed();
  }
}
