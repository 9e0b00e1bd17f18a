import { h, link } from "./dom.ts";

/**
 * A Markdown subset written straight into DOM nodes: paragraphs, headings, emphasis, strong, code,
 * lists, links and tables. Markup is never parsed as HTML, so hostile text stays text.
 */

/** What starts a list's item, without its indentation. */
const MARKER = /^ *(?:[-*+]|(\d{1,9})[.)]) +/;
// A fence up to its end, or to the end of a text that is still arriving; a heading; a list with all
// that hangs on it; a paragraph or a table.
const BLOCK =
  /^ *```[^]*?(?:\n *``` *$|(?![^]))|^#{1,6} .*|^ *(?:[-*+]|\d{1,9}[.)]) .*(?:\n(?! *```|#{1,6} ).*\S.*)*|(?:^(?! *(?:```|[-*+] |\d{1,9}[.)] )|#{1,6} ).*\S.*\n?)+/gm;
const TABLE = /^.*\|.*\n[-:| ]*-[-:| ]*(?:\n|$)/;

// In this order: an escape, code, a link, strong, emphasis. Every repetition is fenced by a character
// it cannot itself match, so that no hostile text makes the search worse than quadratic.
const INLINE =
  /\\([^\w\s])|(?<!`)(`+)(?!`)([^]+?)(?<!`)\2(?!`)|\[([^\][]*)\]\(\s*<?([^\s)>]+)>?(?:\s[^)]*)?\)|(\*\*|__)(?=\S)([^]*?\S)\6|(?<!\w)([*_])(?=\S)([^]*?\S)\8(?!\w)/;

/**
 * Splits a text into the sources of its blocks, so that a growing answer renders only what changed.
 */
export function blocks(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").match(BLOCK) ?? [];
}

/** Renders one block, as `blocks` cut it. */
export function render(block: string): HTMLElement {
  const [fence, code = ""] = /^ *```.*\n?([^]*)/.exec(block) ?? [];
  if (fence) {
    return h("pre", { tabIndex: 0 }, h("code", {}, code.replace(/\n? *``` *$/, "")));
  }
  const [, marks, title = ""] = /^(#+) +(.*?)[ #]*$/.exec(block) ?? [];
  // The panel's own title is the level-two heading above these.
  if (marks) return h(`h${Math.min(marks.length + 2, 6) as 3}`, {}, ...inline(title));
  if (MARKER.test(block)) return list(block);
  if (TABLE.test(block)) return table(block.trim().split("\n"));
  return h("p", {}, ...inline(block.trim()));
}

function list(block: string): HTMLElement {
  const [, start] = MARKER.exec(block)!;
  const indent = block.search(/\S/);
  const element = start ? h("ol", { start: +start }) : h("ul");
  for (const item of block.split(RegExp(`\\n(?= {0,${indent}}(?:[-*+]|\\d+[.)]) )`))) {
    const [, text = "", nested] = /^([^]*?)(?:\n(?= *(?:[-*+]|\d+[.)]) )([^]*))?$/.exec(item)!;
    const content = inline(text.replace(MARKER, "").replace(/\n +/g, "\n"));
    element.append(h("li", {}, ...content, ...(nested ? [list(nested)] : [])));
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
        .replace(/^\||\|$/g, "")
        .split("|")
        .map((cell) => h(tag, {}, ...inline(cell.trim()))),
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
