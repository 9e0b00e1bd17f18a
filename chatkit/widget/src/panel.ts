import { ChatKitError, type Client, type Progress, type Question } from "./client.ts";
import { countDown } from "./countdown.ts";
import type { Dialogs } from "./dialogs.ts";
import { button, h, type Look } from "./dom.ts";
import type { ChatKitWidget } from "./element.ts";
import { Icon } from "./icons.ts";
import { Say, signedInAs, withRequest } from "./strings.ts";
import { Store } from "./store.ts";
import { toast } from "./toast.ts";
import { type Entry, type Rating, Transcript, type Turn } from "./transcript.ts";

/** What this tab keeps over a reload. */
interface Tab {
  messages: Turn[];
  draft: string;
  open: boolean;
  /** Which questions follow on each other. */
  conversation: string;
  /** The answer that was being written. */
  progress: Progress;
}

/** What a reader works with: the conversation, the composer and the actions. */
export class Panel {
  readonly transcript = new Transcript((...given) => this.#rate(...given));
  readonly title = h("h2");
  readonly input = h("textarea", { part: "input", rows: 1, maxLength: 2000 });
  readonly element: HTMLElement;
  readonly dialog = h("dialog", { part: "dialog" });
  readonly tab: Store<Tab>;
  #toast: HTMLElement | undefined;
  #send = button(Say.send, { part: "send", className: "primary", icon: Icon.send });
  #stop = button(Say.stop, { part: "stop", className: "bare primary", icon: Icon.stop }, () => {
    const { message_id } = this.progress!;
    this.#answering?.abort();
    // Stopped here in any case; there as soon as it can be told.
    this.client.send("post", "/api/v1/chat/stop", { message_id }).catch(() => {});
    this.input.focus();
  });
  /** What the reader selected on the page: the question is about it. */
  #selected = h("p");
  #selection = h(
    "div",
    { className: "selection", hidden: true },
    this.#selected,
    button(Say.remove, { className: "bare quiet", icon: Icon.close }, () => this.select("")),
  );
  #history = this.action(
    Say.history,
    { part: "history", className: "bare quiet", icon: Icon.clock },
    "history",
    async () => (await this.#load()).history(),
  );
  #account = this.action(Say.signIn, { part: "account", icon: Icon.person }, "account", async () =>
    this.#email ? (await this.#load()).account() : this.#signUp(),
  );
  #dialogs: Dialogs | undefined;
  /** Ends the reading of the answer that is being written. */
  #answering: AbortController | undefined;
  /** How far the answer that is being written has come. */
  progress: Progress | undefined;
  #email: string | undefined;

  /** `signal` ends the panel, with its timers and whatever is under way. */
  constructor(
    readonly host: ChatKitWidget,
    readonly client: Client,
    readonly signal: AbortSignal,
  ) {
    const { input, transcript } = this;
    this.tab = new Store("sessionStorage", client.session.key);
    const bare = "bare quiet";
    const form = h(
      "form",
      { part: "composer" },
      this.#selection,
      input,
      h(
        "div",
        { part: "actions" },
        this.action(Say.save, { part: "save", icon: Icon.save }, "save_chat", async () => {
          // The server keeps this many messages of a chat.
          const messages = transcript.messages.slice(-200);
          if (!this.#email) return this.#signUp(Say.whySave);
          if (!messages[0]) return this.toast(Say.nothingToSave);
          await client.send("post", "/api/v1/chat/save", { messages });
          this.toast(Say.saved);
        }),
        this.action(
          Say.personalize,
          { part: "personalize", icon: Icon.spark },
          "personalize",
          async () => {
            if (!this.#email) return this.#signUp(Say.whyPersonalize);
            const reply = await client.send("post", "/api/v1/user/personalize", {});
            (await this.#load()).recommendations(reply.recommendations);
          },
        ),
      ),
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
        button(Say.newChat, { className: bare, icon: Icon.add }, () => this.show([], Say.newChat)),
        this.#history,
        this.#account,
        button(Say.close, { className: `${bare} close`, icon: Icon.close }, () => host.close()),
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
    signal.addEventListener("abort", () => this.#answering?.abort());
    this.follow();
  }

  /** Asks a question. While a limit runs it becomes the draft. */
  async ask(text: string): Promise<void> {
    const { input, client, host } = this;
    const message = text.trim();
    if (!message) return;
    input.value = this.#send.disabled ? message : "";
    if (this.#send.disabled) return;
    const selected_text = this.#selected.textContent;
    const { conversation: conversation_id = crypto.randomUUID() } = this.tab.kept;
    this.tab.change({ conversation: conversation_id });
    this.select("");
    const page_url = location.href.split("#")[0]!;
    const session_id = client.session.identify();
    const context = { mode: "chat", page_url, session_id, conversation_id, selected_text } as const;
    host.emit("send", { message });
    await this.#converse({ message, context }, crypto.randomUUID());
  }

  /** Goes on with an answer that a reload cut off. */
  async resume(progress: Progress): Promise<void> {
    const { last } = this.transcript;
    if (last?.message.role === "assistant") await this.#answer(last, undefined, progress);
  }

  /** Takes what is selected on the page for what the next question is about; nothing takes it back. */
  select(text: string): void {
    this.#selected.textContent = text.trim().slice(0, 5000);
    this.#selection.hidden = !text.trim();
  }

  /** Shows a question and its answer; one that did not come can be asked for again under its own id. */
  async #converse(question: Question, message_id: string): Promise<void> {
    const { transcript, input } = this;
    const { message: content } = question;
    const asked = transcript.add({ role: "user", content });
    const reply = transcript.add({ role: "assistant", content: "" });
    const progress: Progress = { message_id };
    const failure = await this.#answer(reply, question, progress);
    if (failure === undefined) return;
    if (!failure) {
      transcript.remove(asked, reply);
      input.value = content + input.value;
      return;
    }
    const again = () => {
      transcript.remove(asked, reply);
      // Nothing came of it: the server may have the question all the same, and knows it by its id.
      this.#converse(question, progress.at === undefined ? message_id : crypto.randomUUID());
    };
    reply.remark(failure, button(Say.retry, { className: "secondary" }, again));
  }

  /** Reads an answer to its end; returns a sentence when it failed, empty when all is said already. */
  async #answer(
    reply: Entry,
    question: Question | undefined,
    progress: Progress,
  ): Promise<string | undefined> {
    const { host } = this;
    this.#answering?.abort();
    const answering = (this.#answering = new AbortController());
    this.progress = progress;
    this.#stop.hidden = !(this.#send.hidden = reply.pending = true);
    let failure: string | undefined;
    try {
      for await (const event of this.client.ask(question, progress, answering.signal)) {
        reply.remark(event.type === "waiting" ? Say.waiting : "");
        if (event.type === "sources") reply.cite(event.sources);
        if (event.type === "token") reply.append(event.content);
        if (event.type === "done") {
          const { metadata } = event;
          const { message } = reply;
          message.message_id = progress.message_id;
          host.emit("answer", {
            answer: message.content,
            sources: message.sources ?? [],
            metadata,
          });
          if (metadata.fallback) reply.remark(Say.fallback);
          this.#hint();
        }
      }
    } catch (error) {
      if (answering.signal.aborted) reply.remark((failure = Say.stopped));
      else failure = this.#fail(error, "chat", this.#send) ?? "";
    }
    reply.pending = false;
    if (this.#answering === answering) {
      this.progress = undefined;
      this.#stop.hidden = !(this.#send.hidden = false);
    }
    return failure;
  }

  /** Tells the server what the reader thinks of an answer; of one that did not help, it asks why. */
  async #rate(turn: Turn, rating: Rating, button: HTMLButtonElement): Promise<void> {
    const message_id = turn.message_id!;
    await this.act("feedback", button, async () => {
      await this.client.send("post", "/api/v1/chat/feedback", { message_id, rating });
      if (rating === "down") (await this.#load()).feedback(message_id);
      else this.toast(Say.thanks);
    });
  }

  /** Begins a new conversation. */
  clear(): void {
    this.#answering?.abort();
    this.tab.change({ conversation: undefined });
    this.transcript.replace([]);
  }

  /** Shows another conversation, with a way back to the one on the page. */
  show(messages: Turn[], title: string): void {
    const { transcript } = this;
    const before = transcript.messages;
    this.clear();
    transcript.replace(messages);
    this.input.focus();
    if (before[0]) this.toast(title, false, [Say.undo, () => transcript.replace(before)]);
  }

  /** Shows a notice, in the open dialog if there is one, as the rest is inert then. */
  toast(...notice: Parameters<typeof toast>): void {
    this.#toast?.remove();
    this.#toast = toast(...notice);
    if (this.dialog.open) this.dialog.append(this.#toast);
    else this.input.form!.before(this.#toast);
  }

  /** A button for work that the API does. */
  action(label: string, look: Look, action: string, work: () => Promise<unknown>) {
    const element = button(label, look, () => this.act(action, element, work));
    return element;
  }

  /** Does the work of a button, once at a time; shows its failure, counts its limit down. */
  async act(
    action: string,
    button: HTMLButtonElement,
    work: () => Promise<unknown>,
  ): Promise<void> {
    if (button.ariaBusy) return;
    button.ariaBusy = "true";
    try {
      await work();
    } catch (error) {
      const sentence = this.#fail(error, action, button);
      if (sentence) this.toast(sentence, true);
    }
    button.ariaBusy = null;
  }

  /** Exchanges the token of a mailed link for a session. */
  verify(token: string): Promise<void> {
    return this.act("verify", this.#account, async () => {
      await this.client.signIn("/api/v1/auth/verify", { token });
      this.follow();
    });
  }

  /** Logged out, or the account deleted: the browser keeps nothing of the person. */
  leave(message: string): void {
    this.client.session.forget();
    this.client.session.change({ anonymous: undefined });
    this.clear();
    this.tab.change({ messages: [], draft: "" });
    this.follow(message);
  }

  /** Follows who is signed in: here, in another tab, or no longer. */
  follow(goodbye: string = Say.loggedOut): void {
    const { user = null } = this.client.session.kept;
    const email = user?.email;
    this.#account.title = email ? `${Say.account}: ${email}` : Say.signIn;
    this.#account.className = email ? "bare primary" : "quiet";
    this.#history.hidden = !email;
    // What the page opens with is no news.
    if (this.#email !== email && this.element.isConnected) {
      this.dialog.close();
      this.toast(email ? signedInAs(email) : goodbye);
      this.host.emit("auth-change", { user });
    }
    this.#email = email;
  }

  /**
   * Says what went wrong, in the reader's words, and announces it to the page. A rate limit is
   * counted down on the button that met it, and there is nothing more to say.
   */
  #fail(error: unknown, action: string, button: HTMLButtonElement): string | undefined {
    // Anything but an answer of the API is a mistake of ours: the console shall have it whole.
    if (!(error instanceof ChatKitError)) {
      reportError(error);
      return Say.unexpected;
    }
    const { code, message, retryAfter = 1, requestId } = error;
    if (code === "rate_limited") {
      countDown(button, retryAfter, this.signal);
      this.toast(message);
      this.host.emit("rate-limited", { action, retryAfter });
      return;
    }
    this.host.emit("error", { error: code, message, requestId });
    if (this.#email && !this.client.session.kept.token) {
      this.follow(Say.sessionEnded);
      return Say.sessionEnded;
    }
    return requestId ? withRequest(message, requestId) : message;
  }

  /** Hints at signing up after the fifth answer, once ever. */
  #hint(): void {
    const { session } = this.client;
    const answers = this.transcript.messages.filter(({ role }) => role === "assistant");
    if (this.#email || session.kept.prompted || !answers[4]) return;
    session.change({ prompted: true });
    this.toast(Say.prompt, false, [Say.signIn, () => this.#account.click()], "prompt");
  }

  async #signUp(reason?: string): Promise<void> {
    (await this.#load()).signUp(reason);
  }

  /** Loads the dialogs: most readers ask and never need them. */
  async #load(): Promise<Dialogs> {
    const { Dialogs } = await import("./dialogs.ts").catch(() => {
      throw new ChatKitError("unreachable", Say.unreachable);
    });
    return (this.#dialogs ??= new Dialogs(this));
  }
}
