/** Who is signed in with one API, and the token that says so; kept in localStorage. */
import { digest } from "./digest.ts";
import { Store } from "./store.ts";

/** Who is signed in, as the page may show it. */
export interface User {
  /** Tells one account from another; shown where it is an address. */
  email: string;
  tier: string;
  /** What the site calls them, and its name, where an account is made by its word; see profile.ts. */
  name?: string;
  site?: string;
}

/** What the browser keeps for one API: all of it, under one localStorage key. */
export interface Stored {
  /** The anonymous session's UUID: made at the first question, migrated by signing up. */
  anonymous: string;
  /** A secret that proves this browser asked for the mail it opens: from a sign-up until signing in. */
  browser_id: string;
  /** The reader wants to sign in without what was asked before: from a sign-up until signing in. */
  leaves_behind: boolean;
  token: string;
  expires_at: string;
  /** When the token was stored, in milliseconds; with `expires_at` it gives the lifetime. */
  since: number;
  user: User;
  /** Tells whom the page signed in, when it was the page; see identity.ts. */
  page: string;
  /** A digest of whose session has ended: until somebody signs in, what is shown is theirs. */
  was: number;
  /** The sign-up hint has been shown: once ever. */
  prompted: boolean;
  /** When somebody last logged out, in milliseconds: what a tab shows from before then was theirs. */
  left: number;
}

/** A UUID of version 4, the only kind that the API takes. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Takes what can be used; a token is of no use without whose it is. */
function sift(stored: Record<string, unknown>): Partial<Stored> {
  const { anonymous, browser_id, leaves_behind, token, expires_at, since } = stored;
  const { user, page, was, prompted, left } = stored;
  const kept: Partial<Stored> = {};
  if (typeof anonymous === "string" && UUID.test(anonymous)) kept.anonymous = anonymous;
  if (typeof browser_id === "string" && UUID.test(browser_id)) kept.browser_id = browser_id;
  if (leaves_behind === true) kept.leaves_behind = true;
  if (prompted === true) kept.prompted = true;
  if (typeof page === "string") kept.page = page;
  if (typeof was === "number") kept.was = was;
  if (typeof left === "number") kept.left = left;
  const { email, tier, name, site } = Object(user);
  if (typeof token === "string" && token && typeof email === "string") {
    const said = typeof site === "string" && { name: `${name}`, site };
    Object.assign(kept, { token, user: { email, tier: `${tier}`, ...said } });
    if (typeof expires_at === "string") kept.expires_at = expires_at;
    if (typeof since === "number") kept.since = since;
  }
  return kept;
}

/** The reader's session with one API; its key is also the lock under which tabs refresh the token. */
export class Session extends Store<Stored> {
  /** `base` is the API's address; a site may have two below one origin. */
  constructor(base: string) {
    super("localStorage", `chatkit:${base}`, sift);
  }

  /** The id that a question is asked under; made when the first one is. */
  anonymousId(): string {
    const { anonymous = crypto.randomUUID() } = this.stored;
    this.update({ anonymous });
    return anonymous;
  }

  /** The proof that goes with a sign-up; made with the first one, and kept while its mail is on the way. */
  browserId(): string {
    const { browser_id = crypto.randomUUID() } = this.stored;
    this.update({ browser_id });
    return browser_id;
  }

  /** True when less than half of the token's lifetime remains, or nobody knows how much. */
  get needsRefresh(): boolean {
    const { token, since = 0, expires_at = "" } = this.stored;
    return !!token && !(Date.now() <= (since + Date.parse(expires_at)) / 2);
  }

  /** True when an address is not that of who is signed in, or was until the session ended. */
  isAnother(email: string): boolean {
    const { user, was } = this.stored;
    return user ? user.email !== email : was !== undefined && was !== digest(email);
  }

  /** Keeps a token; a refreshed one comes without a user, who stays the same. */
  setToken(token: string, expires_at: string, user = this.stored.user): void {
    this.update({ token, expires_at, user, was: undefined, since: Date.now() });
  }

  /** Forgets the token, whose session has ended. */
  clearToken(): void {
    const { user, was } = this.stored;
    const own = user ? digest(user.email) : was;
    this.update({ token: undefined, user: undefined, was: own });
  }

  /** Forgets the person who logged out, and lets every tab know. */
  leave(): void {
    const ids = { anonymous: undefined, browser_id: undefined, leaves_behind: undefined };
    const token = { token: undefined, expires_at: undefined, since: undefined };
    const person = { user: undefined, page: undefined, was: undefined };
    this.update({ ...ids, ...token, ...person, left: this.#now });
  }

  /** Has every tab forget what was asked before a sign-in, as the reader chose, who stays. */
  leaveBehind(): void {
    this.update({ leaves_behind: undefined, anonymous: undefined, left: this.#now });
  }

  /** The time of a leaving: two within one millisecond are two. */
  get #now(): number {
    return Math.max(Date.now(), (this.stored.left ?? 0) + 1);
  }
}
