/**
 * A Markdown subset written straight into DOM nodes: paragraphs, headings, emphasis, strong, code,
 * lists, links and tables. Markup is never parsed as HTML, so hostile text stays text.
 */
import { type Content, h, link } from "./dom.ts";

/** What a text becomes beyond plain Markdown, each where it is wanted. */
export interface Rendering {
  /** What stands for `[n]`; undefined where the number counts nothing. */
  readonly citation?: (number: number) => Content | undefined;
  /** What stands for a block of code; `complete` once its fence is closed. */
  readonly code?: (code: string, language: string, complete: boolean) => HTMLElement;
  /** What stands for a block that is a table; `inline` renders the words of a cell. */
  readonly table?: (block: string, inline: (text: string) => Content[]) => HTMLElement | undefined;
  /** What stands for the words of a sentence or more. */
  readonly prose?: (text: string, inline: (text: string) => Content[]) => Content[];
  /** Bold words decide: they are marked, and so is a table's row that begins with them. */
  readonly marks?: boolean;
}

/** What starts a list's item; longer numbers are years that begin a sentence. */
const MARKER = /^ *(?:[-*+]|(\d{1,3})[.)]) +/;
/** A fence: its indentation, its marks, its language, the code with the newline before it, its end. */
const FENCE = /^( *)(`{3,})(?= *([^`\s]*))[^`\n]*(?![^\n])([^]*?)(\n *\2`* *)?$/;
// A fence up to a line of as many marks, or to the end of a text that is still arriving; a heading;
// a list with all that hangs on it or is indented below it; a paragraph or a table.
const BLOCK =
  /^ *(`{3,})[^`\n]*$[^]*?(?:\n *\1`* *$|(?![^]))|^#{1,6} .*|^ *(?:[-*+]|\d{1,3}[.)]) .*(?:\n(?!```|#{1,6} ).*\S.*|(?:\n *$)*\n +\S.*)*|(?:^(?! *(?:`{3,}[^`\n]*$|[-*+] |\d{1,3}[.)] )|#{1,6} ).*\S.*\n?)+/gm;

// In this order: an escape, code, a link, a mark with the space before it, strong, emphasis; links and the last two
// step over escapes and over code. Every repetition is fenced by a character it cannot itself match, so that
// no hostile text makes the search worse than quadratic.
const INLINE =
  /\\([!-/:-@[-`{-~])|(?<!`)(`+)(?!`)([^]+?)(?<!`)\2(?!`)|\[((?:\\[^]|``(?:[^`]|`(?!`))+``|`[^`]+`|[^\\\][`])*)\]\(\s*<?([^\s)>]+)>?(?:\s[^)]*)?\)|(?: |(?<!\w))\[(\d{1,2})\](?!\()|(\*\*|__)(?=\S)((?:\\[^]|`[^`]*`|[^\\`])+?)(?<=\S)\7|(?<!\w)([*_])(?=\S)((?:\\[^]|`[^`]*`|[^\\`])+?)(?<=\S)\9(?!\w)/;

/** Code of more letters may be broken at the end of a line. */
const LONG_CODE = 30;

/** Splits a text into its blocks, so that a growing answer renders only what changed. */
export function blocks(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").match(BLOCK) ?? [];
}

/** Renders one block, as `blocks` cut it. */
export function render(block: string, rendering: Rendering = {}): HTMLElement {
  return renderBlock(block, rendering, 0);
}

function renderBlock(block: string, rendering: Rendering, depth: number): HTMLElement {
  const [, indent = "", , language = "", fenced, end] = FENCE.exec(block) ?? [];
  if (fenced !== undefined) {
    const code = outdent(fenced, indent).slice(1);
    return (
      rendering.code?.(code, language, end !== undefined) ??
      h("pre", { tabIndex: 0 }, h("code", {}, code))
    );
  }
  const [, marks, title = ""] = /^(#{1,6}) (.*)/.exec(block) ?? [];
  // The question is the level-three heading above these.
  if (marks) {
    const content = prose(title.trim().replace(/ #+$/, ""), rendering);
    return h(`h${Math.min(marks.length + 3, 6) as 4}`, {}, ...content);
  }
  // Hostile nesting must not exhaust the stack.
  if (depth < 20 && MARKER.test(block)) return list(block, rendering, depth);
  const table = rendering.table?.(block, (text) => prose(text, rendering));
  return table ?? h("p", {}, ...prose(block.trim(), rendering));
}

/** Takes as much indentation from every line as another text is wide. */
function outdent(text: string, { length }: string): string {
  return text.replace(RegExp(`^ {0,${length}}`, "gm"), "");
}

function list(block: string, rendering: Rendering, depth: number): HTMLElement {
  const [, start] = MARKER.exec(block)!;
  const indent = block.search(/\S/);
  const element = start ? h("ol", { start: +start }) : h("ul");
  for (const item of block.split(RegExp(`\\n(?= {0,${indent}}(?:[-*+]|\\d{1,3}[.)]) )`))) {
    const [marker] = MARKER.exec(item)!;
    const content = blocks(outdent(item.slice(marker.length), marker));
    const [first = "", ...rest] = content.map((text) => renderBlock(text, rendering, depth + 1));
    const tight = first instanceof HTMLParagraphElement;
    element.append(h("li", {}, ...(tight ? first.childNodes : [first]), ...rest));
  }
  return element;
}

function prose(text: string, rendering: Rendering): Content[] {
  const words = (text: string) => inline(text, rendering);
  return rendering.prose?.(text, words) ?? words(text);
}

function inline(text: string, rendering: Rendering, depth = 0): Content[] {
  const nodes: Content[] = [];
  while (text) {
    // Hostile nesting must not exhaust the stack.
    const match = depth < 8 && INLINE.exec(text);
    if (!match) {
      nodes.push(text);
      break;
    }
    const [whole, escaped, , code, label, href, number, , strong, , emphasis] = match;
    const within = (content: string) => inline(content, rendering, depth + 1);
    if (match.index) nodes.push(text.slice(0, match.index));
    text = text.slice(match.index + whole.length);
    if (escaped) nodes.push(escaped);
    else if (code !== undefined) {
      nodes.push(h("code", code.length > LONG_CODE ? { className: "wrap" } : {}, code.trim()));
    } else if (href !== undefined) nodes.push(link(href, {}, ...within(label || href)));
    else if (number) {
      const cited = rendering.citation?.(+number);
      // A mark stays in the line of what it supports.
      nodes.push(...(cited ? [whole.startsWith(" ") ? "\u00a0" : "", cited] : [whole]));
    } else if (strong !== undefined) {
      nodes.push(h(rendering.marks ? "mark" : "strong", {}, ...within(strong)));
    } else nodes.push(h("em", {}, ...within(emphasis!)));
  }
  return nodes;
}
