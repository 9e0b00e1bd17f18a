/** A reader of whom this browser keeps nothing: all that the first question needs to know of who asks. */

/** Who asks, as far as requests tell. */
export interface Caller {
  /** The id of the anonymous session, and when somebody last logged out; see session.ts. */
  readonly stored: { readonly anonymous?: string; readonly left?: number };
  /** The id that a question is asked under; made when the first one is. */
  anonymousId(): string;
}

export class Guest implements Caller {
  readonly stored: { anonymous?: string } = {};

  anonymousId(): string {
    return (this.stored.anonymous ??= crypto.randomUUID());
  }
}
