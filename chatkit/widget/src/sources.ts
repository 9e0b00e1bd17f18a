/** The sections that an answer rests on, as numbered links: in its text, above it and as rows below it. */
import type { Source } from "./client.ts";
import { type Content, h, link } from "./dom.ts";
import { marked } from "./marked.ts";

/** Names the version and the language of a source, where they are not the reader's. */
export type ElsewhereHandler = (source: Source) => string;

/** The headings above a section and its own, which is the last. */
export function named({ path, title }: Source): string[] {
  return path?.[0] ? path : title.split(" › ");
}

/** The sources of one answer. Their numbers are those of its marks, and never change. */
export class Sources {
  constructor(
    readonly list: readonly Source[],
    readonly elsewhere: ElsewhereHandler,
    /** Says which source a number in the text names. */
    readonly label: (number: number, path: string) => string,
  ) {}

  /** The link of a number in the text, which opens its source; none where the number counts no source. */
  chip(number: number): HTMLElement | undefined {
    const source = this.list[number - 1];
    if (!source) return undefined;
    const ariaLabel = this.label(number, named(source).join(" › "));
    return link(source.url, { part: "citation", className: "n", ariaLabel }, `${number}`);
  }

  /** The line of a source with its number, its path and its link. */
  line(source: Source): HTMLElement {
    return h(
      "span",
      { className: "from" },
      this.#number(source),
      link(source.url, { part: "citation" }, ...this.#path(source)),
    );
  }

  /** A list of the sections found, while the answer is not there yet. */
  found(): HTMLElement {
    const items = this.list.map((source) => h("li", {}, this.line(source)));
    return h("ol", { className: "reading", role: "list" }, ...items);
  }

  /** Rows of sources: each a link with its path, and below it its excerpt, or `lines` of its section. */
  rows(
    sources: readonly Source[],
    label: string,
    lines?: (number: number) => Content[] | undefined,
  ): HTMLElement {
    const items = sources.map((source) => {
      const shown = lines?.(this.list.indexOf(source) + 1);
      const path = h("span", { className: "p" }, ...this.#path(source));
      const text = h("span", {}, path);
      if (!shown && source.excerpt) text.append(excerpt(source));
      const row = link(
        source.url,
        { part: "citation", className: "row" },
        this.#number(source),
        text,
      );
      return h("li", {}, row, ...(shown ? [h("div", { className: "lines" }, ...shown)] : []));
    });
    return h("ol", { className: "rows", role: "list", ariaLabel: label }, ...items);
  }

  #number(source: Source): HTMLElement {
    return h("span", { className: "n" }, `${this.list.indexOf(source) + 1}`);
  }

  #path(source: Source): Content[] {
    const above = [...named(source)];
    const own = above.pop()!;
    const elsewhere = this.elsewhere(source);
    return [
      h(
        "span",
        { className: "path", dir: "auto" },
        ...above.map((heading) => `${heading} › `),
        h("b", {}, own),
      ),
      ...(elsewhere ? [h("small", { className: "scope" }, ` ${elsewhere}`)] : []),
    ];
  }
}

/** The excerpt of a source with what decides in it marked. */
function excerpt({ excerpt, highlights = [], language }: Source): HTMLElement {
  return h("small", { dir: "auto", lang: language ?? "" }, ...marked(excerpt, highlights));
}
