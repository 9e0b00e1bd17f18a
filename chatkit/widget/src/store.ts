/**
 * A record in one of the browser's storages. Every look sees what another tab wrote, and parses only what is
 * new. What could not be written lives as long as the page, and there it counts for more than what the
 * storage still holds.
 */
export class Store<T extends object> {
  #record: Partial<T> = {};
  /** What the storage held when the record was read or written; null when it held nothing. */
  #seen: string | null = null;

  constructor(
    readonly storage: "localStorage" | "sessionStorage",
    readonly key: string,
    /** Takes from what is stored what can be used: anybody may have written there. */
    readonly sift: (stored: Record<string, unknown>) => Partial<T>,
  ) {}

  /** What is kept at this moment. */
  get stored(): Readonly<Partial<T>> {
    const text = this.#read();
    if (text !== this.#seen) {
      this.#seen = text;
      this.#record = this.#parse(text);
    }
    return this.#record;
  }

  /** Changes some of what is kept; undefined forgets. */
  update(changes: { [K in keyof T]?: T[K] | undefined }): void {
    this.#record = { ...this.stored, ...changes } as Partial<T>;
    const text = JSON.stringify(this.#record);
    try {
      if (text === "{}") globalThis[this.storage].removeItem(this.key);
      else globalThis[this.storage].setItem(this.key, text);
    } catch {
      // The record serves this page, until another one writes.
    }
    this.#seen = this.#read();
  }

  #read(): string | null {
    try {
      return globalThis[this.storage].getItem(this.key);
    } catch {
      return this.#seen;
    }
  }

  #parse(text: string | null): Partial<T> {
    try {
      const stored: unknown = JSON.parse(text ?? "{}");
      // A list is an object too, and has none of the fields.
      return stored && typeof stored === "object"
        ? this.sift(stored as Record<string, unknown>)
        : {};
    } catch {
      return {};
    }
  }
}
