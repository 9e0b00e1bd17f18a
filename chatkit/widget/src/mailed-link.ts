/** The return from a mailed link. */

/**
 * Returns the token of a mailed link in the address that the page was opened by; element.ts has taken it out at once. The
 * address becomes what it was before: with its anchor, or its route where a router keeps it behind the #. The router hears
 * of it as of any change.
 */
export function takeLinkToken(opened: string): string | undefined {
  const [, hash = ""] = /#(.*)/.exec(opened) ?? [];
  const found = /chatkit-token=([^&]+)(?:&anchor=([^&]*))?/.exec(hash);
  if (!found) return undefined;
  const [, token, anchor] = found;
  // A router may have made a route of what it did not know; and a route may have the token among its parameters.
  const before = hash.slice(0, found.index).replace(/[?&]$/, "");
  const own = anchor === undefined ? before.replace(/^!?\/$/, "") : decoded(anchor);
  const { href } = location;
  // With an empty query, too: without its mark the address would be another page's, which would be loaded.
  const [page] = opened.split("#");
  // Unless the reader has gone on meanwhile, or a router has brought the token back.
  if (href === opened || href === opened.replace(/.chatkit-token=.*/, "")) {
    const { state } = history;
    // Absolute, because `base` may name another site. The browser tells the page, and scrolls to the anchor.
    history.replaceState(state, "", opened);
    location.replace(`${page}#${own}`);
    history.replaceState(state, "", own ? `${page}#${own}` : page);
  }
  return decoded(token!);
}

/** A part of an address as it is meant; one with a stray percent sign as it stands. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
