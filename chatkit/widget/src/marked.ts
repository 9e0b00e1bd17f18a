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
