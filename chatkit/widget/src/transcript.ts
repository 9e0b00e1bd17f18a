/** The conversation on the page: turns, what stands there while there is none, and where the reader looks. */
import { button, h } from "./dom.ts";
import { Figures } from "./figures.ts";
import { Icon } from "./icons.ts";
import type { LocalMessage } from "./messages.ts";
import { Sizes } from "./sizes.ts";
import { Turn, type TurnHost } from "./turn.ts";

/** The browser may skip a whole group of so many turns that is off screen. */
const GROUP = 25;

export class Transcript {
  readonly element: HTMLElement;
  #turns: Turn[] = [];
  #figures: Figures;
  #start = h("div", { className: "start" });
  #flow = h("div", { className: "flow" });
  #jump: HTMLButtonElement;
  /** Where the reader was when the panel closed; a turn that is to be shown once it opens. */
  #place: number | Turn = 0;
  #visible = false;

  constructor(readonly host: TurnHost) {
    const { words } = host;
    const sizes = new Sizes();
    this.#figures = new Figures(host, sizes, colour);
    this.#jump = button(words.jump, { className: "jump", icon: Icon.latest }, () => {
      if (this.last) this.#show(this.last);
      this.#offerJump(false);
    });
    this.#jump.hidden = true;
    this.element = h(
      "div",
      { part: "transcript", role: "log", ariaLabel: words.conversation, tabIndex: 0 },
      this.#start,
      this.#flow,
      h("div", { className: "jumping" }, this.#jump),
    );
    // What is said of an answer is said in one line of its own, and not word by word.
    this.element.ariaLive = "off";
    new ResizeObserver(() => this.#resized()).observe(this.element);
  }

  /** The latest turn. */
  get last(): Turn | undefined {
    return this.#turns.at(-1);
  }

  /** Shows an element while there is no turn. */
  showEmpty(element: HTMLElement): void {
    this.#start.replaceChildren(element);
  }

  /** Shows another conversation in place of this one. */
  replace(messages: readonly LocalMessage[]): void {
    const focused = this.#flow.matches(":focus-within");
    this.#turns = [];
    this.#flow.replaceChildren();
    let question: LocalMessage | undefined;
    for (const message of messages) {
      if (message.role === "assistant") this.#add(question, message);
      else if (question) this.#add(question);
      question = message.role === "user" ? message : undefined;
    }
    if (question) this.#add(question);
    this.#update();
    if (this.last) this.#show(this.last);
    if (focused) this.#focus();
  }

  /** Adds a question at the end, and the answer that is yet to come; brings them to the top of the view. */
  begin(question: LocalMessage, answer: LocalMessage): void {
    const turn = this.#add(question, answer);
    this.#update();
    this.#show(turn);
  }

  /** Shows that text has come of an answer. */
  appended(answer: LocalMessage): void {
    this.#of(answer)?.appended();
  }

  /** Shows what else has changed of an answer. */
  changed(answer: LocalMessage): void {
    this.#of(answer)?.changed();
  }

  /** Takes an answer out, with its question. */
  remove(answer: LocalMessage): void {
    const turn = this.#of(answer);
    const focused = turn?.element.matches(":focus-within");
    this.#turns = this.#turns.filter((other) => other !== turn);
    turn?.element.remove();
    this.#update();
    // What was read before is in view again.
    if (this.last) this.#show(this.last);
    if (focused) this.#focus();
  }

  /** The turn of an answer: as a rule the last one. */
  #of(answer: LocalMessage): Turn | undefined {
    return this.#turns.findLast(({ message }) => message === answer);
  }

  #add(question?: LocalMessage, answer: LocalMessage = { role: "assistant", content: "" }): Turn {
    const turn = new Turn(this.host, this.#figures, question, answer);
    if (this.#turns.push(turn) % GROUP === 1) this.#flow.append(h("div", { className: "group" }));
    this.#flow.lastElementChild!.append(turn.element);
    return turn;
  }

  #update(): void {
    this.#start.hidden = !!this.last;
    this.#offerJump(false);
  }

  #offerJump(offered: boolean): void {
    const focused = this.#jump.matches(":focus");
    this.#jump.hidden = !offered;
    if (focused && !offered) this.#focus();
  }

  /** Takes the focus from what is no more. */
  #focus(): void {
    this.element.focus({ preventScroll: true });
  }

  /** Brings a turn to the top of the view; where nothing scrolls inside the panel, into the window. */
  #show(turn: Turn): void {
    const { element } = turn;
    const scroller = this.#scroller();
    if (!this.#visible) this.#place = turn;
    else if (!scroller || scroller.scrollHeight <= scroller.clientHeight)
      element.scrollIntoView({ block: "nearest" });
    else {
      const { top } = scroller.getBoundingClientRect();
      scroller.scrollTop += element.getBoundingClientRect().top - top - scroller.clientTop;
    }
  }

  /** What scrolls the conversation: itself, or the panel where that is low. */
  #scroller(): HTMLElement | undefined {
    for (let each: HTMLElement | null = this.element; each; each = each.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(each).overflowY)) return each;
    }
    return undefined;
  }

  /** Comes back to where the reader was before the panel closed. */
  #resized(): void {
    const scroller = this.#scroller();
    const visible = this.element.clientHeight > 0;
    scroller?.addEventListener("scroll", this.#scrolled, { passive: true });
    if (visible && !this.#visible) {
      this.#visible = true;
      if (this.#place instanceof Turn) this.#show(this.#place);
      else if (scroller) scroller.scrollTop = this.#place;
    }
    this.#visible = visible;
  }

  /** Offers the way back to a reader who has left the latest turn: its question is below the middle of the view. */
  #scrolled = ({ target }: Event): void => {
    const scroller = target as HTMLElement;
    const { last } = this;
    if (!this.#visible || !last) return;
    this.#place = scroller.scrollTop;
    const { top, height } = scroller.getBoundingClientRect();
    this.#offerJump(last.element.getBoundingClientRect().top >= top + height / 2);
  };
}

/** Colours code when nothing else is to be done; without its colours it reads as well. */
function colour(code: HTMLElement, language: string): void {
  const load = () =>
    import("./highlight.ts").then(({ highlight }) => highlight(code, language)).catch(() => {});
  if ("requestIdleCallback" in globalThis) requestIdleCallback(load);
  else setTimeout(load);
}
