/** Who is signed in with one API, and the token that says so; kept in localStorage. */
import { Store } from "./store.ts";

/** Who is signed in, as the page may show it. */
export interface User {
  email: string;
  tier: string;
}

/** What the browser keeps for one API: all of it, under one localStorage key. */
export interface Stored {
  /** The anonymous session's UUID: made at the first question, migrated by signing up. */
  anonymous: string;
  /** A secret that proves this browser asked for the mail it opens: from a sign-up until signing in. */
  browser_id: string;
  token: string;
  expires_at: string;
  /** When the token was stored, in milliseconds; with `expires_at` it gives the lifetime. */
  since: number;
  user: User;
  /** The sign-up hint has been shown: once ever. */
  prompted: boolean;
}

/** The reader's session with one API; its key is also the lock under which tabs refresh the token. */
export class Session extends Store<Stored> {
  /** `base` is the API's address; a site may have two below one origin. */
  constructor(base: string) {
    super("localStorage", `chatkit:${base}`);
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

  /** True when less than half of the token's lifetime remains. */
  get needsRefresh(): boolean {
    const { token, since = 0, expires_at } = this.stored;
    return !!token && Date.now() > (since + Date.parse(expires_at!)) / 2;
  }

  /** Keeps a token; a refreshed one comes without a user, who stays the same. */
  setToken(token: string, expires_at: string, user = this.stored.user): void {
    this.update({ token, expires_at, user, since: Date.now() });
  }

  /** Forgets the token, whose session has ended. */
  clearToken(): void {
    this.update({ token: undefined, user: undefined });
  }
}
