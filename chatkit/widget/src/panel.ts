/**
 * The panel: the header, the conversation and the composer. It is of the first script, and made when a reader comes near
 * the button; what stands around the conversation, and what an answer has beyond its text, are parts that follow.
 */
import type { Client } from "./client.ts";
import { Composer } from "./composer.ts";
import type { Controls } from "./controls.ts";
import { type Conversation, conversationWith, type ConversationView } from "./conversations.ts";
import { h } from "./dom.ts";
import type { ChatKitError } from "./errors.ts";
import { Header } from "./header.ts";
import type { Identity } from "./identity.ts";
import { Layout } from "./layout.ts";
import { blocks, render } from "./markdown.ts";
import type { AnswerState, LocalMessage } from "./messages.ts";
import css from "./panel.css";
import { partFailure } from "./part-failure.ts";
import { Part } from "./parts.ts";
import { pageScope } from "./scope.ts";
import type { Shell } from "./shell.ts";
import { adopt } from "./styles.ts";
import { Transcript } from "./transcript.ts";
import type { TurnHost } from "./turn.ts";
import type { AllWords, Words } from "./words.ts";

/** What the panel needs of the element that it stands in. */
export interface Host extends HTMLElement {
  readonly words: Words;
  /** What the page has said of who the reader is; undefined where it has said nothing. */
  readonly identity: Identity | undefined;
  allWords(): Promise<AllWords>;
  ask(text: string): unknown;
  close(): void;
  /** Announces `chatkit:<name>` to the page; false when the page has taken over what it announces. */
  emit(name: string, detail?: object, cancelable?: boolean): boolean;
}

/** The server writes `on` here where a language model writes the answers. */
const MODEL = "chatkit-model:off";
const TOUCH = "(pointer: coarse)";

const sheet = adopt(css);

