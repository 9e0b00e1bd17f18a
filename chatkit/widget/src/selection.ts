/** What a reader has selected of the page's own content. */

/** Where a selection is no text of the page: what can be edited, controls, and any widget. */
const FOREIGN =
  'input, textarea, select, button, chatkit-widget, [contenteditable]:not([contenteditable="false"])';
/** What stands in a page and is not read. */
const UNREAD = `script, style, noscript, template, ${FOREIGN}`;
/** The longest text that a question can be about. */
const MAX_LETTERS = 5000;

type Ends = Pick<StaticRange, "startContainer" | "startOffset" | "endContainer" | "endOffset">;

/** The ends of the selection as they are, also inside of `root`; else as the document sees them. */
function endsOf(selection: Selection, root: ShadowRoot): Ends {
  try {
    const [ends] = selection.getComposedRanges({ shadowRoots: [root] });
    if (ends) return ends;
  } catch {
    // A browser that has no such method, or one of another form.
  }
  return selection.getRangeAt(0);
}

/** Tells whether a place is in the page itself, and not in a field, a widget or another component. */
function isOfPage(node: Node): boolean {
  const element = node instanceof Element ? node : node.parentElement;
  return node.getRootNode() === document && !element?.closest(FOREIGN);
}

/**
 * Returns the text of the page that is selected, empty when there is none. `root` is the widget's: a selection that
 * goes on into the widget counts as far as the page goes.
 */
export function selectedOnPage(root: ShadowRoot): string {
  const selection = getSelection();
  // A selection inside a field, or inside a component, has no extent in the page.
  if (!selection?.rangeCount || selection.isCollapsed) return "";
  const ends = endsOf(selection, root);
  if (!isOfPage(ends.startContainer)) return "";
  const range = document.createRange();
  range.setStart(ends.startContainer, ends.startOffset);
  if (ends.endContainer.getRootNode() === root) range.setEndBefore(root.host);
  else if (isOfPage(ends.endContainer)) range.setEnd(ends.endContainer, ends.endOffset);
  return textOf(range);
}

/** The text of a range as it is read: without what is hidden, a line for each block. */
function textOf(range: Range): string {
  const { startContainer, startOffset, endContainer, endOffset, commonAncestorContainer } = range;
  const walker = document.createTreeWalker(
    commonAncestorContainer,
    NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
    (node) =>
      node instanceof Element && node.matches(UNREAD)
        ? NodeFilter.FILTER_REJECT
        : NodeFilter.FILTER_ACCEPT,
  );
  let text = "";
  walker.currentNode = startContainer;
  for (let node: Node | null = startContainer; node; node = walker.nextNode()) {
    const place = node === startContainer ? 0 : range.comparePoint(node, 0);
    if (place > 0 || text.length > MAX_LETTERS) break;
    if (place < 0) continue;
    if (node instanceof Element) {
      if (node === startContainer) continue;
      const { display } = getComputedStyle(node);
      if (node.localName === "br" || !/^(inline|contents|none)/.test(display)) text += "\n";
      continue;
    }
    const parent = node.parentElement!;
    const { userSelect, visibility, whiteSpace } = getComputedStyle(parent);
    if (!parent.checkVisibility() || visibility !== "visible" || userSelect === "none") continue;
    const [from, to] = [
      node === startContainer ? startOffset : 0,
      node === endContainer ? endOffset : undefined,
    ];
    const piece = node.nodeValue!.slice(from, to);
    text += /^(pre|break)/.test(whiteSpace) ? piece : piece.replace(/\s+/g, " ");
  }
  return text.replace(/\s*\n/g, "\n").trim().slice(0, MAX_LETTERS);
}
