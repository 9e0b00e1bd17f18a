/** Where the API is, from the attribute `api-base` or the script's own address. */
import { strings } from "./strings.ts";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

let warned = false;

/**
 * Returns the API's address without a slash at its end: the script's own origin unless the site
 * says otherwise. Throws an error for the reader: on an address that is none, and on plain HTTP off this machine.
 */
export function apiBase(attribute: string | null): string {
  const url = URL.parse(attribute || "/", attribute ? document.baseURI : import.meta.url);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(strings.notConfigured);
  const plain = [location, url].filter(({ protocol }) => protocol === "http:");
  if (plain.some(({ hostname }) => !LOOPBACK.test(hostname))) throw new Error(strings.insecure);
  if (plain.length && !warned) {
    warned = true;
    console.warn(strings.localNotice);
  }
  return url.href.replace(/\/$/, "");
}
