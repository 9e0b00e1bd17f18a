/** A text with the words marked that were asked for. */
import { type Content, h } from "./dom.ts";

/** Marks ranges, as the server gives them: it counts characters, and not their halves. */
export function marked(text: string, ranges: readonly number[][]): Content[] {
  const letters = [...text];
  const content: Content[] = [];
  let done = 0;
  const take = (end: number) => letters.slice(done, (done = Math.max(done, end))).join("");
  for (const [start = 0, end = 0] of ranges) content.push(take(start), h("mark", {}, take(end)));
  return [...content, take(letters.length)];
}

/** In a line that is cut at its end, a word after so many letters may not show, and so many are left before it. */
const FAR = 32;
const BEFORE = 20;

/** Begins a text shortly before the first word that was asked for, where that stands far behind; moves the ranges along. */
export function fromFirst(
  text: string,
  ranges: readonly number[][],
): [text: string, ranges: readonly number[][]] {
  const first = ranges[0]?.[0] ?? 0;
  if (first < FAR) return [text, ranges];
  const letters = [...text];
  const space = letters.indexOf(" ", first - BEFORE) + 1;
  // What is written without spaces is cut anywhere.
  const start = space && space <= first ? space : first - BEFORE;
  const moved = ranges.map((range) => range.map((at) => at - start + 1));
  return [`…${letters.slice(start).join("")}`, moved];
}
