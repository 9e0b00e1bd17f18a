/** Looks at elements whenever their size changes: one observer for all of them. */
export class Sizes {
  #works = new WeakMap<Element, () => void>();
  #observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      // Text that grows replaces its elements.
      if (target.isConnected) this.#works.get(target)!();
      else this.#observer.unobserve(target);
    }
  });

  /** Runs `work` when an element is first shown, and whenever its size has changed. */
  follow(element: Element, work: () => void): void {
    this.#works.set(element, work);
    this.#observer.observe(element);
  }
}
