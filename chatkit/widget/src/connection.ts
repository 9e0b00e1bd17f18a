/** What it means that no answer comes: the network is away, the server is, or it refuses this page; and when to try again. */
import type { Client, Patience } from "./client.ts";
import { ChatKitError } from "./errors.ts";

export class Connection implements Patience {
  /** Seconds to wait before each attempt to resume an answer; the server writes on for about as long. */
  delays = [1, 2, 4, 8, 15, 30];

  constructor(readonly client: Client) {
    client.patience = this;
  }

  /**
   * Tells why no answer came, which looks the same to `fetch`: the reader is offline, the API is away, or it
   * refuses this origin. The bundle answers every origin, and is asked of the server, not of a cache.
   */
  async diagnose(): Promise<ChatKitError> {
    if (!navigator.onLine) return new ChatKitError("offline");
    const { client } = this;
    const { origin } = location;
    const refused =
      new URL(client.base).origin !== origin && (await client.probe().catch(() => null))?.ok;
    // In English, for the site's owner, who reads the console.
    const remedy = refused
      ? `refuses ${origin}. Add it to CORS_ORIGINS.`
      : "does not answer. Is it running?";
    console.error(`ChatKit: ${client.base} ${remedy}`);
    return new ChatKitError(refused ? "origin_refused" : "unreachable");
  }

  /** Waits before an attempt, less when the network is back; undefined after too many. Throws when the signal aborts. */
  pause(attempts: number, signal: AbortSignal): Promise<void> | undefined {
    const seconds = this.delays[attempts];
    return seconds ? until(signal, (resolve) => setTimeout(resolve, seconds * 1000)) : undefined;
  }

  /** Waits for the network to be back; throws when the signal aborts. */
  online(signal: AbortSignal): Promise<void> {
    return until(signal, (resolve) => navigator.onLine && resolve());
  }
}

/** Waits until the network is back or `begin` resolves; throws when the signal aborts. */
async function until(signal: AbortSignal, begin: (resolve: () => void) => unknown): Promise<void> {
  const heard = new AbortController();
  await new Promise<void>((resolve) => {
    const done = () => resolve();
    addEventListener("online", done, heard);
    signal.addEventListener("abort", done, heard);
    if (signal.aborted) done();
    begin(done);
  });
  heard.abort();
  signal.throwIfAborted();
}
