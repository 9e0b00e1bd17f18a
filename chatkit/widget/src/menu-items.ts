/** What the header and its menu offer: chats, where the panel stands, what needs an account, and the account itself. */
import { OFFERS_SIGN_IN } from "./account.ts";
import { button, type ButtonOptions, h, type Work } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Layout } from "./layout.ts";
import type { Placement } from "./placement.ts";
import { shownAs } from "./profile.ts";
import type { User } from "./session.ts";
import type { AllWords } from "./words.ts";

/** What the items need of the controls. */
export interface ItemsControls {
  readonly words: AllWords;
  readonly panel: { readonly layout: Layout; readonly fresh: boolean };
  readonly conversation: { readonly saved: boolean };
  readonly placement: Placement;
  run(action: string, button: HTMLButtonElement, work: Work): Promise<void>;
  /** Begins a new conversation for a reader who asks for one. */
  newChat(): void;
  /** Opens the chats. */
  openChats(): Promise<unknown>;
  /** Saves the conversation. */
  save(): Promise<unknown>;
  /** Opens the pages for this reader. */
  openForYou(): Promise<unknown>;
  /** Opens what is kept of this reader, or the signing in. */
  openAccount(): Promise<unknown>;
  /** Opens the search before the page. */
  openModal(): void;
}

const label = (item: HTMLElement, text: string) => (item.querySelector("span")!.textContent = text);

export class MenuItems {
  /** The items, as they belong together. */
  readonly groups: HTMLButtonElement[][];
  /** The buttons of the header. */
  readonly buttons: HTMLButtonElement[];
  /** Opens the menu; one of them. */
  readonly more: HTMLButtonElement;
  /** Opens what is kept of this reader, or the signing in. */
  readonly account: HTMLButtonElement;
  #newChat: HTMLButtonElement;
  #side: HTMLButtonElement;
  #move: HTMLButtonElement;
  #expand: HTMLButtonElement;
  #search: HTMLButtonElement;
  #save: HTMLButtonElement;
  #keys = h("kbd");

  constructor(readonly controls: ItemsControls) {
    const { words, placement, panel } = controls;
    const acting = (text: string, look: ButtonOptions, action: string, work: Work) =>
      button(text, look, (pressed) => controls.run(action, pressed, work));
    // To the side of the page, or back to the corner.
    const toSide = () => {
      // The button of the header is for the modal alone.
      this.more.focus();
      placement.side = panel.layout.name !== "side";
    };
    const add = { className: "bare", icon: Icon.add };
    this.#newChat = button(words.newChat, add, () => controls.newChat());
    const history = { part: "history", className: "bare chats", icon: Icon.clock };
    const opened = acting(words.history, history, "history", () => controls.openChats());
    this.#side = button(words.toSide, { className: "bare flip", icon: Icon.side }, toSide);
    const look = { part: "more", className: "bare more", icon: Icon.more };
    this.more = button(words.menu, look, () => {});
    this.buttons = [this.#newChat, opened, this.#side, this.more];
    this.#move = button(words.toSide, {}, toSide);
    this.#expand = button(words.expand, {}, () => {
      placement.expanded = !placement.expanded;
    });
    this.#search = button(words.searchOrAsk, {}, () => controls.openModal());
    this.#search.append(this.#keys);
    const chats = button(words.history, { className: "chats-item" }, () => opened.click());
    this.#save = acting(words.save, { part: "save" }, "save_chat", () => controls.save());
    const forYou = acting(words.personalize, { part: "personalize" }, "personalize", () =>
      controls.openForYou(),
    );
    this.account = acting(words.signIn, { part: "account" }, "account", () =>
      controls.openAccount(),
    );
    const standing = [chats, this.#move, this.#expand, this.#search];
    this.groups = [standing, [this.#save, forYou], [this.account]];
  }

  /** Says by which keys the search opens. */
  describe(keys: string): void {
    this.#keys.textContent = keys;
    this.#search.dataset["keys"] = keys;
  }

  /** Shows who is signed in. */
  showUser(user: User | null): void {
    const { words } = this.controls;
    const { account } = this;
    label(account, user ? words.account : words.signIn);
    account.title = user ? `${words.account}: ${shownAs(user)}` : words.signIn;
    for (const each of [account, this.#save]) each.hidden = !user && !OFFERS_SIGN_IN;
  }

  /** Shows what goes with the layout. Inside the page there is nothing to begin anew before it has begun. */
  arrange(): void {
    const { words, placement, panel, conversation } = this.controls;
    const { name } = panel.layout;
    label(this.#save, conversation.saved ? words.saved : words.save);
    label(this.#move, name === "side" ? words.toCorner : words.toSide);
    label(this.#expand, placement.expanded ? words.shrink : words.expand);
    this.#move.hidden = !placement.canPush;
    this.#side.hidden = this.#move.hidden || name !== "modal";
    this.#expand.hidden = name !== "floating";
    this.#search.hidden = !this.#search.dataset["keys"] || name === "modal" || name === "inline";
    this.#newChat.hidden = panel.fresh && name === "inline";
  }
}
