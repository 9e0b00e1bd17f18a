/** Who is signed in, as the page may show it. */
export interface User {
  email: string;
  tier: string;
}

/** What the browser keeps for one API origin: all of it, under one localStorage key. */
export interface Kept {
  /** The anonymous session's UUID: made at the first question, migrated by signing up. */
  anonymous?: string | undefined;
  token?: string | undefined;
  expires_at?: string | undefined;
  /** When the token was stored, in milliseconds; with `expires_at` it gives the lifetime. */
  since?: number;
  user?: User | undefined;
  /** The sign-up hint has been shown: once ever. */
  prompted?: boolean;
}

/**
 * The reader's session with one API. Every look reads localStorage afresh, so a token that another
 * tab has rotated is seen at once. Where storage is blocked it lives as long as the page.
 */
export class Session {
  /** The localStorage key; also the name of the lock under which tabs refresh the token. */
  readonly key: string;
  #memory = "{}";

  constructor(origin: string) {
    this.key = `chatkit:${origin}`;
  }

  /** What is kept at this moment. */
  get kept(): Readonly<Kept> {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? this.#memory);
    } catch {
      return JSON.parse(this.#memory);
    }
  }

  /** The id that a question is asked under; made when the first one is. */
  identify(): string {
    const { anonymous = crypto.randomUUID() } = this.kept;
    this.change({ anonymous });
    return anonymous;
  }

  /** True when less than half of the token's lifetime remains. */
  get due(): boolean {
    const { token, since = 0, expires_at } = this.kept;
    return !!token && Date.now() > (since + Date.parse(expires_at!)) / 2;
  }

  /** Keeps a token; a refreshed one comes without a user, who stays the same. */
  keep(token: string, expires_at: string, user = this.kept.user): void {
    this.change({ token, expires_at, user, since: Date.now() });
  }

  /** Forgets the token and whose it was; on leaving for good, more. */
  forget(...more: (keyof Kept)[]): void {
    this.change(Object.fromEntries(["token", "user", ...more].map((name) => [name, undefined])));
  }

  /** Changes some of what is kept; undefined forgets. */
  change(change: Kept): void {
    this.#memory = JSON.stringify({ ...this.kept, ...change });
    try {
      localStorage.setItem(this.key, this.#memory);
    } catch {
      // Storage is blocked or full: the memory serves this page.
    }
  }
}
