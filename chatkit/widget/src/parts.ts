/** The parts of the widget that come as scripts of their own, when a reader first needs them. */
import { ChatKitError } from "./errors.ts";

declare global {
  interface ImportMeta {
    /** What follows the address of a part, once one has failed to load; see build.js. */
    attempt?: string;
  }
}

let failures = 0;

/** Loads a part; throws `ChatKitError` with a sentence when it does not come, and can be called again then. */
export async function load<T>(part: () => Promise<T>, sentence: string): Promise<T> {
  try {
    return await part();
  } catch {
    // Most browsers remember the failure for the address.
    import.meta.attempt = `?${++failures}`;
    throw new ChatKitError("part_failed", sentence);
  }
}
