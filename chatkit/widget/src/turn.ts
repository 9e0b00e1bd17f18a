/** A question with its answer: while it is written, as what it claims to be, and when it did not come. */
import type { Source } from "./client.ts";
import { type Announcer, answerAsMarkdown, copy } from "./copy.ts";
import { button, type Content, h, link, svg } from "./dom.ts";
import type { Rater } from "./feedback.ts";
import type { Figures } from "./figures.ts";
import { Icon } from "./icons.ts";
import { blocks, render, type Rendering } from "./markdown.ts";
import { isPending, type LocalMessage, type Rating } from "./messages.ts";
import { load } from "./parts.ts";
import { named, Sources } from "./sources.ts";
import { pieces, say, sayError } from "./words.ts";

/** What a turn needs of the panel that it stands in. */
export interface TurnHost extends Announcer, Rater {
  /** Names the version and the language of a source, where they are not the reader's. */
  elsewhere(source: Source): string;
  /** Puts a question into the composer, to be changed and asked. */
  edit(question: string): void;
  /** Asks for an answer once more, in place of the one that came or did not come. */
  askAgain(answer: LocalMessage): void;
  /** Takes a question that was not sent yet out again, with its answer. */
  withdraw(answer: LocalMessage): void;
  /** Notes a rating wherever the conversation is shown. */
  noteRating(answer: LocalMessage, rating: Rating): void;
}

