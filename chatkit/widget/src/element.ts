import { apiBase, type Refusal } from "./api-base.ts";
import type { Metadata, Outcome, Source } from "./client.ts";
import { type Conversation, conversationWith } from "./conversations.ts";
import { h } from "./dom.ts";
import { core } from "./languages/en.ts";
import { concealAtStart, followLinks, takeLinkToken } from "./navigation.ts";
import { Panel } from "./panel.ts";
import { selectedOnPage } from "./selection.ts";
import type { User } from "./session.ts";
import { listenForShortcut, shortcutKeys } from "./shortcut.ts";
import { sheet } from "./styles.ts";
import { allWords, coreWords, wordsKey } from "./vocabulary.ts";
import type { AllWords, Words } from "./words.ts";

const ATTRIBUTE_VALUES: Record<string, readonly string[]> = {
  layout: ["floating", "side", "modal", "inline"],
  mode: ["launcher", "inline"],
  theme: ["auto", "light", "dark"],
  position: ["right", "left"],
};

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
 * - `heading`, `placeholder`: the panel's title, the empty composer's text
 * - `open`: the panel is open; set and removed as it opens and closes
 *
 * Events, bubbling and composed
 * - `chatkit:ready`
 * - `chatkit:open`, `chatkit:close`
 * - `chatkit:send` {message}
 * - `chatkit:answer` {answer, outcome, sources, metadata}
 * - `chatkit:error` {error, message, requestId}
 * - `chatkit:rate-limited` {action, retryAfter}
 * - `chatkit:auth-change` {user}: {email, tier}, or null when nobody is signed in
 * - `chatkit:navigate` {url}, cancelable: a link of the widget leads to another place of this site, and a page that
 *   cancels it goes there by itself
 *
 * Methods: `ask(text)`, `open()`, `close()`, `clear()`, `focusComposer()`
 *
 * Parts: launcher, panel, header, transcript, message (with message-user or message-assistant),
 * citation, composer, input, send, stop, actions, save, personalize, history, account, logout,
 * toast, dialog, prompt
 *
 * CSS properties: `--chatkit-accent`, `--chatkit-on-accent`, `--chatkit-background`,
 * `--chatkit-surface`, `--chatkit-text`, `--chatkit-muted`, `--chatkit-border`,
 * `--chatkit-radius`, `--chatkit-font`, `--chatkit-width`, `--chatkit-height`, `--chatkit-offset`,
 * `--chatkit-z-index`
 */
export class ChatKitWidget extends HTMLElement {
  static readonly observedAttributes = [
    "heading",
    "open",
    "placeholder",
    "shortcut",
    ...WORD_ATTRIBUTES,
    ...Object.keys(ATTRIBUTE_VALUES),
  ];

  /** What it says, in its language. */
  words: Words = core;
  /** What the words were chosen by. */
  #wordsKey = "";
  #panel: Panel | undefined;
  /** Ends when the panel is there: its language may have to be loaded. */
  #built: Promise<void> | undefined;
  /** Ends with the connection to the document, and takes listeners and timers along. */
  #connection: AbortController | undefined;
  #conversation: Conversation | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    // What an input method composes with a key is no key of ours; Safari says so by a code alone.
    const stopComposing = (event: Event) => {
      const { isComposing, keyCode } = event as KeyboardEvent;
      if (isComposing || keyCode === 229) event.stopPropagation();
    };
    root.addEventListener("keydown", stopComposing, { capture: true });
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
    const known = ATTRIBUTE_VALUES[name];
    if (known && value !== null && !known.includes(value)) {
      console.warn(`ChatKit: ${name}="${value}" is not one of ${known.join(", ")}.`);
    }
    if (!this.#connection) return;
    if (WORD_ATTRIBUTES.includes(name)) return this.#speak();
    this.#applyAttributes();
    if (name === "open" && (value === null) !== (old === null)) {
      this.emit(value === null ? "close" : "open");
    }
  }

  /** Asks a question, as if the reader had typed it. */
  async ask(text: string): Promise<void> {
    await this.#built;
    await this.#panel?.ask(text);
  }

