/** What the views stand on: the panel whose conversation they take the place of, their words, and what they are made of. */
import type { Access } from "../access.ts";
import type { Client } from "../client.ts";
import type { Conversation } from "../conversations.ts";
import { button, h, type Content, type Work } from "../dom.ts";
import type { Memory } from "../memory.ts";
import type { LocalMessage } from "../messages.ts";
import { type AllWords, say, type Word } from "../words.ts";

/** What the views need of the controls. */
export interface ViewOpener {
  /** The widget's element, in whose shadow root the views appear. */
  readonly host: HTMLElement;
  readonly client: Client;
  /** Exchanges proofs for a session. */
  readonly access: Access;
  readonly memory: Memory;
  readonly conversation: Conversation;
  readonly signal: AbortSignal;
  /** The name of the provider that readers may sign in by beside the mail; empty where there is none. */
  readonly provider: string;
  /** Puts a view in the place of what is shown, with a way back. */
  showView(title: string, ...content: Content[]): HTMLElement;
  /** Goes back to what was shown before. */
  back(): unknown;
  /** Runs an action of the API, and shows its failure on the button that began it. */
  run(action: string, button: HTMLButtonElement, work: Work): Promise<void>;
  /** Shows a sentence that needs no answer. */
  notice(message: string): unknown;
  /** Has a screen reader say a sentence that is not shown. */
  announce(sentence: string): void;
  /** Shows another conversation in place of the one on the page; under its id the chat goes on. */
  showConversation(messages: LocalMessage[], title: string, id?: string): void;
  /** Shows that the account has what is shown. */
  noteSaved(): void;
  /** Forgets the person, with a message that says why. */
  signOut(message: string): void;
}

export const secondary = { className: "secondary" };

/** One opening of a view. */
export class Stage {
  readonly client: Client;

  constructor(
    readonly opener: ViewOpener,
    readonly words: AllWords,
  ) {
    this.client = opener.client;
  }

  /** Says a word in the reader's language. */
  say(word: Word, values?: Record<string, string | number>): string {
    return say(word, values, this.words.locale);
  }

  /** Puts a view in the place of what is shown. */
  show(title: string, ...content: Content[]): void {
    this.opener.showView(title, h("div", { className: "view" }, ...content));
  }

  /** Makes a button that runs an action of the API. */
  action(label: string, className: string, action: string, work: Work): HTMLButtonElement {
    return button(label, { className }, (element) => this.opener.run(action, element, work));
  }

  /**
   * Loads what a part of a view shows. It says so when nothing comes, and offers to try again: on that
   * button a rate limit is counted down. What comes after the reader has left is dropped.
   */
  async fill(place: HTMLElement, action: string, load: () => Promise<Content[]>): Promise<void> {
    const { opener, words } = this;
    const retry = button(words.retry, secondary, () => attempt());
    const attempt = async () => {
      let content: Content[] | undefined;
      // The button that tries again goes, and comes again where that fails.
      if (retry.matches(":focus")) place.closest("[part]")!.querySelector("h2")!.focus();
      place.ariaBusy = "true";
      place.replaceChildren(h("p", { className: "muted" }, words.loading));
      await opener.run(action, retry, async () => (content = await load()));
      place.ariaBusy = null;
      place.replaceChildren(...(content ?? [h("p", {}, words.partFailed), retry]));
    };
    await attempt();
  }
}

/** A form that sends once at a time; `work` is handed the button that sends. */
export function form(
  stage: Stage,
  action: string,
  submit: HTMLButtonElement,
  work: Work,
  ...content: Content[]
): HTMLFormElement {
  const onsubmit = (event: Event) => {
    event.preventDefault();
    stage.opener.run(action, submit, work);
  };
  return h("form", { className: "form", onsubmit }, ...content);
}

/** A labelled field, with a hint below it. */
export function field(
  label: Content[],
  input: HTMLInputElement | HTMLSelectElement,
  hint?: string,
): HTMLElement {
  const below = hint ? [h("small", { className: "muted" }, hint)] : [];
  return h("label", { className: "field" }, h("span", {}, ...label), input, ...below);
}

/** A box to tick, with its words. */
export function tick(input: HTMLInputElement, ...label: Content[]): HTMLElement {
  return h("label", { className: "tick" }, input, h("span", {}, ...label));
}
