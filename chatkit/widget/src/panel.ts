/**
 * The panel: its header, the conversation or a view in its place, notices, and the composer. A script of its own,
 * loaded when a reader comes near the button.
 */
import { Account, OFFERS_SIGN_IN, PROVIDER_NAME } from "./account.ts";
import type { Client, SignedIn, Source } from "./client.ts";
import { Composer } from "./composer.ts";
import { type Conversation, conversationWith, type ConversationView } from "./conversations.ts";
import { countDown, countDownOn } from "./countdown.ts";
import { button, type ButtonOptions, type Content, h } from "./dom.ts";
import { type ChatKitError, isRequestError } from "./errors.ts";
import { Header, type Work } from "./header.ts";
import type { Identity } from "./identity.ts";
import { joinPage, offerSelection } from "./joining.ts";
import { Layout, type LayoutHost } from "./layouts.ts";
import type { LocalMessage, Rating } from "./messages.ts";
import { type NoticeOptions, Notices } from "./notices.ts";
import { load } from "./parts.ts";
import { elsewhere, pageScope } from "./scope.ts";
import type { RecentChat } from "./seeker.ts";
import type { Shell } from "./shell.ts";
import { Starting } from "./starting.ts";
import { sheet } from "./styles.ts";
import { Transcript } from "./transcript.ts";
import type { Views } from "./views.ts";
import { ViewStack } from "./viewstack.ts";
import { duration, say, sayError, type AllWords, type Words } from "./words.ts";

/** What the panel needs of the element that it stands in. */
export interface Host extends LayoutHost {
  readonly words: Words;
  allWords(): Promise<AllWords>;
  ask(text: string): unknown;
  open(): void;
  /** Opens the panel before the page. */
  openModal(): void;
  /** Announces `chatkit:<name>` to the page; false when the page has taken over what it announces. */
  emit(name: string, detail?: object, cancelable?: boolean): boolean;
}

/** The server writes `on` here where a language model writes the answers. */
const MODEL = "chatkit-model:off";
const TOUCH = "(pointer: coarse)";

export class Panel implements ConversationView {
  readonly words: Words;
  readonly client: Client;
  readonly conversation: Conversation;
  readonly element = h("section", { part: "panel" });
  readonly composer: Composer;
  readonly transcript: Transcript;
  readonly header: Header;
  readonly layout: Layout;
  readonly account: Account;
  #status = h("p", { className: "hidden", role: "status" });
  #notices: Notices;
  #stack: ViewStack;
  /** Ends the counting down of a limit. */
  #limited: AbortController | undefined;
  /** Whom the panel shows as signed in. */
  #shown: string | undefined;
  #starting: Starting;

  /** The name of the provider that readers may sign in by beside the mail; empty where there is none. */
  readonly provider = PROVIDER_NAME;

