/** Speaks to one ChatKit API: typed calls, streamed answers, the error envelope; the only module that calls `fetch`. */
import { ChatKitError } from "./errors.ts";
import { serverEvents } from "./sse.ts";
import type { Session } from "./session.ts";
import type { components, paths } from "./types.ts";

type Schemas = components["schemas"];
export type Source = Schemas["Source"];
export type Message = Schemas["Message"];
export type Metadata = Schemas["Metadata"];
type Reply = Schemas["Reply"];
export type Outcome = Reply["outcome"];
/** Where people can be asked, as the owner says. */
export type People = Reply["ask_people"];
export type Question = Schemas["Question"];
export type SearchResult = Schemas["Result"];
export type SignedIn = Schemas["SignedIn"];
export type Suggestions = Schemas["Suggestions"];

/** What a streamed answer brings, in the order of arrival; `waiting` when its connection broke. */
export type AnswerEvent =
  | { type: "sources"; sources: Source[] }
  | { type: "token"; content: string }
  | ({ type: "done" } & Pick<Reply, "outcome" | "citations" | "ask_people" | "metadata">)
  | { type: "waiting" };

/** How far an answer has come: enough to resume it, also after a reload. */
export interface AnswerProgress {
  message_id: string;
  /** Undefined until the first event has come. */
  last_event_id?: string;
}

type Method = "get" | "post" | "patch" | "delete";
type Path<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];
type Operation<M extends Method, P extends Path<M>> =
  paths[P] extends Record<M, infer O> ? O : never;
/** What an operation takes: a JSON body, or the query of a GET. */
type RequestData<O> = O extends { requestBody?: { content: { "application/json": infer B } } }
  ? B
  : O extends { parameters: { query?: infer Q } }
    ? Q
    : undefined;
type ResponseBody<O> = O extends {
  responses: { 200: { content: { "application/json": infer T } } };
}
  ? T
  : void;

type Verify = `/api/v1/auth/${"verify" | "verify-code" | "identity"}`;
type Call = [
  method: Method,
  path: string,
  data?: unknown,
  id?: string,
  signal?: AbortSignal,
  last_event_id?: string,
];

/** Calls that sign a reader in: a stale token must not be sent with them. */
const SIGN_IN_PATH = /auth.(signup|verify|resend|identity)/;
const SESSION_ENDED = /^(unauthorized|session_expired)$/;
/** Codes of requests to which no answer came. */
const NO_ANSWER = /^(unreachable|offline)$/;

/** One ChatKit API, spoken to as the session at hand. */
export class Client {
  /** Seconds to wait before each attempt to resume an answer; the server writes on for about as long. */
  retryDelays = [1, 2, 4, 8, 15, 30];

  /** What the page says of who the reader is, and how it says so anew when a session has ended; see identity.ts. */
  identity: unknown;
  renew: (() => Promise<boolean>) | undefined;

  /** Called before somebody leaves because another one signs in. */
  leaving: () => void = () => {};

  constructor(
    /** The API's origin, and its path prefix if it has one; without a slash at the end. */
    readonly base: string,
    readonly session: Session,
  ) {}

  /** Calls an operation; `id` stands for the path's parameter. Throws `ChatKitError`. */
  async send<M extends Method, P extends Path<M>>(
    method: M,
    path: P,
    data?: RequestData<Operation<M, P>>,
    id = "",
    signal?: AbortSignal,
  ): Promise<ResponseBody<Operation<M, P>>> {
    const response = await this.#authorized(method, path, data, id, signal);
    if (response.status === 204) return undefined as never;
    // The error of a failed parse quotes what it read, and an error that is not ours goes to the console.
    return response.json().catch(() => {
      throw fromEnvelope({}, response.headers.get("X-Request-ID"));
    });
  }

  /**
   * Asks, and yields the answer as it arrives. `progress` moves along; an answer that had begun is
   * resumed as often as its connection breaks. Throws `ChatKitError`.
   */
  async *ask(
    question: Question | undefined,
    progress: AnswerProgress,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent> {
    const { message_id } = progress;
    for (let attempts = 0; ;) {
      let done = false;
      let failure: ChatKitError | undefined;
      try {
        const { last_event_id } = progress;
        const [path, data] =
          last_event_id === undefined
            ? ["/api/v1/chat/stream", { ...question, message_id }]
            : [
                "/api/v1/chat/resume",
                { message_id, session_id: this.session.stored.anonymous ?? null },
              ];
        const { body } = await this.#authorized("post", path, data, "", signal, last_event_id);
        for await (const { event, data, id } of serverEvents(body!)) {
          const content = JSON.parse(data);
          // The server ends the stream after either; a browser notes one that is cut off as a failed request.
          done ||= event === "done";
          if (event === "error") {
            failure = fromEnvelope(content);
            continue;
          }
          // Only a new event starts the delays over.
          if (progress.last_event_id !== id) attempts = 0;
          progress.last_event_id = id;
          yield { type: event, ...content };
        }
      } catch (error) {
        const answered = error instanceof ChatKitError && !NO_ANSWER.test(error.code);
        const begun = progress.last_event_id !== undefined;
        if (!done && (answered || signal.aborted)) throw error;
        // An error of a failed parse quotes what it read, and has no place in the console.
        if (!done && !begun) throw error instanceof ChatKitError ? error : broken();
      }
      if (failure) throw failure;
      if (done) return;
      const delay = this.retryDelays[attempts];
      if (!delay || progress.last_event_id === undefined) throw broken();
      // Without a network no attempt counts.
      if (navigator.onLine) attempts++;
      yield { type: "waiting" };
      await backOff(delay, signal);
    }
  }

  /** Exchanges the token of a mailed link, the code beside it, or the page's own word for a session. */
  async signIn<P extends Verify>(
    path: P,
    proof: RequestData<Operation<"post", P>>,
  ): Promise<SignedIn> {
    const reply = (await this.send("post", path, proof)) as SignedIn;
    // Somebody takes another one's place, who leaves by that.
    if (this.session.isAnother(reply.user_profile.email)) {
      this.leaving();
      this.session.leave();
    }
    this.session.setToken(reply.session_token, reply.expires_at, reply.user_profile);
    this.session.update({ browser_id: undefined, page: undefined });
    return reply;
  }

  /** Sends in the name of the session; where it has ended, the page may say once more who is here. */
  async #authorized(...call: Call): Promise<Response> {
    if (SIGN_IN_PATH.test(call[1])) return this.#fetch(undefined, ...call);
    try {
      return await this.#withToken(...call);
    } catch (error) {
      const ended = error instanceof ChatKitError && SESSION_ENDED.test(error.code);
      if (!ended || !(await this.renew?.())) throw error;
      return this.#withToken(...call);
    }
  }

