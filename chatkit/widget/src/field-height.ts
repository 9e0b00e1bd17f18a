/** Gives the composer's field the height of its text where the browser does not. */
import type { Composer } from "./composer.ts";

/** Begins to do so. */
export function followText(composer: Composer): void {
  if (CSS.supports("field-sizing", "content")) return;
  const { input } = composer;
  composer.grow = () => {
    const { style } = input;
    style.height = "";
    const { scrollHeight, offsetHeight, clientHeight } = input;
    // Hidden, it has no height to measure.
    if (scrollHeight) style.height = `${scrollHeight + offsetHeight - clientHeight}px`;
  };
  input.addEventListener("focus", composer.grow);
  composer.grow();
}
