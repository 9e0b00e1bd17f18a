/** The panel's header: its title, the buttons that are needed all the time, and the menu with the others. */
import { OFFERS_SIGN_IN } from "./account.ts";
import { button, type ButtonOptions, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Layout } from "./layouts.ts";
import { Menu } from "./menu.ts";
import type { Words } from "./words.ts";

/** What a button does; it is handed the button. */
export type Work = (button: HTMLButtonElement) => Promise<unknown>;

/** What the header needs of the panel. */
export interface HeaderPanel {
  readonly words: Words;
  readonly layout: Layout;
  newChat(): void;
  /** Opens the saved chats. */
  openChats(): Promise<unknown>;
  /** Saves the conversation. */
  save(): Promise<unknown>;
  /** Opens the pages for this reader. */
  openForYou(): Promise<unknown>;
  /** Opens what is kept of this reader, or the signing in. */
  openAccount(): Promise<unknown>;
  /** Opens the search before the page. */
  openModal(): void;
  close(): void;
  /** Makes a button that runs an action of the API. */
  actionButton(
    label: string,
    options: ButtonOptions,
    action: string,
    work: Work,
  ): HTMLButtonElement;
}

const label = (item: HTMLElement, text: string) => (item.querySelector("span")!.textContent = text);

export class Header {
  readonly element: HTMLElement;
  readonly menu: Menu;
  /** Opens what is kept of this reader, or the signing in. */
  readonly account: HTMLButtonElement;
  #title = h("h2", { tabIndex: -1 });
  #newChat: HTMLButtonElement;
  #side: HTMLButtonElement;
  #move: HTMLButtonElement;
  #expand: HTMLButtonElement;
  #search: HTMLButtonElement;
  #save: HTMLButtonElement;
  #keys = h("kbd");

  constructor(
    readonly panel: HeaderPanel,
    signal: AbortSignal,
  ) {
    const { words } = panel;
    const plain = (name: string, icon: Icon, work: () => unknown) =>
      button(name, { className: "bare", icon }, work);
    const toSide = () => this.#moveAside();
    this.#newChat = plain(words.newChat, Icon.add, () => panel.newChat());
    const chats = panel.actionButton(
      words.history,
      { part: "history", className: "bare chats", icon: Icon.clock },
      "history",
      () => panel.openChats(),
    );
    this.#side = plain(words.toSide, Icon.side, toSide);
    this.#side.classList.add("flip");
    this.#move = button(words.toSide, {}, toSide);
    this.#expand = button(words.expand, {}, () => {
      panel.layout.expanded = !panel.layout.expanded;
    });
    this.#search = button(words.searchOrAsk, {}, () => panel.openModal());
    this.#search.append(this.#keys);
    const chatsItem = button(words.history, { className: "chats-item" }, () => chats.click());
    this.#save = panel.actionButton(words.save, { part: "save" }, "save_chat", () => panel.save());
    const forYou = panel.actionButton(
      words.personalize,
      { part: "personalize" },
      "personalize",
      () => panel.openForYou(),
    );
    this.account = panel.actionButton(words.signIn, { part: "account" }, "account", () =>
      panel.openAccount(),
    );
    this.menu = new Menu(
      words.menu,
      [[chatsItem, this.#move, this.#expand, this.#search], [this.#save, forYou], [this.account]],
      signal,
    );
    const close = plain(words.close, Icon.close, () => panel.close());
    close.classList.add("close");
    this.element = h(
      "header",
      { part: "header" },
      this.#title,
      this.#newChat,
      chats,
      this.#side,
      this.menu.button,
      close,
      this.menu.element,
    );
  }

  /** Says what is asked, and by which keys the search opens. */
  describe(heading: string, keys: string): void {
    this.#title.textContent = heading;
    this.#keys.textContent = keys;
    this.#search.dataset["keys"] = keys;
  }

  focus(): void {
    this.#title.focus();
  }

  /** Shows who is signed in. */
  showUser(email: string | undefined): void {
    const { words } = this.panel;
    const { account } = this;
    label(account, email ? words.account : words.signIn);
    account.title = email ? `${words.account}: ${email}` : words.signIn;
    for (const each of [account, this.#save]) each.hidden = !email && !OFFERS_SIGN_IN;
  }

  /** Shows what goes with the layout. Inside the page there is nothing to begin anew before it has begun. */
  arrange(fresh: boolean, saved: boolean): void {
    const { layout, words } = this.panel;
    const { name } = layout;
    label(this.#save, saved ? words.saved : words.save);
    label(this.#move, name === "side" ? words.toCorner : words.toSide);
    label(this.#expand, layout.expanded ? words.shrink : words.expand);
    this.#move.hidden = !layout.canPush;
    this.#side.hidden = this.#move.hidden || name !== "modal";
    this.#expand.hidden = name !== "floating";
    this.#search.hidden = !this.#search.dataset["keys"] || name === "modal" || name === "inline";
    this.#newChat.hidden = fresh && name === "inline";
  }

  /** Moves the panel to the side of the page, or back to the corner. */
  #moveAside(): void {
    const { layout } = this.panel;
    // The button of the header is for the modal alone.
    this.menu.button.focus();
    layout.side = layout.name !== "side";
  }
}
