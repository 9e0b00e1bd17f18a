/**
 * What stands around the conversation: the menu, the account, notices, views, the other layouts, what joins the panel with
 * its page, and what the browser keeps. A part: loaded once the panel is seen.
 */
import { type Access, accessOf } from "./access.ts";
import { Account, OFFERS_SIGN_IN, PROVIDER_NAME } from "./account.ts";
import { askAgain, goOn } from "./again.ts";
import { checkAttributes } from "./attributes.ts";
import { Chip } from "./chip.ts";
import type { Client, SignedIn } from "./client.ts";
import css from "./controls.css";
import type { Conversation, ConversationView } from "./conversations.ts";
import type { Composer } from "./composer.ts";
import type { Content, Work } from "./dom.ts";
import { followText } from "./field-height.ts";
import type { Header } from "./header.ts";
import { type Identity, setIdentity } from "./identity.ts";
import { joinPage, offerSelection } from "./joining.ts";
import keys from "./keys.css";
import type { Layout } from "./layout.ts";
import { takeLinkToken } from "./mailed-link.ts";
import { type Memory, memoryOf } from "./memory.ts";
import { Menu } from "./menu.ts";
import { MenuItems } from "./menu-items.ts";
import { complete, type LocalMessage } from "./messages.ts";
import type { Navigator } from "./navigation.ts";
import { type NoticeOptions, Notices } from "./notices.ts";
import { load } from "./parts.ts";
import { Placement } from "./placement.ts";
import { saveChat } from "./saving.ts";
import { pageScope } from "./scope.ts";
import type { User } from "./session.ts";
import type { RecentChat } from "./seeker.ts";
import { adopt } from "./styles.ts";
import type { Transcript } from "./transcript.ts";
import { Trouble } from "./trouble.ts";
import type { Views } from "./views.ts";
import { ViewStack } from "./viewstack.ts";
import type { AllWords } from "./words.ts";

const sheet = adopt(css + keys);

/** What the controls need of the panel. */
export interface ControlledPanel extends ConversationView {
  readonly host: Navigator & { readonly identity: Identity | undefined; close(): void };
  readonly conversation: Conversation;
  readonly signal: AbortSignal;
  readonly element: HTMLElement;
  readonly header: Header;
  readonly composer: Composer;
  readonly transcript: Transcript;
  readonly layout: Layout;
  /** The place above the composer. */
  readonly notices: HTMLElement;
  /** By which keys the search opens. */
  readonly keys: string;
  /** Whether the field is for a first question, or to search. */
  readonly fresh: boolean;
  readonly announce: (sentence: string) => void;
  focus(): void;
  open(): void;
}

export class Controls {
  readonly host: ControlledPanel["host"];
  readonly client: Client;
  readonly access: Access;
  readonly memory: Memory;
  readonly conversation: Conversation;
  readonly signal: AbortSignal;
  /** The name of the provider that readers may sign in by beside the mail; empty where there is none. */
  readonly provider = PROVIDER_NAME;
  readonly placement: Placement;
  readonly account: Account;
  readonly menu: Menu;
  #items: MenuItems;
  #notices: Notices;
  #stack: ViewStack;
  #trouble: Trouble;

  constructor(
    readonly panel: ControlledPanel,
    readonly words: AllWords,
  ) {
    const { conversation, signal, layout, header, element } = panel;
    const { client } = conversation;
    this.host = panel.host;
    this.client = client;
    this.access = accessOf(client);
    this.memory = memoryOf(conversation, this.access);
    this.conversation = conversation;
    this.signal = signal;
    sheet(panel.host);
    const refocus = () => panel.focus();
    const close = () => panel.host.close();
    this.#notices = new Notices(panel.notices, words, panel.announce, refocus);
    this.#trouble = new Trouble(this);
    this.#stack = new ViewStack(element, words, close, refocus);
    this.placement = new Placement(layout, this.access.session.key, close, signal);
    new Chip(panel.composer, words);
    followText(panel.composer);
    this.account = new Account(this);
    this.#items = new MenuItems(this);
    const { groups, buttons, more } = this.#items;
    this.menu = new Menu(more, groups, signal);
    header.close.before(...buttons);
    header.element.append(this.menu.element);
    joinPage(panel, signal);
    this.account.sync();
    this.describe(panel.keys);
    layout.update();
    this.arrange();
    if (this.host.identity !== undefined) void this.setIdentity(this.host.identity);
  }

  /** Takes over what the element's attributes say. */
  describe(keys: string): void {
    checkAttributes(this.host);
    this.#items.describe(keys);
  }

  /** Shows what goes with the layout and the conversation. */
  arrange(): void {
    const { element, layout, transcript } = this.panel;
    element.classList.toggle("searching", layout.searching && !!transcript.last);
    this.#items.arrange();
  }

  /** Offers what is selected on the page as what a question is about. */
  offerSelection(): void {
    offerSelection(this.panel);
  }

  /** Opens before the page, to search or ask; closes where it is open so. An inline panel comes into view. */
  openModal(): void {
    const { layout } = this.panel;
    if (layout.open && layout.name === "modal") return this.host.close();
    layout.enter();
    this.placement.toModal();
    this.panel.open();
  }

  // What others show.

  /** Says a sentence to assistive technology. */
  announce(sentence: string): void {
    this.panel.announce(sentence);
  }

