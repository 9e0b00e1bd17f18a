/** Tables of a text in Markdown. */
import { type Content, h } from "./dom.ts";

const TABLE = /^.*\|.*\n[-:| ]*-[-:| ]*(?:\n|$)/;

/** Makes a table of a block that is one; `inline` renders the words of a cell. A row whose first cell is all marked answers. */
export function table(
  block: string,
  inline: (text: string) => Content[],
): HTMLTableElement | undefined {
  if (!TABLE.test(block)) return undefined;
  const [head = "", , ...rows] = block.trim().split("\n");
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
  const header = cells(head, "th");
  for (const cell of header.cells) cell.scope = "col";
  const body = rows.map((row) => {
    const element = cells(row, "td");
    const key = element.cells[0]?.childNodes;
    if (key?.length === 1 && key[0]!.nodeName === "MARK") element.className = "hit";
    return element;
  });
  return h("table", {}, h("thead", {}, header), h("tbody", {}, ...body));
}