/** How the model is called that is none: the pages' own words. */
const QUOTED = "extractive";
/** Begins an item of a text that lists sections, each by its link; a model may have listed something else above. */
const ITEM = /^\d+\. \[/;
/** A question of so few letters fits into three lines at any size. */
const SHORT = 30;
/** So much of a request's id tells it from others. */
const ID_LENGTH = 8;

export class Turn {
  readonly element = h("article", { className: "turn" });
  readonly #answer = h("div", { part: "message message-assistant", className: "a" });
  /** What is happening, while the answer is written. */
  readonly #status = h("div", { className: "status" });
  /** What stands above the text: the section that it is from, or that a model wrote it. */
  readonly #above = h("div", { className: "above" });
  readonly #text = h("div", { className: "text" });
  /** What is said of the answer after it: that it was stopped, why it did not come. */
  readonly #notice = h("div", { className: "notice" });
  readonly #actions = h("div", { className: "acts" });
  /** The other sections that were found. */
  readonly #more = h("div", { className: "others" });
  #rendered: string[] = [];
  #rendering: Rendering = {};
  #frame = 0;
  /** The state that is shown. */
  #shown: string | undefined;
  /** What was said of the writing last, which is said once. */
  #said = "";

  /** Shows an answer; what `message` holds of it may grow and change, which `appended` and `changed` tell. */
  constructor(
    readonly host: TurnHost,
    readonly figures: Figures,
    readonly question: LocalMessage | undefined,
    readonly message: LocalMessage,
  ) {
    const parts = [this.#above, this.#text, this.#notice, this.#actions, this.#more];
    this.#answer.append(this.#status, ...parts);
    if (question) this.element.append(this.#heading(question.content));
    this.element.append(this.#answer);
    this.#draw();
    if (this.#pending) this.#showStep();
  }

  /** Shows more of the text; what comes in one animation frame is rendered together. */
  appended(): void {
    this.#frame ||= requestAnimationFrame(() => this.#keepingFocus(() => this.#render()));
  }

  /** Shows what else is new of the answer: how far it is, what it claims, how it was rated. */
  changed(): void {
    const { state, rating } = this.message;
    const was = this.#shown;
    if (state !== was) this.#keepingFocus(() => this.#draw());
    for (const choice of this.#answer.querySelectorAll<HTMLElement>("[data-rating]"))
      choice.ariaPressed = `${choice.dataset.rating === rating}`;
    if (this.#pending) this.#showStep();
    else if (state === "done" && was !== state) this.#announce();
  }

  get #pending(): boolean {
    return isPending(this.message);
  }

  /** The section that the answer is from, where it is one: as a rule it is, unless a model wrote any of it. */
  get #own(): Source | undefined {
    const { sources = [], citations = [] } = this.message;
    const single = !this.#written && !this.#begun && !citations[1];
    return single ? sources.find(({ id }) => id === citations[0]) : undefined;
  }

  /** Whether a model wrote it; of a saved answer that is not known, but the pages' own words rest on one section. */
  get #written(): boolean {
    const { metadata, citations = [], outcome } = this.message;
    const several = !metadata && !!citations[1];
    return outcome === "answered" && (several || (metadata?.model ?? QUOTED) !== QUOTED);
  }

  /** What is to be said of an answer that a model began and the pages ended. */
  get #begun(): string | undefined {
    const { words } = this.host;
    const reason = this.message.metadata?.fallback_reason;
    if (reason === "broke_off") return words.brokeOff;
    return reason === "unsupported" ? words.ungrounded : undefined;
  }

  /** What is to be said of an answer that a model was to write, and did not or not alone. */
  get #fallback(): string | undefined {
    const { metadata, outcome } = this.message;
    if (!metadata?.fallback) return undefined;
    const { words } = this.host;
    return this.#begun ?? (outcome === "not_covered" ? words.noModel : words.fallback);
  }

  get #sources(): Sources {
    const { host, message } = this;
    return new Sources(
      message.sources ?? [],
      (source) => host.elsewhere(source),
      (number, path) => say(host.words.sourceNumber, { number, path }),
    );
  }

  /** The question as the heading of its answer; a long one is cut until a reader wants all of it. */
  #heading(question: string): HTMLElement {
    const { host } = this;
    const text = h("h3", { part: "message message-user", dir: "auto", tabIndex: -1 }, question);
    const all = button(host.words.showAll, { className: "link" }, () => {
      heading.classList.add("whole");
      text.focus({ preventScroll: true });
    });
    const heading = h("div", { className: "q" }, text, all);
    all.hidden = true;
    // Whether it is cut is known once it is seen; a short one never is.
    if (question.length > SHORT) {
      this.figures.sizes.follow(text, () => {
        all.hidden = text.scrollHeight <= text.clientHeight + 1;
      });
    }
    return heading;
  }

  /** Draws the answer as what it claims to be. */
  #draw(): void {
    const { message, host } = this;
    const { outcome, state, metadata } = message;
    const { words } = host;
    const pending = this.#pending;
    const marks = !!this.#own && outcome === "answered" && !metadata?.curated;
    // What decides is known at the end, so what is there is drawn anew.
    if (marks !== !!this.#rendering.marks) this.#rendered = [];
    this.#rendering = {
      marks,
      unsupported: words.unsupported,
      citation: (number) => this.#sources.chip(number),
      code: (...code) => this.figures.code(...code),
      table: (table) => this.figures.table(table),
    };
    this.#shown = state;
    this.#answer.ariaBusy = `${pending}`;
    this.#answer.dataset.outcome = outcome ?? "";
    this.#status.hidden = !pending;
    if (!pending) this.#status.replaceChildren((this.#said = ""));
    // The pages' own words are in the language of their section.
    if (this.#own) this.#text.lang = this.#own.language ?? "";
    this.#render();
    const curated = metadata?.curated && words.curated;
    const said = curated || (this.#written ? this.#writtenFrom() : this.#fallback);
    this.#above.replaceChildren(
      ...(said ? [h("p", { className: "small muted" }, said)] : []),
      ...(this.#own ? [h("p", {}, this.#sources.line(this.#own))] : []),
    );
    this.#notice.replaceChildren();
    if (state === "offline") this.#waitOnline();
    if (state === "stopped") this.#noteStopped();
    if (state === "failed") this.#showFailure();
    this.#actions.replaceChildren(...(pending ? [] : this.#buttons()));
    // The nearest sections are the answer itself.
    if (outcome === "nearest") this.#more.after(this.#actions);
    else this.#more.before(this.#actions);
    this.#more.replaceChildren(...this.#found());
  }

  /** Draws; where what had the focus was drawn anew, it goes to the same link, else to the question. */
  #keepingFocus(draw: () => void): void {
    const { activeElement } = this.element.getRootNode() as ShadowRoot;
    const focused = this.#answer.contains(activeElement ?? null) && activeElement!;
    draw();
    if (!focused || focused.isConnected) return;
    const href = focused.getAttribute("href");
    const links = href ? [...this.#answer.querySelectorAll("a")] : [];
    const same = links.find((link) => link.getAttribute("href") === href) ?? links[0];
    const other = this.element.querySelector("h3") ?? this.element.closest<HTMLElement>("[role]");
    (same ?? other)?.focus({ preventScroll: true });
  }

  /** The sections below the text. */
  #found(): HTMLElement[] {
    const { content, outcome, ask_people: people, sources = [], citations = [] } = this.message;
    const { words } = this.host;
    if (this.#pending) return sources[0] ? [this.#sources.found()] : [];
    if (outcome === "not_covered") {
      const asking = people
        ? [link(people.url, { className: "btn open" }, people.label, svg(Icon.open))]
        : [];
      return [
        h("div", { className: "btns" }, ...asking, ...this.#changing()),
        h("p", { className: "small muted" }, words.openQuestions),
      ];
    }
    if (outcome === "nearest") {
      const rows = this.#sources.rows(sources, words.nearest, (number) => this.#lines(number));
      const asking = people
        ? pieces<Content>(words.notThereAsk, { people: link(people.url, {}, people.label) })
        : [words.notThere];
      return [rows, h("p", { className: "small muted" }, ...asking)];
    }
    if (!content) return [];
    const own = this.#own;
    const cited = own ? [] : sources.filter(({ id }) => citations.includes(id));
    const others = sources.filter((source) => source !== own && !cited.includes(source));
    const title = citations[0] ? words.more : words.sources;
    return [
      ...this.#list(words.sources, cited),
      // Of an old chat it is not known which of them it rests on.
      ...this.#list(title, others),
    ];
  }

  #list(title: string, sources: Source[]): HTMLElement[] {
    const heading = h("h4", { className: "lab" }, title);
    return sources[0] ? [heading, this.#sources.rows(sources, title)] : [];
  }

  /** What is said of a section that is listed with others, as the answer's text has it. */
  #lines(number: number): Content[] | undefined {
    const item = blocks(this.message.content).find((text) => text.startsWith(`${number}. [`));
    if (!item) return undefined;
    // The section's name stands in its row.
    const [, ...lines] = render(item, this.#rendering).firstElementChild!.children;
    for (const line of lines) (line as HTMLElement).dir = "auto";
    return lines;
  }

  #writtenFrom(): string {
    const { words } = this.host;
    const count = new Set(this.message.citations).size;
    return say(words.modelWrote, { count }, words.locale);
  }

  #waitOnline(): void {
    const { words } = this.host;
    const cancel = button(words.dontSend, { className: "secondary" }, () =>
      this.host.withdraw(this.message),
    );
    this.#notice.append(h("div", { className: "btns" }, cancel));
  }

  #noteStopped(): void {
    const { words } = this.host;
    this.#notice.append(h("p", { className: "small muted" }, words.stopped), this.#retry());
  }

  /** Says why the answer did not come, and what can be done. */
  #showFailure(): void {
    const { host, message } = this;
    const { words } = host;
    const { code = "unexpected", message: sentence, requestId } = message.failure ?? {};
    const away = code === "unreachable" && !message.content;
    const said = h("div", { className: "say", role: "alert" });
    this.#notice.append(said, this.#retry());
    // A live region announces what changes after it has appeared.
    said.append(
      h("b", {}, words.noAnswer),
      h("p", {}, away ? words.serverAway : sayError(words, code, sentence)),
    );
    if (!requestId) return;
    const id = requestId.slice(0, ID_LENGTH);
    const take = button(words.copy, { className: "link" }, (pressed) =>
      copy(requestId, pressed, host),
    );
    this.#notice.append(
      h("p", { className: "small muted" }, `${say(words.request, { id })} `, take),
    );
  }

  #retry(): HTMLElement {
    const { host, message } = this;
    const again = button(host.words.retry, { className: "secondary" }, () =>
      host.askAgain(message),
    );
    return h("div", { className: "btns" }, ...(this.question ? [again] : []));
  }

  #changing(): HTMLElement[] {
    const { question, host } = this;
    const options = { className: "secondary", icon: Icon.pencil };
    return question
      ? [button(host.words.changeQuestion, options, () => host.edit(question.content))]
      : [];
  }

  /** What can be done with an answer. */
  #buttons(): HTMLElement[] {
    const { host, message, question } = this;
    const { words } = host;
    const { content, sources = [], citations = [], outcome, message_id } = message;
    if (!content || outcome === "greeting" || outcome === "not_covered") return [];
    const quiet = { className: "quiet", icon: Icon.copy };
    const buttons = [];
    if (outcome !== "nearest") {
      buttons.push(
        button(words.copyAnswer, quiet, (pressed) =>
          copy(answerAsMarkdown(content, sources, citations), pressed, host),
        ),
      );
    }
    if (this.#own) {
      const open = { part: "citation", className: "quiet open" };
      buttons.push(link(this.#own.url, open, svg(Icon.open), h("span", {}, words.openSection)));
    }
    const end = h("span", { className: "rating" });
    if (question) {
      const edit = { className: "bare quiet", icon: Icon.pencil };
      end.append(button(words.edit, edit, () => host.edit(question.content)));
    }
    if (question && (this.#written || message.metadata?.fallback)) {
      const anew = { className: "bare quiet", icon: Icon.again };
      end.append(button(words.regenerate, anew, () => host.askAgain(message)));
    }
    if (message_id && outcome) {
      end.append(
        this.#choice("up", words.helpful, Icon.up),
        this.#choice("down", words.notHelpful, Icon.down),
      );
    }
    return [...buttons, end];
  }

  /** A button that rates the answer. */
  #choice(rating: Rating, label: string, icon: string): HTMLButtonElement {
    const { host, message } = this;
    const choice = button(label, { className: "bare quiet", icon }, () =>
      host.run("feedback", choice, async () => {
        host.noteRating(message, rating);
        const { rate } = await load(() => import("./feedback.ts"), host.words.partFailed);
        await rate(host, message, choice, this.#actions);
      }),
    );
    choice.dataset.rating = rating;
    choice.ariaPressed = `${message.rating === rating}`;
    return choice;
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
    const held = { slow: words.starting, waiting: words.waiting, offline: words.offline };
    const sentence = held[state as keyof typeof held] ?? steps[step];
    if (sentence === this.#said) return;
    const bars = steps.map((_, index) =>
      h("span", { className: index < step ? "on" : index === step ? "now" : "" }),
    );
    // The line that says who wrote it takes its place, and does not move the text.
    this.#status.classList.toggle("writing", step === 2);
    this.#status.replaceChildren(
      state === "offline"
        ? svg(Icon.offline)
        : h("span", { className: "steps", ariaHidden: "true" }, ...bars),
      h("span", {}, sentence),
    );
    host.announce((this.#said = sentence));
  }

  /** Announces a complete answer: where it is from, or the first that it says. */
  #announce(): void {
    const { host, message } = this;
    const { words } = host;
    const { content, sources = [] } = message;
    const own = this.#own;
    if (own) {
      const count = sources.length - 1;
      const from = say(words.answerFrom, { path: named(own).join(" › ") });
      host.announce(count ? `${from} ${say(words.moreSections, { count }, words.locale)}` : from);
    } else if (this.#written) host.announce(this.#writtenFrom());
    else host.announce(this.#begun ?? render(blocks(content)[0] ?? "").textContent);
  }

  /** Replaces only the blocks that differ, so that what is selected or focused above them stays. */
  #render(): void {
    const { content, outcome, ask_people } = this.message;
    const { children } = this.#text;
    let texts = blocks(content);
    let lead = -1;
    const listed = texts.findIndex((text) => ITEM.test(text));
    // Sections that come nearest are rows, and the link to people is a button.
    if (outcome === "nearest" && listed > 0) {
      texts = texts.slice(0, listed);
      lead = listed - 1;
    } else if (outcome === "not_covered") {
      if (ask_people && texts.at(-1)?.includes("](")) texts = texts.slice(0, -1);
      lead = texts.length - 2;
    }
    this.#frame = 0;
    texts.forEach((text, index) => {
      if (text !== this.#rendered[index]) {
        const block = render(text, this.#rendering);
        block.dir = "auto";
        children[index]?.remove();
        this.#text.insertBefore(block, children[index] ?? null);
      }
      children[index]!.classList.toggle("lead", index === lead);
    });
    while (children.length > texts.length) children[texts.length]!.remove();
    this.#rendered = texts;
  }
}