export class Panel implements ConversationView {
  readonly words: Words;
  readonly client: Client;
  readonly conversation: Conversation;
  readonly element = h("section", { part: "panel" });
  readonly header: Header;
  readonly transcript: Transcript;
  /** The place above the composer. */
  readonly notices = h("div", { className: "notices" });
  readonly composer: Composer;
  readonly layout: Layout;
  /** How a text becomes elements; the answers' part has no copy of it. */
  readonly markdown = { blocks, render };
  /** Draws something of a turn anew; the answers' part looks after the focus. */
  redraw: TurnHost["redraw"] = (_, draw) => draw();
  /** What holds an answer up, by its state. */
  held: { [state in AnswerState]?: string };
  /** By which keys the search opens. */
  keys = "";
  /** It is to open before the page as soon as the controls are there. */
  #modal = false;
  /** What is asked before the panel can be seen as it is to be. */
  #asked = "";
  #status = h("p", { className: "hidden", role: "status" });
  readonly controls = new Part(
    () => this.#with(import("./controls.ts")),
    ([{ Controls }, words]) => new Controls(this, words),
  );
  /** All that it says: merged once for its parts. */
  #words = new Part(
    () => this.host.allWords(),
    (words) => words,
  );
  #answers = new Part(
    () => this.#with(import("./answers.ts")),
    ([{ Answers }, words]) => new Answers(this, words),
  );
  #search = new Part(
    () => this.#with(import("./search.ts")),
    ([{ Search }, words]) => new Search(this, words),
  );

  /** `signal` ends the panel, with its timers and whatever is under way. */
  constructor(
    readonly host: Host,
    /** What stood on the page before; the panel appears in it. */
    readonly shell: Shell,
    base: string,
    readonly signal: AbortSignal,
  ) {
    const words = (this.words = host.words);
    this.held = { offline: words.error_offline };
    const { element } = this;
    this.conversation = conversationWith(base);
    this.client = this.conversation.client;
    sheet(host);
    this.layout = new Layout(host, shell, element, () => this.arrange());
    this.composer = new Composer(this);
    this.transcript = new Transcript(this);
    this.header = new Header(words, () => host.close());
    element.append(
      this.header.element,
      this.transcript.element,
      this.notices,
      h("p", { className: "foot" }, MODEL.endsWith("on") ? words.written : words.quoted),
      this.#status,
    );
    element.onkeydown = (event) => this.#escape(event);
    // What has the focus must stay, a row or the button that tries again: only the field has them drawn anew.
    element.addEventListener("focusin", ({ target }) => {
      if (target === this.composer.input) this.#seek();
    });
  }

  /** Takes what is typed, and what is asked, before the panel can be seen as it is to be. */
  expect(): void {
    const { layout, composer } = this;
    layout.enter();
    layout.expecting = true;
    layout.update();
    composer.value = this.conversation.draft;
    composer.input.focus();
  }

  /** Opens before the page, to search or ask. */
  openModal(): void {
    if (!this.controls.now) this.expect();
    this.#modal = true;
    this.control((controls) => {
      // Once, and not after it was closed.
      if (this.#modal) controls.openModal();
      this.#modal = false;
    });
  }

  /** Loads what stands around the conversation, and what an answer has beyond its text: both, or nothing is made. */
  async load(): Promise<void> {
    const parts = [this.controls, this.#answers];
    await Promise.all(parts.map((part) => part.source()));
    await Promise.all(parts.map((part) => part.get()));
  }

  /** Shows the conversation, with what was typed. */
  start(): void {
    const { conversation, composer, host, signal } = this;
    if (conversation.open !== undefined) {
      host.toggleAttribute("open", conversation.open);
      this.shell.launcher.used();
    }
    this.replaced();
    composer.value = conversation.draft;
    conversation.attach(this, signal);
    this.controls.now?.goOn();
    this.#appear();
    // Safari has no idle time.
    (globalThis.requestIdleCallback ?? setTimeout)(() => this.prepare());
  }

  open(): void {
    const { conversation, layout, host } = this;
    layout.enter();
    this.shell.launcher.used();
    conversation.open = conversation.used = true;
    host.toggleAttribute("open", true);
    const focus = () => this.focus();
    // What is selected is taken before the focus moves on.
    if (getSelection()?.isCollapsed === false) {
      this.control((controls) => (controls.offerSelection(), focus()));
    } else focus();
  }

  /** Closes; the conversation stays. `used`: the reader had it before them, and did not only wait for it. */
  close(used: boolean): void {
    const { conversation, layout, host } = this;
    // What was moved into a dialog with the focus is no `:focus-within` for Chromium.
    const focused = !!host.shadowRoot!.activeElement;
    this.#modal = layout.expecting = conversation.open = false;
    this.#asked = "";
    conversation.used ||= used;
    host.removeAttribute("open");
    layout.leave(focused);
  }

  /** Takes over what the element's attributes say. */
  describe(heading: string, keys: string): void {
    this.element.ariaLabel = this.header.title.textContent = heading;
    this.keys = keys;
    this.controls.now?.describe(keys);
    this.layout.update();
  }

  /** Puts the cursor into the composer; on a phone, where the keyboard would hide the rest, on the heading. */
  focus(): void {
    const touched = this.layout.name === "full" && matchMedia(TOUCH).matches;
    (touched ? this.header.title : this.composer.input).focus();
  }

  // Asking.

  /** Asks a question. While a limit runs, or an answer is written, it becomes the draft. */
  async ask(text: string): Promise<void> {
    const { conversation, composer, host } = this;
    const message = text.trim();
    if (this.layout.expecting) this.#asked = message;
    if (!message || this.layout.expecting) return;
    // What is asked is to be seen.
    this.#modal = false;
    this.controls.now?.closeViews();
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
    this.prepare();
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
    this.control((controls) => controls.askAgain(answer));
  }

  /** Keeps what is typed for the next page. */
  typed(text: string): void {
    this.conversation.draft = text;
  }

  // What the conversation tells.

  replaced(): void {
    this.transcript.replace(this.conversation.messages);
    this.#update();
  }

  began(question: LocalMessage, answer: LocalMessage): void {
    this.transcript.begin(question, answer);
    this.#update();
  }

  appended(answer: LocalMessage): void {
    this.transcript.appended(answer);
  }

  changed(answer: LocalMessage): void {
    this.transcript.changed(answer);
    this.#update();
  }

  removed(answer: LocalMessage): void {
    this.transcript.remove(answer);
    this.#update();
  }

  forgot(): void {
    this.composer.value = "";
    this.composer.select("");
    this.controls.now?.closeViews();
    this.replaced();
  }

  userChanged(): void {
    this.controls.now?.account.sync();
  }

  answered({ content, outcome, sources = [], metadata }: LocalMessage): void {
    this.host.emit("answer", { answer: content, outcome, sources, metadata });
    if (!this.layout.open) this.shell.launcher.ready = true;
    // What the answer claims to be is shown by that part.
    this.#use(this.#answers, () => this.controls.now?.account.suggest());
  }

  failed(error: unknown): void {
    // The turn says the rest, also where no part can be loaded.
    this.controls.get().then(
      (controls) => controls.explain(error),
      () => this.host.emit("error", { error: (error as ChatKitError).code, message: "" }),
    );
  }

  refused(error: unknown, question: string): void {
    const { composer } = this;
    this.#update();
    composer.value = question + composer.value;
    this.control((controls) => controls.say(error));
  }

  /** Shows that the conversation is another, or has come further. */
  #update(): void {
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

  /** Puts everything where the layout and the conversation want it: the composer at the top while that is empty. */
  arrange(): void {
    const { element, composer, host, words, header, fresh, layout } = this;
    const { element: form, input, results } = composer;
    const focused = input.matches(":focus");
    composer.hint = fresh ? host.getAttribute("placeholder") || words.placeholder : words.followUp;
    this.controls.now?.arrange();
    if (layout.open) this.shell.launcher.ready = false;
    // One that a reader opened; an owner's `open`, and one inside the page, begin at the first focus.
    if (layout.open && layout.name !== "inline" && this.conversation.used) this.#seek();
    if (form.parentNode && element.classList.contains("fresh") === fresh) return;
    element.classList.toggle("fresh", fresh);
    if (fresh) header.element.after(form, results);
    else this.notices.after(form);
    // On touch the keyboard goes, and the answer has the room.
    if (focused && (fresh || !matchMedia(TOUCH).matches)) input.focus({ preventScroll: true });
  }

  /** The composer stands at the top, for a first question or to search: results belong under it. */
  get fresh(): boolean {
    return !this.transcript.last || this.layout.searching;
  }

  /** Esc clears the text, then goes back, then closes. */
  #escape(event: KeyboardEvent): void {
    const { composer } = this;
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    if (event.target === composer.input && composer.value) composer.value = "";
    else if (!this.controls.now?.back() && this.layout.name !== "inline") this.host.close();
  }

  // Its parts.

  /** Shows what there is to begin with, and what is found while the reader types. */
  #seek(): void {
    const { now } = this.#search;
    if (now) now.update();
    else if (this.fresh) {
      this.#use(this.#search, undefined, (failure) => this.transcript.showEmpty(failure));
    }
  }

  /** The panel is as it is to be: what was asked before is asked now. */
  #appear(): void {
    if (!this.layout.expecting) return;
    this.layout.expecting = false;
    this.layout.update();
    this.ask(this.#asked);
    this.#asked = "";
  }

  /** Does something with the controls as soon as they are there. */
  control(work: (controls: Controls) => unknown): void {
    this.#use(
      this.controls,
      (controls) => {
        work(controls);
        this.#appear();
      },
      (failure) => {
        // Not as it was to be, it is seen all the same.
        if (this.layout.expecting) this.open();
        this.#appear();
        this.notices.replaceChildren(failure);
      },
    );
  }

  /** Loads what follows; where it does not come, that is said once it is wanted. */
  prepare(): void {
    this.controls.get().catch(() => {});
    this.#answers.get().catch(() => {});
  }

  /** Does something with a part as soon as it is there. Where it does not load, that is shown, with a way to try again. */
  async #use<M, T>(
    part: Part<M, T>,
    work?: (now: T) => unknown,
    show = (failure: HTMLElement) => this.notices.replaceChildren(failure),
  ): Promise<void> {
    const { words, signal } = this;
    if (!part.now) {
      try {
        await part.get();
      } catch {
        const failure = partFailure("say", words, (awaited) => {
          if (awaited) this.focus();
          this.#use(part, work, show);
        });
        if (!signal.aborted) show(failure);
        return;
      }
    }
    if (!signal.aborted) work?.(part.now!);
  }

  /** A part with the words that it says. */
  #with<M>(module: Promise<M>): Promise<[M, AllWords]> {
    return Promise.all([module, this.#words.get()]);
  }
}
