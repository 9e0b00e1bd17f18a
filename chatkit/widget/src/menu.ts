/** The menu behind “More”: the actions that are not needed all the time. */
import { h } from "./dom.ts";

export class Menu {
  readonly element: HTMLElement;

  /** `button` opens it; `groups` are the items, with a line between the groups. */
  constructor(
    readonly button: HTMLButtonElement,
    groups: HTMLButtonElement[][],
    signal: AbortSignal,
  ) {
    const items = groups.flat();
    for (const item of items) {
      item.role = "menuitem";
      item.tabIndex = -1;
    }
    this.element = h(
      "div",
      { className: "menu", role: "menu", ariaLabel: button.title, hidden: true },
      ...groups.map((group) => h("div", { role: "group" }, ...group)),
    );
    // Before the item does its work, which may move the focus on.
    this.element.addEventListener("click", () => this.close(), { capture: true });
    this.element.addEventListener("keydown", (event) => this.#move(event));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      const { element } = this;
      if (relatedTarget !== this.button && !element.contains(relatedTarget as Node))
        this.#show(false);
    });
    // A press that takes no focus, as in Safari on a button, ends it too.
    const onPress = (event: Event) => {
      const inside = event.composedPath();
      if (!inside.includes(this.element) && !inside.includes(button)) this.#show(false);
    };
    addEventListener("pointerdown", onPress, { signal });
    button.onclick = () => this.toggle();
    button.ariaHasPopup = "menu";
    button.ariaExpanded = "false";
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  /** Closes the menu; the focus returns to its button. */
  close(): void {
    if (!this.open) return;
    this.button.focus();
    this.#show(false);
  }

  /** Opens the menu, or closes it. */
  toggle(): void {
    this.#show(!this.open);
  }

  #show(open: boolean): void {
    this.element.hidden = !open;
    this.button.ariaExpanded = `${open}`;
    if (open) this.#items[0]?.focus();
  }

  /** What can be chosen at the moment. */
  get #items(): HTMLElement[] {
    const items = this.element.querySelectorAll<HTMLElement>("[role=menuitem]");
    return [...items].filter((item) => item.checkVisibility());
  }

  #move(event: KeyboardEvent): void {
    const { key } = event;
    const items = this.#items;
    const { length } = items;
    const at = items.indexOf(
      (this.element.getRootNode() as ShadowRoot).activeElement as HTMLElement,
    );
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at + length - 1,
      Home: 0,
      End: length - 1,
    };
    const next = moves[key];
    if (next !== undefined) items[next % length]?.focus();
    else if (key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
