/** The reading of one answer: from asking for it to its end, through lost connections and a network that is away. */
import type { Client } from "./client.ts";
import { ChatKitError, isRequestError } from "./errors.ts";
import { type AnswerState, isPending, type LocalMessage } from "./messages.ts";

/** After this long without a word a reader is told that the answer is still to come. */
const SLOW_MS = 8_000;
/** The stream of a stopped answer begins and ends within this time, or is cut off. */
const STOPPING_MS = 60_000;

/** Tells whether the server did not take a question, for a limit or its length: nothing stands of it then. */
export function isRefusal(error: unknown): boolean {
  return isRequestError(error) && /^(rate_limited|message_too_long)$/.test(error.code);
}

export class Reading {
  #ends = new AbortController();
  /** Stops the answer on the server, which knows it once anything has come: it would write on otherwise. */
  #stopThere: (() => void) | undefined;

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
          // Some systems never tell that there is one.
          setTimeout(resolve, 15_000);
          signal.onabort = resolve;
        });
        signal.throwIfAborted();
        // What tries by itself is not told each time.
        if (navigator.onLine) this.#become("searching");
      }
      return undefined;
    } catch (error) {
      if (!isPending(answer) || signal.aborted) return undefined;
      const { code, message, requestId } = isRequestError(error)
        ? error
        : new ChatKitError("unexpected");
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
    const { state } = answer;
    const { message_id, last_event_id } = answer.progress!;
    this.#become("stopped");
    if (state === "offline") return this.abandon();
    // The server ends the stream when it is told, which is better than to cut it off.
    setTimeout(() => this.abandon(), STOPPING_MS);
    this.#stopThere = () => {
      this.#stopThere = undefined;
      const session_id = client.session.stored.anonymous ?? null;
      client
        .send("post", "/api/v1/chat/stop", { message_id, session_id })
        .catch(() => this.abandon());
    };
    if (last_event_id !== undefined) this.#stopThere();
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
        if (!isPending(answer)) {
          this.#stopThere?.();
          continue;
        }
        if (event.type === "sources") {
          answer.sources = event.sources;
          this.#become(answer.content ? "writing" : "reading");
        } else clearTimeout(slow);
        if (event.type === "waiting") this.#become("waiting");
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
      const begun = progress!.last_event_id !== undefined;
      if ((error as ChatKitError).code !== "offline" || begun || !isPending(answer)) throw error;
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
