/** A rate limit, counted down on the button that met it. */
import { tryAgainIn } from "./strings.ts";

/**
 * Disables a button until a rate limit ends, showing the seconds left in its label. The end is a
 * moment, not a number of ticks, so a sleeping tab wakes to the truth. Aborting ends it at once.
 */
export function countDown(button: HTMLButtonElement, seconds: number, signal: AbortSignal): void {
  const label = button.querySelector("span")!;
  const text = label.textContent;
  const deadline = performance.now() + seconds * 1000;
  let timer: ReturnType<typeof setTimeout>;
  const tick = () => {
    const left = deadline - performance.now();
    const ended = signal.aborted || left <= 0;
    button.disabled = !ended;
    label.textContent = ended ? text : tryAgainIn(Math.ceil(left / 1000));
    clearTimeout(timer);
    if (!ended) timer = setTimeout(tick, left % 1000 || 1000);
    else signal.removeEventListener("abort", tick);
  };
  signal.addEventListener("abort", tick);
  tick();
}
