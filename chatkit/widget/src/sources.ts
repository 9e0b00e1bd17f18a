/** The sections that an answer rests on, as numbered links: in its text and below it; see source-rows.ts for the rest. */
import type { Source } from "./client.ts";
import { type Content, h, link } from "./dom.ts";
import { say, type Words } from "./words.ts";

/** What a section is called by: its headings, or all of them in one text. */
type Named = Pick<Source, "path" | "title">;

/** The headings above a section and its own, which is the last. */
export function named({ path, title }: Named): string[] {
  return path?.[0] ? path : title.split(" › ");
}

/** The link of a number in the text, which opens its source; none where the number counts no source. */
export function sourceNumber(
  source: Source | undefined,
  number: number,
  words: Words,
): HTMLElement | undefined {
  if (!source) return undefined;
  const ariaLabel = say(words.sourceNumber, { number, path: named(source).join(" › ") });
  return link(source.url, { part: "citation", className: "n", ariaLabel }, `${number}`);
}

/** The headings of a section, its own last and strong. */
export function sourcePath(source: Named): HTMLElement {
  const above = [...named(source)];
  const own = above.pop()!;
  const headings: Content[] = above.map((heading) => `${heading} › `);
  return h("span", { className: "path", dir: "auto" }, ...headings, h("b", {}, own));
}

/** The line of a source with its number and its path as a link, and what else is said of it. */
export function sourceLine(source: Source, number: number, ...more: Content[]): HTMLElement {
  return h(
    "span",
    { className: "from" },
    h("span", { className: "n" }, `${number}`),
    link(source.url, { part: "citation" }, sourcePath(source), ...more),
  );
}

/** A list of the sections that were found. */
export function sourceList(sources: readonly Source[] = []): HTMLElement[] {
  const items = sources.map((source, index) => h("li", {}, sourceLine(source, index + 1)));
  return items[0] ? [h("ol", { className: "reading", role: "list" }, ...items)] : [];
}
