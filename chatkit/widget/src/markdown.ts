/**
 * A Markdown subset written straight into DOM nodes: paragraphs, headings, emphasis, strong, code,
 * lists, links and tables. Markup is never parsed as HTML, so hostile text stays text.
 */
import { h, link } from "./dom.ts";

/** What starts a list's item; longer numbers are years that begin a sentence. */
const MARKER = /^ *(?:[-*+]|(\d{1,3})[.)]) +/;
/** A fence: its indentation, its marks, the code with the newline before it. */
const FENCE = /^( *)(`{3,})[^`\n]*(?![^\n])([^]*?)(?:\n *\2`* *)?$/;
// A fence up to a line of as many marks, or to the end of a text that is still arriving; a heading;
// a list with all that hangs on it or is indented below it; a paragraph or a table.
const BLOCK =
  /^ *(`{3,})[^`\n]*$[^]*?(?:\n *\1`* *$|(?![^]))|^#{1,6} .*|^ *(?:[-*+]|\d{1,3}[.)]) .*(?:\n(?!```|#{1,6} ).*\S.*|(?:\n *$)*\n +\S.*)*|(?:^(?! *(?:`{3,}[^`\n]*$|[-*+] |\d{1,3}[.)] )|#{1,6} ).*\S.*\n?)+/gm;
const TABLE = /^.*\|.*\n[-:| ]*-[-:| ]*(?:\n|$)/;

// In this order: an escape, code, a link, strong, emphasis; the last three step over escapes and
// over code. Every repetition is fenced by a character it cannot itself match, so that
// no hostile text makes the search worse than quadratic.
const INLINE =
  /\\([!-/:-@[-`{-~])|(?<!`)(`+)(?!`)([^]+?)(?<!`)\2(?!`)|\[((?:\\[^]|``(?:[^`]|`(?!`))+``|`[^`]+`|[^\\\][`])*)\]\(\s*<?([^\s)>]+)>?(?:\s[^)]*)?\)|(\*\*|__)(?=\S)((?:\\[^]|`[^`]*`|[^\\`])+?)(?<=\S)\6|(?<!\w)([*_])(?=\S)((?:\\[^]|`[^`]*`|[^\\`])+?)(?<=\S)\8(?!\w)/;

/** Splits a text into its blocks, so that a growing answer renders only what changed. */
export function blocks(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").match(BLOCK) ?? [];
}

/** Renders one block, as `blocks` cut it. */
export function render(block: string): HTMLElement {
  return renderBlock(block, 0);
}

function renderBlock(block: string, depth: number): HTMLElement {
  const [, indent = "", , code] = FENCE.exec(block) ?? [];
  if (code !== undefined) {
    return h("pre", { tabIndex: 0 }, h("code", {}, outdent(code, indent).slice(1)));
  }
  const [, marks, title = ""] = /^(#{1,6}) (.*)/.exec(block) ?? [];
  // The panel's own title is the level-two heading above these.
  if (marks) {
    const content = inline(title.trim().replace(/ #+$/, ""));
    return h(`h${Math.min(marks.length + 2, 6) as 3}`, {}, ...content);
  }
  // Hostile nesting must not exhaust the stack.
  if (depth < 20 && MARKER.test(block)) return list(block, depth);
  if (TABLE.test(block)) return table(block.trim().split("\n"));
  return h("p", {}, ...inline(block.trim()));
}

/** Takes as much indentation from every line as another text is wide. */
function outdent(text: string, { length }: string): string {
  return text.replace(RegExp(`^ {0,${length}}`, "gm"), "");
}

function list(block: string, depth: number): HTMLElement {
  const [, start] = MARKER.exec(block)!;
  const indent = block.search(/\S/);
  const element = start ? h("ol", { start: +start }) : h("ul");
  for (const item of block.split(RegExp(`\\n(?= {0,${indent}}(?:[-*+]|\\d{1,3}[.)]) )`))) {
    const [marker] = MARKER.exec(item)!;
    const content = blocks(outdent(item.slice(marker.length), marker));
    const [first = "", ...rest] = content.map((text) => renderBlock(text, depth + 1));
    const tight = first instanceof HTMLParagraphElement;
    element.append(h("li", {}, ...(tight ? first.childNodes : [first]), ...rest));
  }
  return element;
}

function table([head = "", , ...rows]: string[]): HTMLElement {
  const cells = (line: string, tag: "th" | "td") =>
    h(
      "tr",
      {},
      ...line
        .trim()
        .replace(/^\||(?<!\\)\|$/g, "")
        .split(/(?<!\\)\|/)
        // A cell's pipe is escaped even in code, where a backslash is one otherwise.
        .map((cell) => h(tag, {}, ...inline(cell.trim().replace(/\\\|/g, "|")))),
    );
  return h(
    "div",
    { className: "table", tabIndex: 0 },
    h(
      "table",
      {},
      h("thead", {}, cells(head, "th")),
      h("tbody", {}, ...rows.map((row) => cells(row, "td"))),
    ),
  );
}

function inline(text: string, depth = 0): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  while (text) {
    // Hostile nesting must not exhaust the stack.
    const match = depth < 8 && INLINE.exec(text);
    if (!match) {
      nodes.push(text);
      break;
    }
    const [whole, escaped, , code, label, href, , strong, , emphasis] = match;
    const within = (content: string) => inline(content, depth + 1);
    if (match.index) nodes.push(text.slice(0, match.index));
    nodes.push(
      escaped ??
        (code !== undefined
          ? h("code", {}, code.trim())
          : href !== undefined
            ? link(href, {}, ...within(label || href))
            : strong !== undefined
              ? h("strong", {}, ...within(strong))
              : h("em", {}, ...within(emphasis!))),
    );
    text = text.slice(match.index + whole.length);
  }
  return nodes;
}
