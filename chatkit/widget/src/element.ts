import { apiBase } from "./api-base.ts";
import type { Metadata, Outcome, Source } from "./client.ts";
import { isBegun } from "./conversations.ts";
import type { ChatKitError } from "./errors.ts";
import { core } from "./languages/en.ts";
import { Panel } from "./panel.ts";
import { Part } from "./parts.ts";
import type { User } from "./session.ts";
import css from "./shell.css";
import type { Identity } from "./identity.ts";
import { PHONE, Shell, statedLayout } from "./shell.ts";
import type { Shortcut } from "./shortcut.ts";
import { adopt } from "./styles.ts";
import { allWords, coreWords, wordsKey } from "./vocabulary.ts";
import type { AllWords, Words } from "./words.ts";

const sheet = adopt(css);

/** What is done with the panel. */
type Work = (panel: Panel) => unknown;

/** The address that the page was opened by: the token of a mailed link leaves it at once, before anything is loaded. */
const { href } = location;
/** It without a token, until that is used, also where it is made anew meanwhile. */
let bare = href.replace(/.chatkit-token=.*/, "");
if (bare !== href) history.replaceState(history.state, "", bare);

/** Attributes that say which words are used. */
const WORD_ATTRIBUTES = ["lang", "words"];

/**
 * `<chatkit-widget>`: ask the pages of a site, see the passages an answer rests on, keep chats.
 *
 * Nothing is stored or sent until the reader asks, opens or closes it, or returns from a mailed link.
 *
 * Attributes
 * - `api-base`: where the API is; where the script came from unless given; read on connecting
 * - `layout`: `floating` (a button in the corner that opens a panel, the default), `side`, `modal` or `inline`;
 *   `mode` (`launcher` or `inline`) is its older name
 * - `shortcut`: Ctrl or ⌘ with K opens it before the page; `trigger`: so does a click on what this selects
 * - `theme`: `auto` (as the page looks, else the system's; the default), `light` or `dark`
 * - `position`: `right` (the default) or `left`
 * - `site`, `version`: what is asked, as the index names it; the page's own unless given
 * - `lang`: the language of its words, and that is asked in; the page's own unless given
 * - `words`: words of the owner's in place of its own, as JSON
 * - `privacy-url`: where the owner says what is kept of whoever signs up
 * - `starters`: questions to begin with on this page, with `|` between them, in place of its headings
 * - `heading`, `placeholder`: the panel's title, the empty composer's text
 * - `open`: the panel is open; set and removed as it opens and closes
 *
 * Events, bubbling and composed
 * - `chatkit:ready`
 * - `chatkit:open`, `chatkit:close`
 * - `chatkit:send` {message}
 * - `chatkit:answer` {answer, outcome, sources, metadata}
 * - `chatkit:search` {query, results}: what was typed, and how many sections fit
 * - `chatkit:error` {error, message, requestId}
 * - `chatkit:rate-limited` {action, retryAfter}
 * - `chatkit:auth-change` {user}: {email, tier}, or null when nobody is signed in
 * - `chatkit:navigate` {url}, cancelable: a link of the widget leads to another place of this site, and a page that
 *   cancels it goes there by itself
 *
 * Methods: `ask(text)`, `open()`, `close()`, `clear()`, `focusComposer()`, `setIdentity(token | () => token | null)`
 *
 * Parts: launcher, panel, header, transcript, message (with message-user or message-assistant),
 * citation, composer, input, send, stop, actions, save, personalize, history, account, logout,
 * more, toast, dialog, prompt
 *
 * CSS properties: `--chatkit-accent`, `--chatkit-on-accent`, `--chatkit-background`,
 * `--chatkit-surface`, `--chatkit-text`, `--chatkit-muted`, `--chatkit-border`, `--chatkit-field`,
 * `--chatkit-mark`, `--chatkit-danger`, `--chatkit-on-danger`,
 * `--chatkit-radius`, `--chatkit-font`, `--chatkit-width`, `--chatkit-height`, `--chatkit-offset`,
 * `--chatkit-z-index`
 */
export class ChatKitWidget extends HTMLElement {
  static readonly observedAttributes = [
    "heading",
    "open",
    "placeholder",
    "shortcut",
    "layout",
    "mode",
    "position",
    ...WORD_ATTRIBUTES,
  ];