  /** Sends with the session's token; clears one that has ended, unless another tab refreshed it. */
  async #withToken(...call: Call): Promise<Response> {
    if (this.session.needsRefresh) await this.#refresh();
    const { token } = this.session.stored;
    try {
      return await this.#fetch(token, ...call);
    } catch (error) {
      if (!token || !(error instanceof ChatKitError && SESSION_ENDED.test(error.code))) throw error;
      const refreshed = this.session.stored.token;
      if (refreshed && refreshed !== token) return this.#fetch(refreshed, ...call);
      this.session.clearToken();
      throw error;
    }
  }

  /**
   * Rotates the token, one tab at a time. When no answer comes the server may have rotated it all the
   * same; it accepts the old one for 30 s more, but only here. So this tries again, and an unreachable
   * API fails the call at hand instead of sending it with a token that may have ended.
   */
  async #refresh(): Promise<void> {
    const { session } = this;
    await navigator.locks.request(session.key, async () => {
      for (let again = true; session.needsRefresh; again = false) {
        try {
          const path = "/api/v1/auth/refresh-token";
          const { token: old } = session.stored;
          const response = await this.#fetch(old, "post", path);
          const { token, expires_at } = await response.json();
          // Unless the reader has logged out meanwhile.
          if (session.stored.token === old) session.setToken(token, expires_at);
          return;
        } catch (error) {
          const { code } = error as ChatKitError;
          if (SESSION_ENDED.test(code)) session.clearToken();
          else if (!NO_ANSWER.test(code)) return;
          if (!again || !session.stored.token) throw error;
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
      }
    });
  }

  async #fetch(
    token: string | undefined,
    ...[method, path, data, id = "", signal, last_event_id]: Call
  ): Promise<Response> {
    const query =
      method === "get" && data ? `?${new URLSearchParams(data as Record<string, string>)}` : "";
    const { anonymous } = this.session.stored;
    let response;
    try {
      response = await fetch(this.base + path.replace(/{\w+}/, id) + query, {
        method: method.toUpperCase(),
        headers: {
          "Content-Type": "application/json",
          ...(token && { Authorization: `Bearer ${token}` }),
          ...(last_event_id !== undefined && { "Last-Event-ID": last_event_id }),
          // What is read without an account is limited by the session; an address would be kept in a proxy's log.
          ...(method === "get" && !token && anonymous && { "X-Session-ID": anonymous }),
        },
        body: data && !query ? JSON.stringify(data) : null,
        signal: signal ?? null,
      });
    } catch (error) {
      throw signal?.aborted ? error : await this.#diagnose();
    }
    if (response.ok) return response;
    throw fromEnvelope(
      await response.json().catch(() => ({})),
      response.headers.get("X-Request-ID"),
      response.status,
      response.headers.get("RateLimit-Policy"),
    );
  }

  /**
   * Tells why no answer came, which looks the same to `fetch`: the reader is offline, the API is away, or it
   * refuses this origin. The bundle answers every origin, and is asked of the server, not of a cache.
   */
  async #diagnose(): Promise<ChatKitError> {
    if (!navigator.onLine) return new ChatKitError("offline");
    const { base } = this;
    const { origin } = location;
    const probe = () =>
      fetch(`${base}/widget/chatkit-widget.js`, { method: "HEAD", cache: "no-store" });
    const refused = new URL(base).origin !== origin && (await probe().catch(() => null))?.ok;
    // In English, for the site's owner, who reads the console.
    const remedy = refused
      ? `refuses ${origin}. Add it to CORS_ORIGINS.`
      : "does not answer. Is it running?";
    console.error(`ChatKit: ${base} ${remedy}`);
    return new ChatKitError(refused ? "origin_refused" : "unreachable");
  }
}

/** Waits some seconds; ends early when the network is back, and throws when the signal aborts. */
async function backOff(seconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<unknown>((resolve) => {
    setTimeout(resolve, seconds * 1000);
    addEventListener("online", resolve, { once: true });
    signal.addEventListener("abort", resolve);
  });
  signal.throwIfAborted();
}

const broken = () => new ChatKitError("stream_broken");

function fromEnvelope(
  { detail }: { detail?: Schemas["ErrorDetail"] },
  requestId?: string | null,
  status = 0,
  policy: string | null = null,
): ChatKitError {
  // A proxy has words of its own for a server that is away.
  const unnamed = status >= 502 && status <= 504 ? "unreachable" : "unexpected";
  return new ChatKitError(
    detail?.error ?? unnamed,
    detail?.message,
    detail?.retry_after,
    detail?.request_id ?? requestId,
    detail?.email,
    Number(policy?.match(/;q=(\d+);w=60$/)?.[1]) || undefined,
  );
}
