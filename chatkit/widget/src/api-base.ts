/** Where the API is, from the attribute `api-base` or the script's own address. */

import { ChatKitError } from "./errors.ts";

/** Why the widget cannot start, by the word that says so; see refusal.ts. */
export type Refusal = "insecure" | "notConfigured";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Where the server that sent this script is: its origin, with the path below which it serves
 * `widget/`. A script that a site keeps elsewhere belongs to its origin; in the npm package, which
 * becomes part of a site's own bundle, no address is known, and the answer is empty.
 */
export function scriptBase(): string {
  const url = URL.parse(import.meta.url);
  if (!url) return "";
  const { origin, pathname } = url;
  return origin + (/^(.*)\/widget\/[\w-]+\.js$/.exec(pathname)?.[1] ?? "");
}

/**
 * Returns the API's address without a slash at its end: where the script came from unless the site
 * says otherwise. Throws `ChatKitError`, whose code is a `Refusal`, on an address that is none, and on plain HTTP off this machine.
 */
export function apiBase(attribute: string | null): string {
  const given = attribute || scriptBase();
  const url = given ? URL.parse(given, document.baseURI) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw new ChatKitError("notConfigured");
  for (const { protocol, hostname } of [location, url]) {
    if (protocol === "http:" && !LOOPBACK.test(hostname)) throw new ChatKitError("insecure");
  }
  return url.href.replace(/\/$/, "");
}