  /** Opens the panel and puts the cursor into the composer. */
  open(): void {
    this.#keepOpen(true);
    if (!this.#panel) return void this.#built?.then(() => this.#panel && this.open());
    this.#panel?.layout.enter();
    this.toggleAttribute("open", true);
    this.#offerSelection();
    this.#panel?.focus();
  }

  /** Opens the panel before the page, to search or ask; an inline one comes into view. */
  openModal(): void {
    const layout = this.#panel?.layout;
    if (layout?.open && layout.name === "modal") return this.close();
    layout?.enter();
    layout?.toModal();
    this.open();
  }

  /** Closes the panel; the conversation stays. */
  close(): void {
    const inside = this.matches(":focus-within");
    this.#keepOpen(false);
    this.toggleAttribute("open", false);
    this.#panel?.layout.leave(inside);
  }

  /** Begins a new conversation. */
  clear(): void {
    this.#panel?.clear();
  }

  /** Puts the cursor into the composer. */
  focusComposer(): void {
    this.#panel?.composer.input.focus();
  }

  /** Announces something to the page; false when the page has taken over what it announces. */
  emit(name: string, detail?: object, cancelable = false): boolean {
    const options = { bubbles: true, composed: true, cancelable, detail };
    return this.dispatchEvent(new CustomEvent(`chatkit:${name}`, options));
  }

  /** What it says beside `words`, for a part that is loaded on demand. */
  allWords(): Promise<AllWords> {
    return allWords(this);
  }

  /** Keeps for the next page whether the panel is open. */
  #keepOpen(open: boolean): void {
    if (this.#conversation) Object.assign(this.#conversation, { open, used: true });
  }

  #start(): void {
    const { signal } = (this.#connection = new AbortController());
    this.#wordsKey = wordsKey(this);
    const words = coreWords(this);
    if (words instanceof Promise) {
      this.#built = words.then((loaded) => {
        if (!signal.aborted) this.#build(loaded, signal);
      });
    } else this.#build(words, signal);
  }

  #build(words: Words, signal: AbortSignal): void {
    this.words = words;
    const root = this.shadowRoot!;
    let base;
    try {
      base = apiBase(this.getAttribute("api-base"));
    } catch (error) {
      const { message, word } = error as Refusal;
      console.error(`ChatKit: ${message}`);
      const refusal = h("p", { className: "refusal", role: "alert" }, words[word]);
      return root.replaceChildren(h("div", { className: "root" }, refusal));
    }
    const conversation = (this.#conversation = conversationWith(base));
    const panel = (this.#panel = new Panel(this, conversation, signal));
    const { element: log } = panel.transcript;
    root.replaceChildren(panel.layout.root);
    if (conversation.open !== undefined) this.toggleAttribute("open", conversation.open);
    this.#applyAttributes();
    panel.start();
    // Where the panel hides the page, it gives way to the passage that a link leads to.
    followLinks(this, log, () => panel.layout.coversPage && this.close(), signal);
    if (panel.layout.open && panel.transcript.last) concealAtStart(log);
    listenForShortcut(this, () => this.openModal(), signal);
    document.addEventListener("selectionchange", () => this.#offerSelection(), { signal });
    // A router takes the page to another language, and this element along.
    const observer = new MutationObserver(() => this.#speak());
    observer.observe(document.documentElement, { attributeFilter: ["lang"] });
    signal.addEventListener("abort", () => observer.disconnect());
    this.emit("ready");
    const token = takeLinkToken();
    if (!token) return;
    this.open();
    void panel.verify(token);
  }

  #end(): void {
    this.#connection?.abort();
    this.#panel = this.#connection = this.#built = undefined;
  }

  /** Starts over when other words are to be said; the conversation and the draft stay. */
  #speak(): void {
    if (!this.#connection || this.#wordsKey === wordsKey(this)) return;
    this.#end();
    this.#start();
  }

  /** Offers what is selected on the page, while the reader sees the panel, as what a question is about. */
  #offerSelection(): void {
    if (!this.#panel?.layout.open) return;
    const text = selectedOnPage(this.shadowRoot!);
    // What was dropped on the way to the composer is no news.
    if (text) this.#panel.select(text);
  }

  #applyAttributes(): void {
    this.#panel?.describe(this.getAttribute("heading") || this.words.heading, shortcutKeys(this));
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
    "chatkit:send": CustomEvent<{ message: string }>;
  }
}
