/** The reading of one answer: from asking for it to its end, through lost connections and a network that is away. */
import type { Client } from "./client.ts";
import { ChatKitError, isRequestError } from "./errors.ts";
import { type AnswerState, isPending, type LocalMessage } from "./messages.ts";

/** After this long without a word a reader is told that the answer is still to come. */
const SLOW_MS = 8_000;
/** The stream of a stopped answer ends within this time, or is cut off. */
const STOPPING_MS = 3_000;

/** Tells whether the server did not take a question, for a limit or its length: nothing stands of it then. */
export function isRefusal(error: unknown): boolean {
  return isRequestError(error) && /^(rate_limited|message_too_long)$/.test(error.code);
}

export class Reading {
  #ends = new AbortController();

  constructor(
    readonly client: Client,
    /** What is written into as it comes; it says what was asked, and how far it has come. */
    readonly answer: LocalMessage,
    /** Is told that text was appended, or that anything else of the answer has changed. */
    readonly tell: (what: "appended" | "changed") => void,
  ) {}

  /** Reads to the end; `done` hears when the answer is complete. Returns what went wrong, if anything did. */
  async run(done: () => void): Promise<unknown> {
    const { answer } = this;
    const { signal } = this.#ends;
    try {
      while (!(await this.#receive(done))) {
        await new Promise((resolve) => {
          addEventListener("online", resolve, { once: true });
          signal.onabort = resolve;
        });
        signal.throwIfAborted();
        this.#become("searching");
      }
      return undefined;
    } catch (error) {
      if (!isPending(answer) || signal.aborted) return undefined;
      const known = isRequestError(error);
      const { code, message, requestId } = known ? error : new ChatKitError("unexpected");
      if (!isRefusal(error)) {
        answer.failure = { code, message, requestId };
        this.#become("failed");
      }
      return error;
    }
  }

  /** Stops the answer: here at once, there as soon as it can be told. */
  stop(): void {
    const { client, answer } = this;
    const { message_id } = answer.progress!;
    const session_id = client.session.stored.anonymous ?? null;
    const unsent = answer.state === "offline";
    this.#become("stopped");
    if (unsent) return this.abandon();
    // The server then ends the stream, which is better than to cut it off.
    client.send("post", "/api/v1/chat/stop", { message_id, session_id }).then(
      () => setTimeout(() => this.abandon(), STOPPING_MS),
      () => this.abandon(),
    );
  }

  /** Ends the reading; the server writes on. */
  abandon(): void {
    this.#ends.abort();
  }

  /** Reads what comes; false when the question did not get out, as there is no network. */
  async #receive(done: () => void): Promise<boolean> {
    const { client, answer } = this;
    const { asked, progress } = answer;
    const slow = setTimeout(() => this.#become("slow"), SLOW_MS);
    try {
      for await (const event of client.ask(asked, progress!, this.#ends.signal)) {
        // What comes after a stop is let pass, so that the stream ends by itself.
        if (!isPending(answer)) continue;
        if (event.type !== "sources") clearTimeout(slow);
        if (event.type === "waiting") this.#become("waiting");
        if (event.type === "sources") {
          answer.sources = event.sources;
          this.#become(answer.content ? "writing" : "reading");
        }
        if (event.type === "token") {
          answer.content += event.content;
          this.tell("appended");
          this.#become("writing");
        }
        if (event.type === "done") {
          const { metadata, outcome, citations, ask_people } = event;
          const { message_id } = progress!;
          Object.assign(answer, { message_id, metadata, outcome, citations, ask_people });
          this.#become("done");
          done();
        }
      }
      return true;
    } catch (error) {
      const unsent = progress!.last_event_id === undefined;
      if ((error as ChatKitError).code !== "offline" || !unsent || !isPending(answer)) throw error;
      this.#become("offline");
      return false;
    } finally {
      clearTimeout(slow);
    }
  }

  #become(state: AnswerState): void {
    const { answer } = this;
    if (!isPending(answer) || answer.state === state) return;
    answer.state = state;
    if (/done|stopped/.test(state)) {
      delete answer.asked;
      delete answer.progress;
    }
    this.tell("changed");
  }
}