  /** Shows a notice above the composer. */
  notice(content: Content | Content[], options?: NoticeOptions): HTMLElement {
    return this.#notices.show(content, options);
  }

  /** Shows a view in place of the conversation, with a way back, and returns it. */
  showView(title: string, ...content: Content[]): HTMLElement {
    // What is said of the conversation waits there.
    this.#notices.element.firstElementChild?.classList.add("behind");
    return this.#stack.show(title, ...content);
  }

  /** Goes back to the view before, or to the conversation; returns whether a view was shown. */
  back(): boolean {
    return this.#stack.back();
  }

  /** Goes back to the conversation. */
  closeViews(): void {
    this.#stack.close();
  }

  /** Runs a button's action, once at a time, and shows its failure. */
  run(action: string, button: HTMLButtonElement, work: Work): Promise<void> {
    return this.#trouble.run(action, button, work);
  }

  /** Announces to the page why an answer did not come; its turn tells the reader. */
  explain(error: unknown): string | undefined {
    return this.#trouble.explain(error, "chat");
  }

  /** Says why a question was not taken. */
  say(error: unknown): void {
    const sentence = this.explain(error);
    if (sentence) this.notice(sentence, { urgent: true });
  }

  /** Says that the session has ended, where a call has found that. */
  noteEnded(): boolean {
    return this.#trouble.noteEnded();
  }

  // Conversations.

  /** Asks for an answer once more, in place of the one that came or did not come. */
  askAgain(answer: LocalMessage): void {
    const { conversation, panel, host } = this;
    void askAgain(conversation, panel, answer, pageScope(host));
  }

  /** Goes on with an answer that a reload cut off. */
  goOn(): void {
    goOn(this.conversation);
  }

  /** Begins a new conversation for a reader who asks for one. */
  newChat(): void {
    this.showConversation([], this.words.newChat);
  }

  /** Shows another conversation, with a way back to the one on the page. */
  showConversation(messages: LocalMessage[], title: string, id?: string): void {
    const { conversation, words } = this;
    const { id: beforeId } = conversation;
    const before = complete(conversation.messages);
    this.closeViews();
    conversation.replace(messages, id);
    this.panel.focus();
    const undo = () => conversation.replace(before, beforeId);
    if (before[0]) this.notice(title, { action: [words.undo, undo] });
  }

  /** The conversations that this browser remembers beside the one shown, the newest first. */
  recentChats(): RecentChat[] {
    return this.memory.recent.list
      .filter(({ id }) => id !== this.conversation.id)
      .map(({ id, at, messages }) => ({ id, at, title: messages[0]!.content }));
  }

  /** Takes up one of them. */
  openRecent({ id }: RecentChat): void {
    const chat = this.memory.recent.list.find((other) => other.id === id);
    if (chat) this.conversation.replace(chat.messages, id);
    this.panel.focus();
  }

  /** Saves the conversation. */
  async save(): Promise<void> {
    const { words, conversation } = this;
    if (!this.account.email) return this.signIn("whySave");
    if (!complete(conversation.messages)[0]) return void this.notice(words.nothingToSave);
    const { left } = this.access.session.stored;
    const isWhole = await saveChat(conversation);
    // Whose it was has left meanwhile, and the next one has saved nothing.
    if (this.access.session.stored.left !== left) return;
    if (isWhole) this.noteSaved();
    this.notice(words.saved);
  }

  /** Shows that the account has what is shown. */
  noteSaved(): void {
    this.conversation.saved = true;
    this.arrange();
  }

  // Who is signed in.

  /** Shows who is signed in. */
  showUser(user: User | null): void {
    this.#trouble.of(user?.email);
    this.#items.showUser(user);
  }

  /** Takes the page's word on who the reader is. */
  setIdentity(identity: Identity): Promise<void> {
    return setIdentity(this.memory, identity);
  }

  /** Forgets the person who logged out or deleted the account; `message` says which. */
  signOut(message: string): void {
    this.account.signOut(message);
  }

  /** Signs in by the token of a mailed link, in the address that the reader came back by. */
  returnFromMail(opened: string): void {
    const token = takeLinkToken(opened);
    if (token) void this.run("verify", this.#items.account, () => this.account.verify(token));
  }

  async confirmSignIn(token: string, email: string): Promise<void> {
    (await this.#loadViews()).confirmSignIn(token, email);
  }

  async welcome(signedIn: SignedIn): Promise<void> {
    const { leaves_behind } = this.access.session.stored;
    if (signedIn.chat_ids[0] || leaves_behind) await (await this.#loadViews()).welcome(signedIn);
  }

  /** Offers to sign in; `why` names the word that says what for. */
  async signIn(why?: "whySave" | "whyAsk"): Promise<void> {
    (await this.#loadViews()).signIn(why);
  }

  // What the buttons open.

  async openChats(): Promise<void> {
    await (await this.#loadViews()).chats();
  }

  async openAccount(): Promise<void> {
    if (!this.account.email) return this.signIn();
    await (await this.#loadViews()).myData();
  }

  async openForYou(): Promise<void> {
    await (await this.#loadViews()).forYou(OFFERS_SIGN_IN);
  }

  /** Loads the views: most readers ask and never need them. */
  async #loadViews(): Promise<Views> {
    const { Views } = await load(() => import("./views.ts"), this.words);
    return new Views(this, this.words);
  }
}
