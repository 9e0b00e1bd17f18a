/** The panel: what a reader works with, from the conversation to the composer and its actions. */
import {
  ChatKitError,
  type AnswerProgress,
  type Client,
  type Question,
  type Source,
} from "./client.ts";
import { countDown } from "./countdown.ts";
import type { Dialogs, Work } from "./dialogs.ts";
import { button, h, type ButtonOptions } from "./dom.ts";
import { Icon } from "./icons.ts";
import { signedInAs, strings, withRequestId } from "./strings.ts";
import { Store } from "./store.ts";
import { toast } from "./toast.ts";
import { type LocalMessage, type MessageView, type Rating, Transcript } from "./transcript.ts";

/** What the panel needs of the element that it stands in. */
export interface Host extends HTMLElement {
  ask(text: string): unknown;
  close(): void;
  /** Announces `chatkit:<name>` to the page. */
  emit(name: string, detail?: object): void;
}

/** The server that hands out this script writes `off` here where signing in is switched off. */
const SIGN_IN = "chatkit-sign-in:on";
const OFFERS_SIGN_IN = SIGN_IN.endsWith("on");

/** After this long without a word a reader is told that the answer is still to come. */
const SLOW_MS = 8_000;

/** What this tab stores for a reload. */
interface Tab {
  messages: LocalMessage[];
  draft: string;
  open: boolean;
  /** Which questions follow on each other. */
  conversation: string;
  /** The answer that was being written. */
  progress: AnswerProgress;
}

