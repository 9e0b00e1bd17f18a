/** The panel's header: its title, the buttons that are needed all the time, and the one that opens the menu. */
import { button, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Words } from "./words.ts";

/** What the header's buttons do. */
export interface HeaderControls {
  newChat(): void;
  /** Opens the saved chats. */
  openChats(button: HTMLButtonElement): unknown;
  readonly menu: { toggle(): void };
}

/** What the header needs of the panel. */
export interface HeaderPanel {
  readonly words: Words;
  control(work: (controls: HeaderControls) => unknown): void;
  close(): void;
}

export class Header {
  readonly element: HTMLElement;
  readonly title = h("h2", { tabIndex: -1 });
  readonly newChat: HTMLButtonElement;
  readonly chats: HTMLButtonElement;
  /** Opens the menu. */
  readonly more: HTMLButtonElement;

  constructor(panel: HeaderPanel) {
    const { words } = panel;
    this.newChat = button(words.newChat, { className: "bare", icon: Icon.add }, () =>
      panel.control((controls) => controls.newChat()),
    );
    const history = { part: "history", className: "bare chats", icon: Icon.clock };
    this.chats = button(words.history, history, (pressed) =>
      panel.control((controls) => controls.openChats(pressed)),
    );
    const more = { part: "more", className: "bare more", icon: Icon.more };
    this.more = button(words.menu, more, () => panel.control(({ menu }) => menu.toggle()));
    this.more.ariaHasPopup = "menu";
    this.more.ariaExpanded = "false";
    const close = { className: "bare close", icon: Icon.close };
    this.element = h(
      "header",
      { part: "header" },
      this.title,
      this.newChat,
      this.chats,
      this.more,
      button(words.close, close, () => panel.close()),
    );
  }
}
