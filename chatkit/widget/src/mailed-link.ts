/** The return from a mailed link. */

/**
 * Takes the token of a mailed link out of the address, which becomes what it was before: with its anchor, or its route
 * where a router keeps it behind the #. The router hears of it as of any change.
 */
export function takeLinkToken(): string | undefined {
  const { hash, href } = location;
  const found = /chatkit-token=([^&]+)(?:&anchor=([^&]*))?/.exec(hash);
  if (!found) return undefined;
  const [, token, anchor] = found;
  // A router may have made a route of what it did not know; and a route may have the token among its parameters.
  const before = hash.slice(1, found.index).replace(/[?&]$/, "");
  const own = anchor === undefined ? before.replace(/^!?\/$/, "") : decoded(anchor);
  // With an empty query, too: without its mark the address would be another page's, which would be loaded.
  const [page] = href.split("#");
  const { state } = history;
  // Absolute, because `base` may name another site. The browser tells the page, and scrolls to the anchor.
  location.replace(`${page}#${own}`);
  history.replaceState(state, "", own ? `${page}#${own}` : page);
  return decoded(token!);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
