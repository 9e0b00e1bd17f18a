/** What goes wrong between the widget and its server. */

/** A request that failed, as the API's error envelope tells it. */
export class ChatKitError extends Error {
  override readonly name = "ChatKitError";

  constructor(
    /** The stable snake_case code; `offline`, `unreachable` and `origin_refused` when no answer came. */
    readonly code: string,
    /** A sentence of the server's; empty where the code is the browser's own, which the widget has words for. */
    message = "",
    /** Seconds to wait, when the server says so. */
    readonly retryAfter?: number,
    readonly requestId?: string | null,
    /** The masked address of a link that another browser asked for. */
    readonly email?: string,
    /** What the server says of its limits, as the header `RateLimit-Policy` has it. */
    readonly policy?: string | null,
  ) {
    super(message);
  }
}

/** Tells a request that failed from a mistake of ours; a part has a copy of the class, so it is known by its name. */
export function isRequestError(error: unknown): error is ChatKitError {
  return (error as Error | undefined)?.name === "ChatKitError";
}
