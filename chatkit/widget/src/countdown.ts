/** The time until a limit ends, counted down. */
import { duration, say, type AllWords } from "./words.ts";

/**
 * Shows the whole seconds that are left, at once and each second, and 0 at the end. The end is a moment, not a
 * number of ticks, so a sleeping tab wakes to the truth. Aborting ends it at once.
 */
export function countDown(
  seconds: number,
  signal: AbortSignal,
  show: (left: number) => void,
): void {
  const deadline = performance.now() + seconds * 1000;
  let timer: ReturnType<typeof setTimeout>;
  const tick = () => {
    const left = signal.aborted ? 0 : Math.max(0, deadline - performance.now());
    clearTimeout(timer);
    if (left) timer = setTimeout(tick, left % 1000 || 1000);
    else signal.removeEventListener("abort", tick);
    show(Math.ceil(left / 1000));
  };
  signal.addEventListener("abort", tick);
  tick();
}

/** Counts a limit down on the button that met it, which does nothing meanwhile. */
export function countDownOn(
  button: HTMLButtonElement,
  seconds: number,
  signal: AbortSignal,
  words: AllWords,
): void {
  const label = button.querySelector("span")!;
  const text = label.textContent;
  countDown(seconds, signal, (left) => {
    button.ariaDisabled = left ? "true" : null;
    label.textContent = left ? say(words.tryAgainIn, { time: duration(left, words) }) : text;
  });
}
