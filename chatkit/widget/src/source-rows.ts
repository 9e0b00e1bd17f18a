/** Rows of sources below an answer: each a link with its path, and below it its excerpt, or what is said of it. */
import type { Source } from "./client.ts";
import { type Content, h, link } from "./dom.ts";
import { marked } from "./marked.ts";
import { sourcePath } from "./sources.ts";

/** A list of some of `all`, whose numbers are those of the answer's marks; `lines` stand in the excerpt's place. */
export function sourceRows(
  sources: readonly Source[],
  all: readonly Source[],
  label: string,
  elsewhere: (source: Source) => Content[],
  lines?: (number: number) => Content[] | undefined,
): HTMLElement {
  const items = sources.map((source) => {
    const number = all.indexOf(source) + 1;
    const shown = lines?.(number);
    const path = h("span", { className: "p" }, sourcePath(source), ...elsewhere(source));
    const text = h("span", {}, path, ...(!shown && source.excerpt ? [excerpt(source)] : []));
    const row = link(
      source.url,
      { part: "citation", className: "row" },
      h("span", { className: "n" }, `${number}`),
      text,
    );
    return h("li", {}, row, ...(shown ? [h("div", { className: "lines" }, ...shown)] : []));
  });
  return h("ol", { className: "rows", role: "list", ariaLabel: label }, ...items);
}

/** The excerpt of a source with what decides in it marked. */
function excerpt({ excerpt, highlights = [], language }: Source): HTMLElement {
  return h("small", { dir: "auto", lang: language ?? "" }, ...marked(excerpt, highlights));
}
