/** The sections around an answer: above it the one that it is from, below it what it rests on and what else fits. */
import type { Actions } from "./actions.ts";
import type { Source } from "./client.ts";
import { type Content, h, link, svg } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { blocks, render } from "./markdown.ts";
import type { LocalMessage } from "./messages.ts";
import { elsewhere } from "./scope.ts";
import { sourceRows } from "./source-rows.ts";
import { sourceLine } from "./sources.ts";
import type { Turn } from "./turn.ts";
import { type AllWords, pieces } from "./words.ts";

/** What showing sections needs of the panel. */
export interface SectionsHost {
  /** The widget's element. */
  readonly host: HTMLElement;
  /** How a text becomes elements. */
  readonly markdown: { blocks: typeof blocks; render: typeof render };
}

export class AnswerSections {
  constructor(
    readonly host: SectionsHost,
    readonly words: AllWords,
    readonly actions: Actions,
  ) {}

  /** The line of the section that an answer is from. */
  line(own: Source, { sources = [] }: LocalMessage): HTMLElement {
    return sourceLine(own, sources.indexOf(own) + 1, ...this.#elsewhere(own));
  }

  /** What stands below the text. */
  below(turn: Turn, own: Source | undefined): HTMLElement[] {
    const { content, outcome, sources = [], citations = [] } = turn.message;
    const { words } = this;
    if (outcome === "not_covered") return this.#instead(turn);
    if (outcome === "nearest") return this.#nearest(turn);
    if (!content) return [];
    const cited = own ? [] : sources.filter(({ id }) => citations.includes(id));
    const others = sources.filter((source) => source !== own && !cited.includes(source));
    const list = (title: string, some: Source[]) =>
      some[0] ? [h("h4", { className: "lab" }, title), this.#rows(some, sources, title)] : [];
    // Of an old chat it is not known which of them it rests on.
    const title = citations[0] ? words.more : words.sources;
    const lists = [...list(words.sources, cited), ...list(title, others)];
    return lists[0] ? [h("div", { className: "others" }, ...lists)] : [];
  }

  /** What can be done where the pages have no answer. */
  #instead(turn: Turn): HTMLElement[] {
    const { words, actions } = this;
    const { ask_people: people } = turn.message;
    const asking = people
      ? [link(people.url, { className: "btn open" }, people.label, svg(Icon.open))]
      : [];
    return [
      h("div", { className: "buttons" }, ...asking, ...actions.changing(turn)),
      small(words.openQuestions),
    ];
  }

  /** The sections that come nearest, with what is said of each. */
  #nearest(turn: Turn): HTMLElement[] {
    const { words } = this;
    const { sources = [], ask_people: people } = turn.message;
    const asking = people
      ? pieces<Content>(words.notThereAsk, { people: link(people.url, {}, people.label) })
      : [words.notThere];
    const lines = (number: number) => this.#lines(turn, number);
    return [this.#rows(sources, sources, words.nearest, lines), small(...asking)];
  }

  #rows(
    sources: readonly Source[],
    all: readonly Source[],
    label: string,
    lines?: (number: number) => Content[] | undefined,
  ): HTMLElement {
    return sourceRows(sources, all, label, (source) => this.#elsewhere(source), lines);
  }

  /** What is said of a section that is listed with others, as the answer's text has it. */
  #lines({ message, numbered }: Turn, number: number): Content[] | undefined {
    const { blocks, render } = this.host.markdown;
    const item = blocks(message.content).find((text) => text.startsWith(`${number}. [`));
    if (!item) return undefined;
    // The section's name stands in its row.
    const [, ...lines] = render(item, numbered).firstElementChild!.children;
    for (const line of lines) (line as HTMLElement).dir = "auto";
    return lines;
  }

  /** Names the version and the language of a source, where they are not the reader's. */
  #elsewhere(source: Source): Content[] {
    const named = elsewhere(this.host.host, source, this.words);
    return named ? [h("small", { className: "scope" }, ` ${named}`)] : [];
  }
}

const small = (...sentence: Content[]) => h("p", { className: "small muted" }, ...sentence);
