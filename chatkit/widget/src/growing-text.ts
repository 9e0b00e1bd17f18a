/** The text of an answer as elements: while it grows, only its open end is drawn anew. */
import { h } from "./dom.ts";
import { blocks, render, type Rendering } from "./markdown.ts";

/** So many blocks at the end of a text may still become others, as a list does that goes on after an empty line. */
const OPEN = 2;

export class GrowingText {
  readonly element = h("div", { className: "text" });
  /** The blocks that are shown. */
  #shown: string[] = [];
  /** How many of them nothing that follows can change. */
  #settled = 0;
  /** The letters of the text that are taken, and those of them that are not in settled blocks. */
  #taken = 0;
  #rest = "";

  /** Shows a text that begins with the one that was grown before. */
  grow(content: string, rendering: Rendering): void {
    // What ends with a carriage return may go on with the other half of a line's end.
    const end = content.length - (content.endsWith("\r") ? 1 : 0);
    this.#rest += content.slice(this.#taken, end).replace(/\r\n?/g, "\n");
    this.#taken = end;
    const open = blocks(this.#rest);
    this.#draw(open, rendering);
    for (const text of open.slice(0, -OPEN)) {
      this.#settled++;
      this.#rest = this.#rest.slice(this.#rest.indexOf(text) + text.length);
    }
  }

  /** Shows blocks in place of others; those that are the same stay, with what is selected or focused in them. */
  show(texts: string[], rendering: Rendering, anew = false): void {
    this.#settled = this.#taken = 0;
    this.#rest = "";
    if (anew) this.#shown = [];
    this.#draw(texts, rendering);
  }

  /** Draws the blocks that follow the settled ones. */
  #draw(texts: string[], rendering: Rendering): void {
    const { children } = this.element;
    let at = this.#settled;
    for (const text of texts) {
      if (text !== this.#shown[at]) {
        const block = render(text, rendering);
        const before = children[at];
        block.dir = "auto";
        if (before) before.replaceWith(block);
        else this.element.append(block);
      }
      this.#shown[at++] = text;
    }
    this.#shown.length = at;
    while (children.length > at) children[at]!.remove();
  }
}
