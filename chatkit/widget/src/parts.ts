/** The parts of the widget that come as scripts of their own, when a reader first needs them. */
import { ChatKitError } from "./errors.ts";
import type { Words } from "./words.ts";

/** Loads a part; throws `ChatKitError` with a sentence when it does not come, and can be called again then. */
export async function load<T>(part: () => Promise<T>, words: Words): Promise<T> {
  try {
    return await part();
  } catch {
    const sentence = navigator.onLine ? words.partFailed : words.error_offline;
    throw new ChatKitError("part_failed", sentence);
  }
}

/** A part that is loaded when it is first wanted, and again when it did not come. */
export class Part<M, T> {
  /** What was made of the part, once it is there. */
  now: T | undefined;
  #coming: Promise<T> | undefined;

  /** `source` loads a module, of which `make` makes what is wanted. */
  constructor(
    readonly source: () => Promise<M>,
    readonly make: (module: M) => T,
  ) {}

  /** Loads the part unless it is there, or on its way. */
  get(): Promise<T> {
    return (this.#coming ??= this.source()
      .then((module) => (this.now = this.make(module)))
      .catch((error) => {
        this.#coming = undefined;
        throw error;
      }));
  }
}
