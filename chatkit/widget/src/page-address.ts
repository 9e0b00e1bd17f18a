/** The address of the page that the reader is on, as far as the server takes it. */

/** The longest address that a question may come from. */
const MAX_ADDRESS = 2000;
/** The longest that is encoded in another address, of which a server reads no more. */
const MAX_ENCODED = 1000;

/** The address that a question comes from: a long one without what says least. */
export function pageAddress(): string {
  const { search } = location;
  const page = withoutQuery();
  if (page.length + search.length <= MAX_ADDRESS) return page + search;
  // No cut goes through an escape.
  return page.slice(0, MAX_ADDRESS).replace(/%.?$/, "");
}

/** The address for what is looked up: without its query, which is nobody's business and would be in the log of a proxy. */
export function thisPage(): { page_url?: string } {
  const page_url = withoutQuery();
  return page_url.length > MAX_ENCODED ? {} : { page_url };
}

const withoutQuery = () => location.origin + location.pathname;
