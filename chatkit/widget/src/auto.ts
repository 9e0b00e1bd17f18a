/** The element by the script tag alone: `<script type="module" src="…/chatkit-widget.js" data-auto>`. */

/** Other `data-` attributes of the tag: each is one of the element. */
const ATTRIBUTE = /^data-(?!auto$)/;

/**
 * Puts an element into the page when its script tag has `data-auto`, and the page has no element itself. The other
 * `data-` attributes of the tag become attributes of the element: `data-layout="side"`.
 */
export function insertByTag(): void {
  // An element may stand in what is still to come, when the tag is `async`.
  if (document.readyState === "loading") {
    return addEventListener("DOMContentLoaded", insertByTag, { once: true });
  }
  // A module is not told which tag it came by.
  const tag = document.querySelector('script[data-auto][src*="chatkit-widget"]');
  if (!tag || document.querySelector("chatkit-widget")) return;
  const element = document.createElement("chatkit-widget");
  for (const { name, value } of tag.attributes) {
    if (ATTRIBUTE.test(name)) element.setAttribute(name.replace("data-", ""), value);
  }
  // Beside the body, which routers replace with all that is in it.
  document.documentElement.append(element);
}
