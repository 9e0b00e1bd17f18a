/** Speaks to one ChatKit API: typed calls, streamed answers, the error envelope; the only module that calls `fetch`. */
import { ChatKitError, isRequestError } from "./errors.ts";
import { type Caller, Guest } from "./guest.ts";
import { serverEvents } from "./sse.ts";
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
export type Operation<M extends Method, P extends Path<M>> =
  paths[P] extends Record<M, infer O> ? O : never;
/** What an operation takes: a JSON body, or the query of a GET. */
export type RequestData<O> = O extends {
  requestBody?: { content: { "application/json": infer B } };
}
  ? B
  : O extends { parameters: { query?: infer Q } }
    ? Q
    : undefined;
type ResponseBody<O> = O extends {
  responses: { 200: { content: { "application/json": infer T } } };
}
  ? T
  : void;

/** A request, as `fetch` of the client takes it. */
export type Call = [
  method: Method,
  path: string,
  data?: unknown,
  id?: string,
  signal?: AbortSignal,
  last_event_id?: string,
];

/** Codes of requests to which no answer came. */
export const NO_ANSWER = /^(unreachable|offline)$/;

/** What stands by a client when no answer comes; see connection.ts. */
export interface Patience {
  /** Tells why no answer came, though there is a network. */
  diagnose(): Promise<ChatKitError>;
  /** Waits before an attempt to resume an answer; undefined after too many. Throws when the signal aborts. */
  pause(attempts: number, signal: AbortSignal): Promise<void> | undefined;
}

/** One ChatKit API, spoken to as the session at hand. */
export class Client {
  /** Sends what somebody asks who is signed in; see access.ts. Without it nobody is. */
  authorize: ((...call: Call) => Promise<Response>) | undefined;

  /** Without it an answer whose connection breaks is given up. */
  patience: Patience | undefined;

  constructor(
    /** The API's origin, and its path prefix if it has one; without a slash at the end. */
    readonly base: string,
    public session: Caller = new Guest(),
  ) {}

  /** Calls an operation; `id` stands for the path's parameter. Throws `ChatKitError`. */
  async send<M extends Method, P extends Path<M>>(
    method: M,
    path: P,
    data?: RequestData<Operation<M, P>>,
    id = "",
    signal?: AbortSignal,
  ): Promise<ResponseBody<Operation<M, P>>> {
    const response = await this.#send(method, path, data, id, signal);
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
    // Something has come of it that can go on.
    const begun = () => progress.last_event_id !== undefined;
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
        const { body } = await this.#send("post", path, data, "", signal, last_event_id);
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
        const known = isRequestError(error);
        if (!done && ((known && !NO_ANSWER.test(error.code)) || signal.aborted)) throw error;
        // An error of a failed parse quotes what it read, and has no place in the console.
        if (!done && !begun()) throw known ? error : broken();
      }
      if (failure) throw failure;
      if (done) return;
      const pause = begun() && this.patience?.pause(attempts, signal);
      if (!pause) throw broken();
      // Without a network no attempt counts.
      if (navigator.onLine) attempts++;
      yield { type: "waiting" };
      await pause;
    }
  }

  #send(...call: Call): Promise<Response> {
    return this.authorize?.(...call) ?? this.request(undefined, ...call);
  }

  /** Sends a request with a token. Throws `ChatKitError` unless it is answered as it should be. */
  async request(
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
      if (signal?.aborted) throw error;
      if (!navigator.onLine) throw new ChatKitError("offline");
      throw (await this.patience?.diagnose()) ?? new ChatKitError("unreachable");
    }
    if (response.ok) return response;
    throw fromEnvelope(
      await response.json().catch(() => ({})),
      response.headers.get("X-Request-ID"),
      response.status,
      response.headers.get("RateLimit-Policy"),
    );
  }
}

/** Asks whether the server of an API answers at all: it does so for the bundle, to every origin. */
export function probe(base: string): Promise<Response> {
  return fetch(`${base}/widget/chatkit-widget.js`, { method: "HEAD", cache: "no-store" });
}

const broken = () => new ChatKitError("stream_broken");

function fromEnvelope(
  { detail }: { detail?: Schemas["ErrorDetail"] },
  requestId?: string | null,
  status = 0,
  policy?: string | null,
): ChatKitError {
  // A proxy has words of its own for a server that is away.
  const unnamed = status >= 502 && status <= 504 ? "unreachable" : "unexpected";
  return new ChatKitError(
    detail?.error ?? unnamed,
    detail?.message,
    detail?.retry_after,
    detail?.request_id ?? requestId,
    detail?.email,
    policy,
  );
}