  /** `signal` ends the panel, with its timers and whatever is under way. */
  constructor(
    readonly host: Host,
    /** What stood on the page before; the panel appears in it. */
    readonly shell: Shell,
    base: string,
    readonly signal: AbortSignal,
  ) {
    const words = (this.words = host.words);
    const { element } = this;
    this.conversation = conversationWith(base);
    this.client = this.conversation.client;
    const sheets = host.shadowRoot!.adoptedStyleSheets;
    if (!sheets.includes(sheet)) sheets.push(sheet);
    const { key } = this.client.session;
    this.layout = new Layout(host, shell, element, key, signal, () => this.arrange());
    this.account = new Account(this);
    this.#notices = new Notices(words, this.announce, () => this.focus());
    this.#stack = new ViewStack(
      element,
      words,
      () => this.close(),
      () => this.focus(),
    );
    this.composer = new Composer(this);
    this.transcript = new Transcript(this);
    this.header = new Header(this, signal);
    element.append(
      this.header.element,
      this.transcript.element,
      this.#notices.element,
      h("p", { className: "foot" }, MODEL.endsWith("on") ? words.written : words.quoted),
      this.#status,
    );
    element.onkeydown = (event) => this.#escape(event);
    this.#starting = new Starting(this);
  }

  /** Shows the conversation, with what was typed; whoever is signed in is no news. */
  start(): void {
    const { conversation, composer, host, signal } = this;
    if (conversation.open !== undefined) {
      host.toggleAttribute("open", conversation.open);
      this.shell.launcher.used();
    }
    this.replaced();
    composer.value = conversation.draft;
    this.account.sync();
    conversation.attach(this, signal);
    joinPage(this, signal);
  }

  /** Takes the page's word on who the reader is. */
  async setIdentity(identity: Identity): Promise<void> {
    const { conversation, words } = this;
    // Where it does not load, the reader asks without an account.
    const part = await load(() => import("./identity.ts"), words.partFailed).catch(() => undefined);
    await part?.setIdentity(conversation, identity);
  }

  open(): void {
    const { conversation, layout, host } = this;
    layout.enter();
    this.shell.launcher.used();
    Object.assign(conversation, { open: true, used: true });
    host.toggleAttribute("open", true);
    offerSelection(this);
    this.focus();
  }

  /** Opens before the page, to search or ask; closes where it is open so. An inline panel comes into view. */
  openModal(): void {
    const { layout } = this;
    if (layout.open && layout.name === "modal") return this.close();
    layout.enter();
    layout.toModal();
    this.open();
  }

  /** Closes; the conversation stays. */
  close(): void {
    const { conversation, layout, host } = this;
    const focused = host.matches(":focus-within");
    Object.assign(conversation, { open: false, used: true });
    host.removeAttribute("open");
    layout.leave(focused);
  }

  /** Takes over what the element's attributes say. */
  describe(heading: string, keys: string): void {
    this.element.ariaLabel = heading;
    this.header.describe(heading, keys);
    this.layout.update();
  }

  /** Puts the cursor into the composer; on a phone, where the keyboard would hide the rest, on the heading. */
  focus(): void {
    const touched = this.layout.name === "full" && matchMedia(TOUCH).matches;
    if (touched) this.header.focus();
    else this.composer.input.focus();
  }

  // Asking.

  /** Asks a question. While a limit runs, or an answer is written, it becomes the draft. */
  async ask(text: string): Promise<void> {
    const { conversation, composer, host } = this;
    const message = text.trim();
    if (!message) return;
    this.closeViews();
    if (composer.limited || conversation.pending) {
      composer.value = message;
      return;
    }
    const selected_text = composer.selected;
    // A row to begin with goes when it is pressed.
    if (this.fresh && this.transcript.element.matches(":focus-within")) this.focus();
    this.layout.searching = false;
    composer.value = "";
    composer.select("");
    host.emit("send", { message });
    await conversation.ask(this, message, { selected_text, ...pageScope(host) });
  }

  stop(): void {
    this.conversation.stop();
    this.focus();
  }

  /** Asks for an answer once more, in place of the one that came or did not come. */
  askAgain(answer: LocalMessage): void {
    this.focus();
    void this.conversation.again(this, answer, pageScope(this.host));
  }

  /** Takes a question that was not sent yet out again, with its answer. */
  withdraw(answer: LocalMessage): void {
    this.conversation.withdraw(answer);
    this.focus();
  }

  /** Puts a question into the composer, to be changed and asked. */
  edit(question: string): void {
    this.composer.value = question;
    this.composer.input.focus();
  }

  /** Keeps what is typed for the next page. */
  typed(text: string): void {
    this.conversation.draft = text;
  }

  /** Notes a rating wherever the conversation is shown. */
  noteRating(answer: LocalMessage, rating: Rating): void {
    this.conversation.update(answer, { rating });
  }

  /** Names the version and the language of a source, where they are not the reader's. */
  elsewhere(source: Source): string {
    return elsewhere(this.host, source, this.words);
  }

  // What the conversation tells.

  replaced(): void {
    this.transcript.replace(this.conversation.messages);
    this.#follow();
  }

  began(question: LocalMessage, answer: LocalMessage): void {
    this.transcript.begin(question, answer);
    this.#follow();
  }

  appended(answer: LocalMessage): void {
    this.transcript.appended(answer);
  }

  changed(answer: LocalMessage): void {
    this.transcript.changed(answer);
    this.#follow();
  }

  removed(answer: LocalMessage): void {
    this.transcript.remove(answer);
    this.#follow();
  }

  forgot(): void {
    this.composer.value = "";
    this.composer.select("");
    this.closeViews();
    this.replaced();
    this.#starting.refresh();
  }

  userChanged(): void {
    this.account.sync();
  }

  answered({ content, outcome, sources = [], metadata }: LocalMessage): void {
    this.host.emit("answer", { answer: content, outcome, sources, metadata });
    if (!this.layout.open) this.shell.launcher.ready = true;
    const answers = this.conversation.complete.filter(({ role }) => role === "assistant");
    this.account.suggest(answers.length);
  }

  failed(error: unknown): void {
    // The turn says the rest.
    this.explain(error, "chat");
  }

  refused(error: unknown, question: string): void {
    const { composer } = this;
    this.#follow();
    composer.value = question + composer.value;
    const sentence = this.explain(error, "chat");
    if (sentence) this.notice(sentence, { urgent: true });
  }

  #follow(): void {
    this.composer.busy = !!this.conversation.pending;
    this.arrange();
  }

  // What others show.

  /** Says a sentence to assistive technology, by the one line that speaks. */
  readonly announce = (sentence: string): void => {
    // The same sentence twice is two changes.
    this.#status.textContent = "";
    requestAnimationFrame(() => (this.#status.textContent = sentence));
  };

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

  /** Puts everything where the layout and the conversation want it: the composer at the top while that is empty. */
  arrange(): void {
    const { element, composer, host, words, header, fresh, layout } = this;
    const { element: form, input, results } = composer;
    const focused = input.matches(":focus");
    composer.hint = fresh ? host.getAttribute("placeholder") || words.placeholder : words.followUp;
    header.arrange(fresh, this.conversation.saved);
    element.classList.toggle("searching", layout.searching && !!this.transcript.last);
    if (layout.open) this.shell.launcher.ready = false;
    // One that a reader opened; an owner's `open`, and one inside the page, begin at the first focus.
    if (layout.open && layout.name !== "inline" && this.conversation.used) this.#starting.update();
    if (form.parentNode && element.classList.contains("fresh") === fresh) return;
    element.classList.toggle("fresh", fresh);
    if (fresh) header.element.after(form, results);
    else this.#notices.element.after(form);
    // On touch the keyboard goes, and the answer has the room.
    if (focused && (fresh || !matchMedia(TOUCH).matches)) input.focus({ preventScroll: true });
  }

  /** The composer stands at the top, for a first question or to search: results belong under it. */
  get fresh(): boolean {
    return !this.transcript.last || this.layout.searching;
  }

  /** The conversations that this browser remembers beside the one shown, the newest first. */
  recentChats(): RecentChat[] {
    const { recent, id: shown } = this.conversation;
    return recent.list
      .filter(({ id }) => id !== shown)
      .map(({ id, at, messages }) => ({ id, at, title: messages[0]!.content }));
  }

  /** Takes up one of them. */
  openRecent({ id }: RecentChat): void {
    const chat = this.conversation.recent.list.find((other) => other.id === id);
    if (chat) this.conversation.replace(chat.messages, id);
    this.focus();
  }

  /** Begins a new conversation. */
  clear(): void {
    this.conversation.replace();
  }

  /** Begins a new conversation for a reader who asks for one. */
  newChat(): void {
    this.showConversation([], this.words.newChat);
  }

  /** Shows another conversation, with a way back to the one on the page. */
  showConversation(messages: LocalMessage[], title: string, id?: string): void {
    const { conversation, words } = this;
    const { complete: before, id: beforeId } = conversation;
    this.closeViews();
    conversation.replace(messages, id);
    this.focus();
    const undo = () => conversation.replace(before, beforeId);
    if (before[0]) this.notice(title, { action: [words.undo, undo] });
  }

  // Actions.

  /** Makes a button that runs an action of the API. */
  actionButton(label: string, options: ButtonOptions, action: string, work: Work) {
    return button(label, options, (element) => this.run(action, element, work));
  }

  /** Runs a button's action, once at a time; shows its failure, counts its limit down. */
  async run(action: string, button: HTMLButtonElement, work: Work): Promise<void> {
    if (button.ariaBusy || button.ariaDisabled) return;
    button.ariaBusy = "true";
    try {
      await work(button);
    } catch (error) {
      const sentence = this.explain(error, action, button);
      const options: NoticeOptions = { urgent: true };
      if ((error as ChatKitError).code === "part_failed") {
        options.action = [this.words.retry, () => this.run(action, button, work)];
      }
      if (sentence) this.notice(sentence, options);
    }
    button.ariaBusy = null;
  }

  /**
   * Announces an error to the page, and returns a sentence for the reader. A rate limit is counted
   * down on what met it, and there is nothing more to say.
   */
  explain(error: unknown, action: string, button?: HTMLButtonElement): string | undefined {
    const { host, words } = this;
    // Anything but an answer of the API is a mistake of ours: the console shall have it whole.
    if (!isRequestError(error)) {
      reportError(error);
      return words.error_unexpected;
    }
    const { code, retryAfter = 1, requestId } = error;
    const message = sayError(words, code, error.message);
    if (code === "rate_limited") {
      if (button) countDownOn(button, retryAfter, this.signal, words);
      if (button) this.notice(message);
      else this.#limitQuestions(error);
      host.emit("rate-limited", { action, retryAfter });
      return;
    }
    host.emit("error", { error: code, message, requestId });
    if (this.noteEnded()) return words.sessionEnded;
    return requestId
      ? `${message} (${say(words.request, { id: requestId.slice(0, 8) })})`
      : message;
  }

  /** Says that the session has ended, where a call has found that. */
  noteEnded(): boolean {
    const ended = !!this.account.email && !this.client.session.stored.token;
    if (ended) this.account.sync(this.words.sessionEnded);
    return ended;
  }

  /** Counts the limit of questions down above the composer, where the question stays as a draft. */
  #limitQuestions(error: ChatKitError): void {
    const { words, composer } = this;
    const wait = h("b");
    const { limit: count } = error;
    const limit = count ? [" ", say(words.limit, { count }, words.locale)] : [];
    const notice = this.notice([wait, ...limit, " ", words.draftStays], { lasting: true });
    if (!this.account.email && OFFERS_SIGN_IN) {
      const look = { className: "link" };
      const offer = this.actionButton(words.signIn, look, "account", () => this.signIn("whyAsk"));
      notice.firstElementChild!.append(" ", offer);
    }
    const limited = (this.#limited = new AbortController());
    const ends = AbortSignal.any([this.signal, limited.signal]);
    countDown(error.retryAfter ?? 1, ends, (left) => {
      composer.limited = !!left;
      wait.textContent = say(words.askAgainIn, { time: duration(left, words) });
      if (left) return;
      const focused = notice.matches(":focus-within");
      notice.remove();
      if (focused) this.focus();
      if (!ends.aborted) this.announce(words.askAgain);
    });
    this.announce(notice.firstElementChild!.textContent);
  }

  // Who is signed in.

  /** Shows who is signed in. */
  showUser(email: string | undefined): void {
    // A limit is for the one who met it.
    if (email !== this.#shown) this.#limited?.abort();
    this.#shown = email;
    this.header.showUser(email);
  }

  /** Forgets the person who logged out or deleted the account; `message` says which. */
  signOut(message: string): void {
    this.account.signOut(message);
  }

  /** Signs in by the token of a mailed link. */
  verify(token: string): Promise<void> {
    return this.run("verify", this.header.account, () => this.account.verify(token));
  }

  async confirmSignIn(token: string, email: string): Promise<void> {
    await (await this.#loadViews()).confirmSignIn(token, email);
  }

  async welcome(signedIn: SignedIn): Promise<void> {
    const { leaves_behind } = this.client.session.stored;
    if (signedIn.chat_ids[0] || leaves_behind) await (await this.#loadViews()).welcome(signedIn);
  }

  /** Offers to sign in; `why` names the word that says what for. */
  async signIn(why?: "whySave" | "whyAsk"): Promise<void> {
    await (await this.#loadViews()).signIn(why);
  }

  // What the header's buttons do.

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

  async save(): Promise<void> {
    const { client, words, conversation } = this;
    // The server keeps this many messages of a chat.
    const messages = conversation.complete.slice(-200);
    if (!this.account.email) return this.signIn("whySave");
    if (!messages[0]) return void this.notice(words.nothingToSave);
    const conversation_id = conversation.id ?? null;
    await client.send("post", "/api/v1/chat/save", { messages, conversation_id });
    this.noteSaved();
    this.notice(words.saved);
  }

  /** Shows that the account has what is shown. */
  noteSaved(): void {
    this.conversation.saved = true;
    this.arrange();
  }

  /** Loads the views: most readers ask and never need them. */
  async #loadViews(): Promise<Views> {
    const parts = () => Promise.all([import("./views.ts"), this.host.allWords()]);
    const [{ Views }, words] = await load(parts, this.words.partFailed);
    return new Views(this, words);
  }

  /** Esc clears the text, then goes back, then closes. */
  #escape(event: KeyboardEvent): void {
    const { composer } = this;
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    if (event.target === composer.input && composer.value) composer.value = "";
    else if (!this.back() && this.layout.name !== "inline") this.close();
  }
}
