/** The conversation on the page: turns, and what stands there while there is none. */
import { h } from "./dom.ts";
import type { Rendering } from "./markdown.ts";
import type { LocalMessage } from "./messages.ts";
import { Turn, type TurnHost } from "./turn.ts";

/** The browser may skip a whole group of so many turns that is off screen; what of one is in view is drawn in full. */
const GROUP = 8;

/** What has more to show of a conversation than its text; see answers.ts. */
export interface Follower {
  /** How the text of any answer is rendered. */
  readonly rendering: Rendering;
  /** Draws a complete answer as what it claims to be; one that is `fresh` is announced. */
  dress(turn: Turn, fresh: boolean): void;
  /** Another conversation is shown: what the reader sees of it is dressed. */
  shown(turns: readonly Turn[]): void;
  /** Brings the latest turn to the top of the view. */
  hold(): void;
}

export class Transcript {
  readonly element: HTMLElement;
  readonly flow = h("div");
  #follower: Follower | undefined;
  #turns: Turn[] = [];
  #start = h("div", { className: "start" });

  constructor(readonly host: TurnHost) {
    this.element = h(
      "div",
      { part: "transcript", role: "log", ariaLabel: host.words.conversation, tabIndex: 0 },
      this.#start,
      this.flow,
    );
    // What is said of an answer is said in one line of its own, and not word by word.
    this.element.ariaLive = "off";
  }

  /** The latest turn. */
  get last(): Turn | undefined {
    return this.#turns.at(-1);
  }

  /** Has complete answers drawn by what follows the panel. */
  set follower(follower: Follower) {
    this.#follower = follower;
    for (const turn of this.#turns) follower.dress(turn, true);
  }

  /** Shows an element while there is no turn. */
  showEmpty(element: HTMLElement): void {
    this.#start.replaceChildren(element);
  }

  /** Shows another conversation in place of this one. */
  replace(messages: readonly LocalMessage[]): void {
    this.#turns = [];
    this.#takeOut(...this.flow.children);
    let question: LocalMessage | undefined;
    for (const message of messages) {
      if (message.role === "assistant") this.#add(question, message);
      else if (question) this.#add(question);
      question = message.role === "user" ? message : undefined;
    }
    if (question) this.#add(question);
    this.#follower?.shown(this.#turns);
    this.#update();
  }

  /** Adds a question at the end, and the answer that is yet to come; brings them to the top of the view. */
  begin(question: LocalMessage, answer: LocalMessage): void {
    this.#add(question, answer);
    this.#update();
  }

  /** Shows that text has come of an answer. */
  appended(answer: LocalMessage): void {
    this.#of(answer)?.appended();
  }

  /** Shows what else has changed of an answer. */
  changed(answer: LocalMessage): void {
    const turn = this.#of(answer);
    if (!turn) return;
    this.host.redraw(turn, () => turn.changed());
    this.#follower?.dress(turn, true);
  }

  /** Takes an answer out, with its question; what was read before is in view again. */
  remove(answer: LocalMessage): void {
    const turn = this.#of(answer);
    this.#turns = this.#turns.filter((other) => other !== turn);
    if (turn) this.#takeOut(turn.element);
    this.#update();
  }

  /** The turn of an answer: as a rule the last one. */
  #of(answer: LocalMessage): Turn | undefined {
    return this.#turns.findLast(({ message }) => message === answer);
  }

  /** Takes elements out; the focus that was in them goes to the conversation. */
  #takeOut(...elements: Element[]): void {
    const focused = this.flow.matches(":focus-within");
    for (const element of elements) element.remove();
    if (focused && !this.flow.matches(":focus-within")) this.element.focus({ preventScroll: true });
  }

  #add(question?: LocalMessage, answer: LocalMessage = { role: "assistant", content: "" }): void {
    const turn = new Turn(this.host, question, answer, this.#follower?.rendering);
    const group = this.#turns.push(turn) % GROUP === 1 ? h("div", { className: "group" }) : null;
    if (group) this.flow.append(group);
    this.flow.lastElementChild!.append(turn.element);
  }

  #update(): void {
    this.#start.hidden = !!this.last;
    this.#follower?.hold();
  }
}
