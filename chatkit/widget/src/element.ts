import { apiBase } from "./api-base.ts";
import { Client, type Metadata, type Outcome, type Source } from "./client.ts";
import { button, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import { Panel } from "./panel.ts";
import { Session, type User } from "./session.ts";
import { strings, unknownValue } from "./strings.ts";
import { sheet } from "./styles.ts";

const ATTRIBUTE_VALUES: Record<string, readonly string[]> = {
  mode: ["launcher", "inline"],
  theme: ["auto", "light", "dark"],
  position: ["right", "left"],
};

/**
 * `<chatkit-widget>`: ask the pages of a site, see the passages an answer rests on, keep chats.
 *
 * Nothing is stored or sent until the reader asks, opens or closes it, or returns from a mailed link.
 *
 * Attributes
 * - `api-base`: where the API is; where the script came from unless given; read on connecting
 * - `mode`: `launcher` (a floating button, the default) or `inline`
 * - `theme`: `auto` (the system's, the default), `light` or `dark`
 * - `position`: `right` (the default) or `left`
 * - `site`, `version`: what is asked, as the index names it; the page's own unless given
 * - `lang`: the language that is asked in, and that dates are written in; the page's own unless given
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
    ...Object.keys(ATTRIBUTE_VALUES),
  ];

  #launcher = button(
    strings.openChat,
    { part: "launcher", className: "bare primary", icon: Icon.chat },
    () => this.open(),
  );
  #panel: Panel | undefined;
  /** Ends with the connection to the document, and takes listeners and timers along. */
  #connection: AbortController | undefined;
  /** The reader has done something, so there is something to keep over a reload. */
  #used = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
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
      console.warn(unknownValue(name, value, known));
    }
    if (!this.#connection) return;
    this.#applyAttributes();
    if (name === "open" && (value === null) !== (old === null)) {
      this.emit(value === null ? "close" : "open");
    }
  }

  /** Asks a question, as if the reader had typed it. */
  async ask(text: string): Promise<void> {
    this.#used = true;
    await this.#panel?.ask(text);
  }

  /** Opens the panel and puts the cursor into the composer. */
  open(): void {
    this.#used = true;
    this.toggleAttribute("open", true);
    this.#offerSelection();
    this.focusComposer();
  }

  /** Closes the panel; the conversation stays. */
  close(): void {
    const inside = this.matches(":focus-within");
    this.#used = true;
    this.toggleAttribute("open", false);
    if (inside) this.#launcher.focus();
  }

  /** Begins a new conversation. */
  clear(): void {
    this.#panel?.clear();
  }

  /** Puts the cursor into the composer. */
  focusComposer(): void {
    this.#panel?.input.focus();
  }

  /** Announces something to the page. */
  emit(name: string, detail?: object): void {
    this.dispatchEvent(
      new CustomEvent(`chatkit:${name}`, { bubbles: true, composed: true, detail }),
    );
  }

  #start(): void {
    const { signal } = (this.#connection = new AbortController());
    const root = this.shadowRoot!;
    let base;
    try {
      base = apiBase(this.getAttribute("api-base"));
    } catch (error) {
      const { message } = error as Error;
      console.error(`ChatKit: ${message}`);
      return root.replaceChildren(h("p", { className: "refusal", role: "alert" }, message));
    }
    const session = new Session(base);
    const panel = (this.#panel = new Panel(this, new Client(base, session), signal));
    panel.element.onkeydown = ({ key }) => {
      if (key === "Escape" && this.#floating) this.close();
    };
    // On a phone the panel hides the page, so it gives way to the passage that a link leads to.
    panel.transcript.element.onclick = ({ target }) => {
      const link = (target as Element).closest("a:not([target])");
      if (link && this.#floating && matchMedia("(max-width: 480px)").matches) this.close();
    };
    const open = panel.restore();
    if (open !== undefined) this.toggleAttribute("open", (this.#used = true) && open);
    this.#applyAttributes();
    root.replaceChildren(this.#launcher, panel.element);
    const onStorage = ({ key }: StorageEvent) => key === session.key && panel.syncUser();
    addEventListener("storage", onStorage, { signal });
    addEventListener("pagehide", () => this.#store(), { signal });
    document.addEventListener("selectionchange", () => this.#offerSelection(), { signal });
    this.emit("ready");
    this.#takeLinkToken();
  }

  #end(): void {
    this.#store();
    this.#connection?.abort();
    this.#panel = this.#connection = undefined;
  }

  /** Offers what is selected on the page, while the reader sees the panel, as what a question is about. */
  #offerSelection(): void {
    const selection = getSelection();
    const text = `${selection ?? ""}`;
    const shown = this.hasAttribute("open") || !this.#floating;
    // What is selected inside the widget, and what was dropped on the way to its composer, is no news.
    if (shown && text.trim() && !this.contains(selection!.anchorNode)) this.#panel?.select(text);
  }

  get #floating(): boolean {
    return this.getAttribute("mode") !== "inline";
  }

  #applyAttributes(): void {
    if (!this.#panel) return;
    const { title, input, element } = this.#panel;
    title.textContent = element.ariaLabel = this.getAttribute("heading") || strings.heading;
    input.placeholder = input.ariaLabel = this.getAttribute("placeholder") || strings.placeholder;
    element.role = this.#floating ? "dialog" : "region";
  }

  /** Takes up the token of a mailed link, and gives the page its own anchor back. */
  #takeLinkToken(): void {
    const fragment = new URLSearchParams(location.hash.slice(1));
    const token = fragment.get("chatkit-token");
    if (!token) return;
    const anchor = fragment.get("anchor") ?? "";
    const page = location.pathname + location.search;
    history.replaceState(history.state, "", anchor ? `${page}#${anchor}` : page);
    document.getElementById(anchor)?.scrollIntoView();
    this.open();
    this.#panel!.verify(token);
  }

  #store(): void {
    if (this.#used) this.#panel?.store(this.hasAttribute("open"));
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
    "chatkit:error": CustomEvent<{ error: string; message: string; requestId?: string }>;
    "chatkit:rate-limited": CustomEvent<{ action: string; retryAfter: number }>;
    "chatkit:send": CustomEvent<{ message: string }>;
  }
}
