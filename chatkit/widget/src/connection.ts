/** What it means that no answer comes: the server is away, or it refuses this page; and when to try again. */
import { type Client, type Patience, probe } from "./client.ts";
import { ChatKitError } from "./errors.ts";

export class Connection implements Patience {
  /** Seconds to wait before each attempt to resume an answer; the server writes on for about as long. */
  delays = [1, 2, 4, 8, 15, 30];

  constructor(readonly client: Client) {
    client.patience = this;
  }

  /**
   * Tells why no answer came, which looks the same to `fetch`: the API is away, or it refuses this origin. The bundle
   * answers every origin, and is asked of the server, not of a cache.
   */
  async diagnose(): Promise<ChatKitError> {
    const { client } = this;
    const { origin } = location;
    const refused =
      new URL(client.base).origin !== origin && (await probe(client.base).catch(() => null))?.ok;
    // In English, for the site's owner, who reads the console.
    const remedy = refused
      ? `refuses ${origin}. Add it to CORS_ORIGINS.`
      : "does not answer. Is it running?";
    console.error(`ChatKit: ${client.base} ${remedy}`);
    return new ChatKitError(refused ? "origin_refused" : "unreachable");
  }

  /** Waits before an attempt, less when the network is back; undefined after too many. Throws when the signal aborts. */
  pause(attempts: number, signal: AbortSignal): Promise<void> | undefined {
    // Without a network none counts. It is told when there is one, but some systems never tell.
    const seconds = navigator.onLine ? this.delays[attempts] : this.delays.at(-1);
    return seconds ? wait(seconds, signal) : undefined;
  }
}

/** Waits so long, or until the network is back; throws when the signal aborts. */
async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  const heard = new AbortController();
  await new Promise<void>((resolve) => {
    const done = () => resolve();
    addEventListener("online", done, heard);
    signal.addEventListener("abort", done, heard);
    if (signal.aborted) done();
    setTimeout(done, seconds * 1000);
  });
  heard.abort();
  signal.throwIfAborted();
}
