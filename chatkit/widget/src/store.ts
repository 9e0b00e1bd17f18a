/**
 * A record in one of the browser's storages. Every look reads it afresh, so what another tab wrote
 * is seen at once. Where storage is blocked or full the record lives as long as the page.
 */
export class Store<T extends object> {
  #memory = "{}";

  constructor(
    readonly storage: "localStorage" | "sessionStorage",
    readonly key: string,
  ) {}

  /** What is kept at this moment. */
  get stored(): Partial<T> {
    try {
      return JSON.parse(globalThis[this.storage].getItem(this.key) ?? this.#memory);
    } catch {
      return JSON.parse(this.#memory);
    }
  }

  /** Changes some of what is kept; undefined forgets. */
  update(changes: { [K in keyof T]?: T[K] | undefined }): void {
    this.#memory = JSON.stringify({ ...this.stored, ...changes });
    try {
      globalThis[this.storage].setItem(this.key, this.#memory);
    } catch {
      // The memory serves this page.
    }
  }
}
