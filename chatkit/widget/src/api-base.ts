/** Where the API is, from the attribute `api-base` or the script's own address. */
import { strings } from "./strings.ts";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

let warned = false;

/**
 * Where the server that sent this script is: its origin, with the path below which it serves
 * `widget/`. A script that a site keeps elsewhere belongs to its origin.
 */
export function scriptBase(): string {
  const { origin, pathname } = new URL(import.meta.url);
  return origin + (/^(.*)\/widget\/[\w-]+\.js$/.exec(pathname)?.[1] ?? "");
}

/**
 * Returns the API's address without a slash at its end: where the script came from unless the site
 * says otherwise. Throws an error for the reader: on an address that is none, and on plain HTTP off this machine.
 */
export function apiBase(attribute: string | null): string {
  const url = URL.parse(attribute || scriptBase(), document.baseURI);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(strings.notConfigured);
  const plain = [location, url].filter(({ protocol }) => protocol === "http:");
  if (plain.some(({ hostname }) => !LOOPBACK.test(hostname))) throw new Error(strings.insecure);
  if (plain.length && !warned) {
    warned = true;
    console.warn(strings.localNotice);
  }
  return url.href.replace(/\/$/, "");
}
