/** A question with its answer, while it is written and until a part draws it as what it claims to be; see answers.ts. */
import { button, h } from "./dom.ts";
import { GrowingText } from "./growing-text.ts";
import type { Rendering } from "./markdown.ts";
import { type AnswerState, isPending, type LocalMessage } from "./messages.ts";
import { sourceList, sourceNumber } from "./sources.ts";
import { say, type Words } from "./words.ts";

/** What a turn needs of the panel that it stands in. */
export interface TurnHost {
  readonly words: Words;
  /** Says a sentence to assistive technology. */
  announce(sentence: string): void;
  /** Asks for an answer once more, in place of the one that came or did not come. */
  askAgain(answer: LocalMessage): void;
  /** Draws something of a turn anew. */
  redraw(turn: Turn, draw: () => void): void;
  /** What holds an answer up, by its state. */
  readonly held: { [state in AnswerState]?: string };
}

/** Text that comes is drawn this long after, with what has come meanwhile: a reader sees it flow, and a phone rests. */
const DRAW_MS = 80;

export class Turn {
  readonly element = h("article", { className: "turn" });
  readonly answer = h("div", { part: "message message-assistant", className: "a" });
  readonly text = new GrowingText();
  /** What is happening, while the answer is written. */
  #status: HTMLElement | undefined;
  /** What stands below the text: the sections that were found, why the answer did not come. */
  readonly below = h("div", { className: "below" });
  /** Draws what has come; undefined where all is drawn. */
  #drawing: ReturnType<typeof setTimeout> | undefined;
  /** The state that is shown. */
  #shown: string | undefined = "";
  /** What was said of the writing last, which is said once. */
  #said = "";

  /** Shows an answer; what `message` holds of it may grow and change, which `appended` and `changed` tell. */
  constructor(
    readonly host: TurnHost,
    readonly question: LocalMessage | undefined,
    readonly message: LocalMessage,
    /** How the text is rendered, beside its numbers: as Markdown, until a part has more to offer. */
    public rendering: Rendering = {},
  ) {
    if (question) {
      const text = { part: "message message-user", dir: "auto", tabIndex: -1 };
      this.element.append(h("div", { className: "q" }, h("h3", text, question.content)));
    }
    this.answer.append(this.text.element, this.below);
    this.element.append(this.answer);
    this.changed();
  }

  /** Shows more of the text; what comes shortly after each other is drawn together. */
  appended(): void {
    this.#drawing ??= setTimeout(() => this.host.redraw(this, () => this.grow()), DRAW_MS);
  }

  /** Takes up all the text that has come. */
  grow(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.text.grow(this.message.content, this.numbered);
  }

  /** How the text is rendered, with its numbers as links to their sources. */
  get numbered(): Rendering {
    const { host, message, rendering } = this;
    return {
      ...rendering,
      citation: (number) => sourceNumber(message.sources?.[number - 1], number, host.words),
    };
  }

  /** Shows what else is new of the answer: how far it is, where it is from, that it did not come. */
  changed(): void {
    const { message, answer, below } = this;
    const { state } = message;
    if (state === this.#shown) return;
    this.#shown = state;
    const pending = isPending(message);
    answer.ariaBusy = `${pending}`;
    this.grow();
    // Of a turn that nobody has scrolled to, they are all that is found by a search in the page or by a screen reader.
    below.replaceChildren(...sourceList(message.sources), ...this.#trouble());
    if (pending) this.#showStep();
    else {
      this.#said = "";
      this.#status?.remove();
    }
  }

  /** Says how far the answer has come, or what holds it up. */
  #showStep(): void {
    const { message, host } = this;
    const { words } = host;
    const { content, sources, state } = message;
    const count = sources?.length ?? 0;
    const step = content ? 2 : count ? 1 : 0;
    const steps = [
      words.searching,
      say(words.reading, { count }, words.locale),
      words.writing,
    ] as const;
    const sentence = host.held[state!] ?? steps[step];
    if (sentence === this.#said) return;
    const status = (this.#status ??= h("div", { className: "status" }));
    status.dataset["step"] = `${step}`;
    status.textContent = sentence;
    this.answer.prepend(status);
    host.announce((this.#said = sentence));
  }

  /** Says that the answer was stopped or did not come, and offers to ask again. */
  #trouble(): HTMLElement[] {
    const { host, message, question } = this;
    const { words } = host;
    const { state = "done" } = message;
    if (!/stopped|failed/.test(state)) return [];
    const said = h("div", { className: "say" });
    if (state === "failed") said.role = "alert";
    // A live region announces what changes after it has appeared.
    queueMicrotask(() => said.prepend(state === "failed" ? words.noAnswer : words.stopped));
    const again = button(words.retry, { className: "secondary" }, () => host.askAgain(message));
    return question ? [said, again] : [said];
  }
}