export class Panel {
  readonly transcript = new Transcript(
    (...rated) => this.#rate(...rated),
    (source) => this.#elsewhere(source),
  );
  readonly title = h("h2");
  readonly input = h("textarea", { part: "input", rows: 1, maxLength: 2000 });
  readonly element: HTMLElement;
  #signal: AbortSignal;
  #tab: Store<Tab>;
  #toast: HTMLElement | undefined;
  #send = button(strings.send, { part: "send", className: "primary", icon: Icon.send });
  #stop = button(strings.stop, { part: "stop", className: "bare primary", icon: Icon.stop }, () => {
    const { message_id } = this.#progress!;
    const session_id = this.client.session.stored.anonymous ?? null;
    this.#reading?.abort();
    // Stopped here in any case; there as soon as it can be told.
    this.client.send("post", "/api/v1/chat/stop", { message_id, session_id }).catch(() => {});
    this.input.focus();
  });
  /** What the reader selected on the page: the question is about it. */
  #selected = h("p");
  #selection = h(
    "div",
    { className: "selection", hidden: true },
    this.#selected,
    button(strings.remove, { className: "bare quiet", icon: Icon.close }, () => this.select("")),
  );
  #history = this.actionButton(
    strings.history,
    { part: "history", className: "bare quiet", icon: Icon.clock },
    "history",
    async (button) => (await this.#loadDialogs()).history(button),
  );
  #account = this.actionButton(
    strings.signIn,
    { part: "account", icon: Icon.person },
    "account",
    async () => (this.#email ? (await this.#loadDialogs()).account() : this.#signUp()),
  );
  /** The actions that need an account. */
  #personal: HTMLElement[];
  #dialogs: Dialogs | undefined;
  /** Ends the reading of the answer that is being written. */
  #reading: AbortController | undefined;
  /** How far the answer that is being written has come. */
  #progress: AnswerProgress | undefined;
  /** Whom the panel shows as signed in. */
  #email: string | undefined;

  /** `signal` ends the panel, with its timers and whatever is under way. */
  constructor(
    readonly host: Host,
    readonly client: Client,
    signal: AbortSignal,
  ) {
    this.#signal = signal;
    const { input, transcript } = this;
    this.#tab = new Store("sessionStorage", client.session.key, (stored) => stored as Partial<Tab>);
    const bare = "bare quiet";
    this.#personal = [
      this.actionButton(strings.save, { part: "save", icon: Icon.save }, "save_chat", async () => {
        // The server keeps this many messages of a chat.
        const messages = transcript.messages.slice(-200);
        if (!this.#email) return this.#signUp(strings.whySave);
        if (!messages[0]) return this.toast(strings.nothingToSave);
        const { conversation: conversation_id = null } = this.#tab.stored;
        await client.send("post", "/api/v1/chat/save", { messages, conversation_id });
        this.toast(strings.saved);
      }),
      this.actionButton(
        strings.personalize,
        { part: "personalize", icon: Icon.spark },
        "personalize",
        async (button) => {
          if (!this.#email) return this.#signUp(strings.whyPersonalize);
          const { recommendations } = await client.send("post", "/api/v1/user/personalize", {});
          (await this.#loadDialogs()).recommendations(recommendations, button);
        },
      ),
    ];
    const form = h(
      "form",
      { part: "composer" },
      this.#selection,
      input,
      h("div", { part: "actions" }, ...this.#personal),
      this.#stop,
      this.#send,
    );
    this.element = h(
      "section",
      { part: "panel" },
      h(
        "header",
        { part: "header" },
        this.title,
        button(strings.newChat, { className: bare, icon: Icon.add }, () =>
          this.showConversation([], strings.newChat),
        ),
        this.#history,
        this.#account,
        button(strings.close, { className: `${bare} close`, icon: Icon.close }, () => host.close()),
      ),
      transcript.element,
      form,
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      host.ask(input.value);
    };
    input.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    };
    this.#stop.hidden = true;
    signal.addEventListener("abort", () => this.#reading?.abort());
    this.syncUser();
  }

  /** Stores for a reload what the tab shows, and whether the panel is open. */
  store(open: boolean): void {
    const { messages } = this.transcript;
    this.#tab.update({ messages, draft: this.input.value, open, progress: this.#progress });
  }

  /** Shows what was stored, and goes on with an answer that the reload cut off; returns whether the panel was open. */
  restore(): boolean | undefined {
    const { messages = [], draft = "", open, progress } = this.#tab.stored;
    this.transcript.replace(messages);
    this.input.value = draft;
    const { last } = this.transcript;
    if (progress?.last_event_id !== undefined && last?.message.role === "assistant")
      this.#readAnswer(last, undefined, progress);
    return open;
  }

  /** Asks a question. While a limit runs it becomes the draft. */
  async ask(text: string): Promise<void> {
    const { input, client } = this;
    const message = text.trim();
    if (!message) return;
    input.value = this.#send.disabled ? message : "";
    if (this.#send.disabled) return;
    const selected_text = this.#selected.textContent;
    const { conversation: conversation_id = crypto.randomUUID() } = this.#tab.stored;
    this.#tab.update({ conversation: conversation_id });
    this.select("");
    const page_url = location.href.split("#")[0]!;
    const session_id = client.session.anonymousId();
    const asked = { mode: "chat", page_url, session_id, conversation_id, selected_text } as const;
    const context = { ...asked, ...this.#scope() };
    this.host.emit("send", { message });
    await this.#submit({ message, context }, crypto.randomUUID());
  }

  /** Names the version and the language of a source, where they are not those of the page. */
  #elsewhere({ version, language }: Source): string {
    const { host } = this;
    const primary = (tag: string) => tag.split("-")[0]!.toLowerCase();
    const spoken = host.lang || document.documentElement.lang;
    const own = [host.getAttribute("version"), ...location.pathname.split("/")];
    return [
      version && !own.includes(version) && `${strings.version} ${version}`,
      language && spoken && primary(language) !== primary(spoken) && language,
    ]
      .filter(Boolean)
      .join(", ");
  }

  /** Returns what the element's attributes say of the pages to ask, as far as the API takes it. */
  #scope(): Pick<Question["context"], "site" | "version" | "language"> {
    const { host } = this;
    const stated = (name: string, length: number) =>
      host.getAttribute(name)?.trim().slice(0, length) || null;
    let language = null;
    try {
      language = Intl.getCanonicalLocales(host.lang)[0] ?? null;
    } catch {
      // What is no language is not stated.
    }
    return { site: stated("site", 255), version: stated("version", 100), language };
  }

  /** Takes what is selected on the page for what the next question is about; nothing takes it back. */
  select(text: string): void {
    this.#selected.textContent = text.trim().slice(0, 5000);
    this.#selection.hidden = !text.trim();
  }

  /** Shows a question and its answer; one that did not come can be asked for again under its own id. */
  async #submit(question: Question, message_id: string): Promise<void> {
    const { transcript, input } = this;
    const { message: content } = question;
    const asked = transcript.add({ role: "user", content });
    const answer = transcript.add({ role: "assistant", content: "" });
    const progress: AnswerProgress = { message_id };
    const failure = await this.#readAnswer(answer, question, progress);
    if (failure === undefined) return;
    if (!failure) {
      transcript.remove(asked, answer);
      input.value = content + input.value;
      return;
    }
    const again = () => {
      transcript.remove(asked, answer);
      // Nothing came of it: the server may have the question all the same, and knows it by its id.
      const begun = progress.last_event_id !== undefined;
      this.#submit(question, begun ? crypto.randomUUID() : message_id);
    };
    answer.notice(failure, button(strings.retry, { className: "secondary" }, again));
  }

  /** Reads an answer to its end; returns a sentence when it failed, empty when all is said already. */
  async #readAnswer(
    answer: MessageView,
    question: Question | undefined,
    progress: AnswerProgress,
  ): Promise<string | undefined> {
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    this.#progress = progress;
    this.#stop.hidden = !(this.#send.hidden = answer.pending = true);
    let failure: string | undefined;
    const slow = setTimeout(() => answer.notice(strings.starting), SLOW_MS);
    try {
      for await (const event of this.client.ask(question, progress, reading.signal)) {
        if (event.type !== "sources") clearTimeout(slow);
        answer.notice(event.type === "waiting" ? strings.waiting : "");
        if (event.type === "sources") answer.update({ sources: event.sources });
        if (event.type === "token") answer.append(event.content);
        if (event.type === "done") {
          const { metadata, outcome, citations, ask_people } = event;
          const { message } = answer;
          answer.update({ message_id: progress.message_id, outcome, citations, ask_people });
          this.host.emit("answer", {
            answer: message.content,
            outcome,
            sources: message.sources ?? [],
            metadata,
          });
          if (metadata.fallback) answer.notice(strings.fallback);
          this.#suggestSignUp();
        }
      }
    } catch (error) {
      if (reading.signal.aborted) answer.notice((failure = strings.stopped));
      else failure = this.#handleError(error, "chat", this.#send) ?? "";
    }
    clearTimeout(slow);
    answer.pending = false;
    if (this.#reading === reading) {
      this.#progress = undefined;
      this.#stop.hidden = !(this.#send.hidden = false);
    }
    return failure;
  }

  /** Sends the server a rating of an answer; of one that did not help, asks why. */
  async #rate(message: LocalMessage, rating: Rating, button: HTMLButtonElement): Promise<void> {
    const message_id = message.message_id!;
    await this.run("feedback", button, async () => {
      await this.client.send("post", "/api/v1/chat/feedback", {
        message_id,
        session_id: this.client.session.stored.anonymous ?? null,
        rating,
      });
      if (rating === "down") (await this.#loadDialogs()).feedback(message_id);
      else this.toast(strings.thanks);
    });
  }

  /** Begins a new conversation. */
  clear(): void {
    this.#reading?.abort();
    this.#tab.update({ conversation: undefined });
    this.transcript.replace([]);
  }

  /** Shows another conversation, with a way back to the one on the page. */
  showConversation(messages: LocalMessage[], title: string): void {
    const { transcript } = this;
    const before = transcript.messages;
    this.clear();
    transcript.replace(messages);
    this.input.focus();
    if (before[0]) this.toast(title, false, [strings.undo, () => transcript.replace(before)]);
  }

  /** Shows a toast, in the open dialog if there is one, as the rest is inert then. */
  toast(...args: Parameters<typeof toast>): void {
    this.#toast?.remove();
    this.#toast = toast(...args);
    const dialog = this.#dialogs?.element;
    if (dialog?.open) dialog.append(this.#toast);
    else this.input.form!.before(this.#toast);
  }

  /** Makes a button that runs an action of the API. */
  actionButton(label: string, options: ButtonOptions, action: string, work: Work) {
    return button(label, options, (element) => this.run(action, element, work));
  }

  /** Runs a button's action, once at a time; shows its failure, counts its limit down. */
  async run(action: string, button: HTMLButtonElement, work: Work): Promise<void> {
    if (button.ariaBusy) return;
    button.ariaBusy = "true";
    try {
      await work(button);
    } catch (error) {
      const sentence = this.#handleError(error, action, button);
      if (sentence) this.toast(sentence, true);
    }
    button.ariaBusy = null;
  }

  /**
   * Exchanges the token of a mailed link for a session. Asks first where another browser asked for the
   * link, and where somebody is signed in: that is what a link without the browser's proof brings about.
   */
  verify(token: string): Promise<void> {
    const { client } = this;
    return this.run("verify", this.#account, async () => {
      const { token: live, browser_id } = client.session.stored;
      try {
        const proof = live || !browser_id ? {} : { browser_id };
        await client.signIn("/api/v1/auth/verify", { token, confirmed: false, ...proof });
        this.syncUser();
      } catch (error) {
        if ((error as ChatKitError).code !== "other_browser") throw error;
        (await this.#loadDialogs()).confirmSignIn(token, (error as ChatKitError).email!);
      }
    });
  }

  /** Forgets the person who logged out or deleted the account; `message` says which. */
  signOut(message: string): void {
    this.client.session.clearToken();
    this.client.session.update({ anonymous: undefined, browser_id: undefined });
    this.clear();
    this.#tab.update({ messages: [], draft: "" });
    this.syncUser(message);
  }

  /** Shows who is signed in: here, in another tab, or nobody any more, which `message` explains. */
  syncUser(message: string = strings.loggedOut): void {
    const { user = null } = this.client.session.stored;
    const email = user?.email;
    this.#account.title = email ? `${strings.account}: ${email}` : strings.signIn;
    this.#account.className = email ? "bare primary" : "quiet";
    this.#history.hidden = !email;
    for (const each of [this.#account, ...this.#personal]) each.hidden = !email && !OFFERS_SIGN_IN;
    // What the page opens with is no news.
    if (this.#email !== email && this.element.isConnected) {
      this.#dialogs?.element.close();
      this.toast(email ? signedInAs(email) : message);
      this.host.emit("auth-change", { user });
    }
    this.#email = email;
  }

  /**
   * Announces an error to the page, and returns a sentence for the reader. A rate limit is counted
   * down on the button that met it, and there is nothing more to say.
   */
  #handleError(error: unknown, action: string, button: HTMLButtonElement): string | undefined {
    // Anything but an answer of the API is a mistake of ours: the console shall have it whole.
    if (!(error instanceof ChatKitError)) {
      reportError(error);
      return strings.unexpected;
    }
    const { code, message, retryAfter = 1, requestId } = error;
    if (code === "rate_limited") {
      countDown(button, retryAfter, this.#signal);
      this.toast(message);
      this.host.emit("rate-limited", { action, retryAfter });
      return;
    }
    this.host.emit("error", { error: code, message, requestId });
    if (this.#email && !this.client.session.stored.token) {
      this.syncUser(strings.sessionEnded);
      return strings.sessionEnded;
    }
    return requestId ? withRequestId(message, requestId) : message;
  }

  /** Suggests signing up after the fifth answer, once ever. */
  #suggestSignUp(): void {
    const { session } = this.client;
    const answers = this.transcript.messages.filter(({ role }) => role === "assistant");
    if (this.#email || !OFFERS_SIGN_IN || session.stored.prompted || !answers[4]) return;
    session.update({ prompted: true });
    this.toast(strings.prompt, false, [strings.signIn, () => this.#account.click()], "prompt");
  }

  async #signUp(reason?: string): Promise<void> {
    (await this.#loadDialogs()).signUp(reason);
  }

  /** Loads the dialogs: most readers ask and never need them. */
  async #loadDialogs(): Promise<Dialogs> {
    const { Dialogs } = await import("./dialogs.ts").catch(() => {
      throw new ChatKitError("unreachable", strings.unreachable);
    });
    return (this.#dialogs ??= new Dialogs(this));
  }
}