  /** What the page has said of who the reader is; undefined where it has said nothing. */
  identity: Identity | undefined;
  /** What it says, in its language. */
  words: Words = core;
  /** What the words were chosen by; empty where some of them did not come. */
  #wordsKey = "";
  #base = "";
  #shell: Shell | undefined;
  /** The panel, which is shown at once or with the parts that it waits for. */
  #made: Panel | undefined;
  /** The panel once it is shown. */
  #panel: Panel | undefined;
  /** Ends when the button is there: its language may have to be loaded. */
  #built: Promise<void> | undefined;
  /** Ends when the panel is shown, or its parts have failed to come. */
  #loading: Promise<void> | undefined;
  /** How the panel opens as soon as it is there, unless it is closed before. */
  #opening: Work | undefined;
  /** What else is to be done then. */
  #works: Work[] = [];
  /** The keys that open the panel. */
  #shortcut: Part<{ Shortcut: typeof Shortcut }, Shortcut> | undefined;
  /** Ends with the connection to the document, and takes listeners and timers along. */
  #connection: AbortController | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    sheet(this);
    // What an input method composes with a key is no key of ours; Safari says so by a code alone.
    const stopComposing = (event: Event) => {
      const press = event as KeyboardEvent;
      if (press.isComposing || press.keyCode === 229) event.stopPropagation();
    };
    root.addEventListener("keydown", stopComposing, true);
    // What is typed here is no shortcut of the page.
    for (const type of ["keydown", "keyup", "keypress"]) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
  }

  connectedCallback(): void {
    // A move within the document disconnects and connects in one step: nothing has ended.
    if (!this.#connection) this.#start();
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (!this.isConnected) this.#end();
    });
  }

  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    if (!this.#connection) return;
    if (WORD_ATTRIBUTES.includes(name)) return this.#speak();
    this.#applyAttributes();
    if (name === "open" && (value === null) !== (old === null)) {
      this.emit(value === null ? "close" : "open");
    }
  }

  /** Asks a question, as if the reader had typed it. */
  async ask(text: string): Promise<void> {
    let asked: Promise<void> | undefined;
    await this.#withPanel((panel) => (asked = panel.ask(text)));
    await asked;
  }

  /** Opens the panel and puts the cursor into the composer. */
  open(): void {
    this.#openBy(this.#opening ?? ((panel) => panel.open()));
  }

  /** Opens the panel before the page, to search or ask; an inline one comes into view. */
  openModal(): void {
    this.#openBy((panel) => panel.openModal());
  }

  /** Closes the panel; the conversation stays. */
  close(): void {
    this.#opening = undefined;
    if (this.#made) this.#made.close(!!this.#panel);
    else this.removeAttribute("open");
  }

  /** Begins a new conversation. */
  clear(): void {
    this.#withPanel((panel) => panel.conversation.replace());
  }

  /** Puts the cursor into the composer. */
  focusComposer(): void {
    this.#withPanel((panel) => panel.composer.input.focus());
  }

  /**
   * Says who the reader is, by a token that the page's server signs, or a function that fetches one; null signs out whom
   * the page had signed in. Nothing is fetched or sent before the panel is needed.
   */
  setIdentity(identity: Identity): void {
    this.identity = identity;
    // Controls that are yet to be made begin with it.
    this.#made?.controls.now?.setIdentity(identity);
    this.#applyAttributes();
  }

  /** Announces something to the page; false when the page has taken over what it announces. */
  emit(name: string, detail?: object, cancelable = false): boolean {
    const options = { bubbles: true, composed: true, cancelable, detail };
    return this.dispatchEvent(new CustomEvent(`chatkit:${name}`, options));
  }

  /** What it says beside `words`, for a part that is loaded on demand. */
  allWords(): Promise<AllWords> {
    // In the language that the rest speaks: English, where another did not come.
    return allWords(this, this.words.locale);
  }

  #start(): void {
    const { signal } = (this.#connection = new AbortController());
    this.#wordsKey = wordsKey(this);
    const words = coreWords(this, () => signal.aborted || (this.#wordsKey = ""));
    // What did not come without a network comes with it. Under a reader's hands nothing is made anew, and whose hands are
    // elsewhere by then has nothing opened over them.
    const online = () => {
      if (!this.shadowRoot!.activeElement) {
        this.#opening = undefined;
        this.#speak();
      }
      this.#applyAttributes();
      this.#panel?.prepare();
    };
    addEventListener("online", online, { signal });
    // After all listeners of the page.
    const clicked = (event: Event) => {
      const selector = this.getAttribute("trigger");
      const [target] = event.composedPath() as Partial<Element>[];
      if (!selector || event.defaultPrevented || !target!.closest?.(selector)) return;
      event.preventDefault();
      this.openModal();
    };
    addEventListener("click", clicked, { signal });
    if (words instanceof Promise) {
      this.#built = words.then((loaded) => {
        if (!signal.aborted) this.#build(loaded, signal);
      });
    } else this.#build(words, signal);
  }

  #build(words: Words, signal: AbortSignal): void {
    this.words = words;
    const root = this.shadowRoot!;
    try {
      this.#base = apiBase(this.getAttribute("api-base"));
    } catch (error) {
      import("./refusal.ts").then(({ refuse }) => refuse(this, error as ChatKitError));
      // What would open it is the page's own again.
      return this.#connection!.abort();
    }
    const shell = (this.#shell = new Shell(
      this,
      words,
      // Who waits may have the focus in the field by then.
      (awaited) => (awaited || this.#opening ? this.open() : this.#need()),
      signal,
    ));
    const { element: launcher } = shell.launcher;
    this.#shortcut = new Part(
      () => import("./shortcut.ts"),
      ({ Shortcut }) => new Shortcut(this, signal, launcher),
    );
    const focused = root.activeElement;
    root.replaceChildren(shell.root);
    if (focused) launcher.focus();
    this.#applyAttributes();
    // Who comes near the button opens it next.
    launcher.onpointerenter = launcher.onfocus = () => void this.#need();
    // A router takes the page to another language, and this element along.
    const observer = new MutationObserver(() => this.#speak());
    observer.observe(document.documentElement, { attributeFilter: ["lang"] });
    signal.onabort = () => observer.disconnect();
    this.emit("ready");
    if (bare !== href) {
      this.#withPanel((panel) => {
        panel.open();
        panel.control((controls) => {
          if (bare !== href) controls.returnFromMail((bare = href));
        });
      });
    }
  }

  /** What this browser keeps of the conversation or the session; nothing where its storage is closed. */
  #kept(storage: "sessionStorage" | "localStorage"): string | null | undefined {
    try {
      return globalThis[storage].getItem(`chatkit:${this.#base}`);
    } catch {
      return undefined;
    }
  }

  /** Whether the panel is to be seen, or something is to be done with it. */
  get #awaited(): unknown {
    return (
      this.#opening ||
      this.#works[0] ||
      this.hasAttribute("open") ||
      statedLayout(this) === "inline"
    );
  }

  /** Makes the panel when it is first needed, unless the element has left meanwhile. */
  async #need(): Promise<void> {
    await this.#built;
    const shell = this.#shell;
    if (shell) await (this.#loading ??= this.#load(shell, this.#connection!.signal));
  }

  async #load(shell: Shell, signal: AbortSignal): Promise<void> {
    // One that failed to come has what was typed and asked in it.
    const panel = (this.#made ??= new Panel(this, shell, this.#base, signal));
    shell.root.append(panel.layout.box);
    // It is more than a corner of the page and an empty field from the beginning.
    if (
      statedLayout(this) !== "floating" ||
      matchMedia(PHONE).matches ||
      this.identity ||
      this.#kept("sessionStorage") ||
      this.#kept("localStorage")
    ) {
      if (this.#opening) panel.expect();
      shell.loading(true);
      const failed = await panel.load().catch(() => true);
      if (signal.aborted) return;
      // One that nobody waits for is tried again by whoever presses the button.
      shell.loading(false, failed && this.#awaited);
      if (failed) {
        this.#loading = undefined;
        panel.layout.box.remove();
        delete shell.root.dataset["open"];
        return;
      }
    }
    this.#panel = panel;
    this.#applyAttributes();
    panel.start();
    this.#opening?.(panel);
    this.#opening = undefined;
    for (const work of this.#works.splice(0)) work(panel);
  }

  /** Does something with the panel: at once when it is there, else as soon as it is, also where it fails to come first. */
  #withPanel(work: Work): unknown {
    if (this.#panel) return work(this.#panel);
    this.#works.push(work);
    return this.#need();
  }

  /** Opens the panel in one way, unless it is closed before it comes; what is typed meanwhile is not lost. */
  #openBy(work: Work): void {
    if (!this.#panel?.layout.open) this.#speak();
    if (this.#panel) work(this.#panel);
    else {
      this.#opening = work;
      this.#need();
      this.#made?.expect();
    }
  }

  #end(): void {
    this.#connection?.abort();
    this.#made = this.#panel = this.#shell = this.#connection = undefined;
    this.#built = this.#loading = undefined;
  }

  /** Starts over when other words are to be said, or some did not come; the conversation and the draft stay. */
  #speak(): void {
    if (!this.#connection || this.#wordsKey === wordsKey(this)) return;
    // Where the panel is open, it gets the focus back that it had.
    if (this.shadowRoot!.activeElement) this.#works.push((panel) => panel.focus());
    this.#end();
    this.#start();
  }

  #applyAttributes(): void {
    const heading = this.getAttribute("heading") || this.words.heading;
    const shortcut = this.#shortcut;
    const keys = shortcut?.now?.keys ?? "";
    if (!shortcut?.now && this.hasAttribute("shortcut")) {
      // Where it does not come, the next attribute that changes, as `open` does, tries again.
      shortcut?.get().then(
        () => this.#applyAttributes(),
        () => {},
      );
    }
    this.#shell?.describe(heading);
    this.#panel?.describe(heading, keys);
    // It has more than its attributes to show, or somebody to sign out.
    if (
      this.#awaited ||
      isBegun(this.#base) ||
      this.#kept("sessionStorage") ||
      (this.identity === null && this.#kept("localStorage")?.includes('"token"'))
    )
      void this.#need();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "chatkit-widget": ChatKitWidget;
  }
  interface HTMLElementEventMap {
    "chatkit:answer": CustomEvent<{
      answer: string;
      outcome: Outcome;
      sources: Source[];
      metadata: Metadata;
    }>;
    "chatkit:auth-change": CustomEvent<{ user: User | null }>;
    "chatkit:navigate": CustomEvent<{ url: string }>;
    "chatkit:error": CustomEvent<{ error: string; message: string; requestId?: string }>;
    "chatkit:rate-limited": CustomEvent<{ action: string; retryAfter: number }>;
    "chatkit:search": CustomEvent<{ query: string; results: number }>;
    "chatkit:send": CustomEvent<{ message: string }>;
  }
}
