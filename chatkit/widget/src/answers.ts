/**
 * What a reader has of an answer beyond its text: what it claims to be and rests on, what can be done with it, code and
 * tables that are named and cut. A part: loaded once the panel is seen.
 */
import css from "./answers.css";
import { withdraw } from "./again.ts";
import { Actions, type ActionHost } from "./actions.ts";
import { AnswerSections, type SectionsHost } from "./answer-sections.ts";
import { copy } from "./copy.ts";
import { button, h } from "./dom.ts";
import { Figures } from "./figures.ts";
import type { Rendering } from "./markdown.ts";
import { type AnswerState, isPending } from "./messages.ts";
import { isWritten, ownSource, sayAuthor, sayOrigin } from "./provenance.ts";
import { Sizes } from "./sizes.ts";
import { adopt } from "./styles.ts";
import { table } from "./tables.ts";
import type { Follower, Transcript } from "./transcript.ts";
import type { Turn } from "./turn.ts";
import { withTags } from "./unsupported.ts";
import { Viewpoint } from "./viewpoint.ts";
import { type AllWords, sayError, sayRequest } from "./words.ts";

/** Begins an item of a text that lists sections, each by its link; a model may have listed something else above. */
const ITEM = /^\d+\. \[/;
/** A question of so few letters fits into three lines at any size. */
const SHORT = 30;

const sheet = adopt(css);

/** What the answers need of the panel. */
export interface AnswersHost extends ActionHost, SectionsHost {
  readonly transcript: Transcript;
  /** Draws something of a turn anew. */
  redraw: (turn: Turn, draw: () => void) => void;
  /** What holds an answer up, by its state. */
  held: { [state in AnswerState]?: string };
}

export class Answers implements Follower {
  readonly rendering: Rendering;
  #viewpoint: Viewpoint;
  #sizes = new Sizes();
  /** The turns of a conversation that nobody has looked at. */
  #undressed = new Set<Turn>();
  #actions: Actions;
  #sections: AnswerSections;
  /** The state that each turn is drawn in. */
  #drawn = new WeakMap<Turn, string>();

  constructor(
    readonly host: AnswersHost,
    readonly words: AllWords,
  ) {
    sheet(host.host);
    const figures = new Figures(host, words, this.#sizes, colour);
    this.#actions = new Actions(host, words);
    this.#sections = new AnswerSections(host, words, this.#actions);
    this.rendering = {
      code: (...code) => figures.code(...code),
      table: (block, inline) => {
        const found = table(block, inline);
        return found && figures.table(found);
      },
      prose: (text, inline) => withTags(text, inline, words.unsupported),
    };
    host.redraw = (turn, draw) => this.#keepingFocus(turn, draw);
    host.held = { slow: words.starting, waiting: words.waiting, offline: words.offline };
    this.#viewpoint = new Viewpoint(host.transcript, words.jump);
    // What comes into view of a long conversation is drawn in full only then; of the groups the transcript hears nothing.
    host.transcript.element.addEventListener(
      "contentvisibilityautostatechange",
      (event) => {
        const { skipped, target } = event as ContentVisibilityAutoStateChangeEvent;
        if (skipped) return;
        for (const turn of this.#undressed) {
          if ((target as Element).contains(turn.element)) this.dress(turn);
        }
      },
      { capture: true },
    );
    host.transcript.follower = this;
  }

  hold(): void {
    this.#viewpoint.hold();
  }

  shown(turns: readonly Turn[]): void {
    this.#undressed = new Set(turns);
    // Where the browser does not tell what comes into view, all is.
    const told = "oncontentvisibilityautostatechange" in document.body;
    for (const turn of told ? turns.slice(-1) : turns) this.dress(turn);
  }

  dress(turn: Turn, fresh = false): void {
    this.#undressed.delete(turn);
    const { message } = turn;
    const { state = "done" } = message;
    if (state === "offline") this.#offerWithdrawal(turn);
    if (isPending(message)) return;
    if (this.#drawn.get(turn) === state) return this.#actions.update(turn);
    const known = this.#drawn.has(turn);
    this.#drawn.set(turn, state);
    this.#keepingFocus(turn, () => this.#draw(turn));
    if (!known) this.#cutQuestion(turn);
    if (fresh && state === "done") this.#announce(turn);
  }

  #draw(turn: Turn): void {
    const { message, answer, text, below } = turn;
    const { outcome, state, metadata } = message;
    const { words } = this;
    const own = ownSource(message);
    const marks = !!own && outcome === "answered" && !metadata?.curated;
    answer.dataset["outcome"] = outcome ?? "";
    // The pages' own words are in the language of their section.
    if (own) text.element.lang = own.language ?? "";
    const { marks: were = false, code } = turn.rendering;
    // What decides is known at the end, so what is there is drawn anew.
    const anew = marks !== were || code !== this.rendering.code;
    turn.rendering = { ...turn.rendering, ...this.rendering, marks };
    this.#drawText(turn, anew);
    const said = sayAuthor(message, words);
    const above = [
      ...(said ? [h("p", { className: "small muted" }, said)] : []),
      ...(own ? [h("p", {}, this.#sections.line(own, message))] : []),
    ];
    answer.querySelector(".above")?.remove();
    if (above[0]) text.element.before(h("div", { className: "above" }, ...above));
    if (state === "failed") this.#explain(turn);
    const actions = this.#actions.of(turn, own, isWritten(message));
    const found = this.#sections.below(turn, own);
    const kept = [...below.children].filter((child) => !(child instanceof HTMLOListElement));
    below.replaceChildren(
      ...kept,
      // The nearest sections are the answer itself.
      ...(outcome === "nearest" ? [...found, ...actions] : [...actions, ...found]),
    );
  }

  /** Shows the text: of sections that come nearest, and of a link to people, what rows and a button do not show. */
  #drawText({ message, text, numbered }: Turn, anew: boolean): void {
    const { content, outcome, ask_people } = message;
    let texts = this.host.markdown.blocks(content);
    let lead = -1;
    const listed = texts.findIndex((block) => ITEM.test(block));
    if (outcome === "nearest" && listed > 0) {
      texts = texts.slice(0, listed);
      lead = listed - 1;
    } else if (outcome === "not_covered") {
      if (ask_people && texts.at(-1)?.includes("](")) texts = texts.slice(0, -1);
      lead = texts.length - 2;
    }
    text.show(texts, numbered, anew);
    text.element.children[lead]?.classList.add("lead");
  }

  /** Draws; where what had the focus was drawn anew, it goes to the same link, else to the question. */
  #keepingFocus({ answer, element }: Turn, draw: () => void): void {
    const { activeElement } = answer.getRootNode() as ShadowRoot;
    const focused = answer.contains(activeElement ?? null) && activeElement!;
    draw();
    if (!focused || focused.isConnected) return;
    const href = focused.getAttribute("href");
    const links = href ? [...answer.querySelectorAll("a")] : [];
    const same = links.find((link) => link.getAttribute("href") === href) ?? links[0];
    const other = element.querySelector("h3") ?? element.closest<HTMLElement>("[role]");
    (same ?? other)?.focus({ preventScroll: true });
  }

  /** Cuts a long question until a reader wants all of it; whether it is cut is known once it is seen. */
  #cutQuestion({ element, question }: Turn): void {
    const heading = element.querySelector<HTMLElement>(".q");
    if (!heading || question!.content.length <= SHORT) return;
    const text = heading.querySelector("h3")!;
    const all = button(this.words.showAll, { className: "link" }, () => {
      heading.classList.add("whole");
      text.focus({ preventScroll: true });
    });
    this.#sizes.follow(text, () => {
      if (text.scrollHeight > text.clientHeight + 1) heading.append(all);
      else all.remove();
    });
  }

  /** Says why an answer did not come, and names the request for whoever is asked about it. */
  #explain({ message, below }: Turn): void {
    const { words, host } = this;
    const said = below.querySelector(".say");
    if (!said || said.querySelector("p")) return;
    const { code = "unexpected", message: sentence, requestId } = message.failure ?? {};
    const away = code === "unreachable" && !message.content;
    said.append(h("p", {}, away ? words.serverAway : sayError(words, code, sentence)));
    if (!requestId) return;
    const take = button(words.copy, { className: "link" }, (pressed) =>
      copy(requestId, pressed, host, words),
    );
    below.append(h("p", { className: "small muted" }, `${sayRequest(words, requestId)} `, take));
  }

  /** Offers to take a question that was not sent yet out again, with its answer. */
  #offerWithdrawal({ message, below }: Turn): void {
    const { words, host } = this;
    const take = () => {
      withdraw(host.conversation, message);
      host.composer.input.focus();
    };
    below.replaceChildren(button(words.dontSend, { className: "secondary" }, take));
  }

  /** Announces a complete answer: where it is from, or the first that it says. */
  #announce({ message }: Turn): void {
    const { host, words } = this;
    const { blocks, render } = host.markdown;
    const origin = sayOrigin(message, words);
    host.announce(origin ?? render(blocks(message.content)[0] ?? "").textContent);
  }
}

/** Colours code when nothing else is to be done; without its colours it reads as well. */
function colour(code: HTMLElement, language: string): void {
  const load = () =>
    import("./highlight.ts").then(({ highlight }) => highlight(code, language)).catch(() => {});
  if ("requestIdleCallback" in globalThis) requestIdleCallback(load);
  else setTimeout(load);
}
