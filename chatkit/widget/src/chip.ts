/** Shows in the composer what the reader has selected on the page, and takes it away. */
import type { Composer } from "./composer.ts";
import { button, h, svg } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { AllWords } from "./words.ts";

export class Chip {
  constructor(composer: Composer, words: AllWords) {
    const { element, input } = composer;
    const selected = h("span", { dir: "auto" });
    const close = { className: "bare", icon: Icon.close };
    const chip = h(
      "div",
      { className: "selection", hidden: true },
      h("span", {}, h("b", {}, words.selection), " ", selected),
      button(words.remove, close, () => {
        composer.select("");
        input.focus();
      }),
    );
    composer.chip = (text) => {
      selected.textContent = text;
      chip.hidden = !text;
    };
    // Before the page the field is one to search.
    element.prepend(chip, h("span", { className: "find" }, svg(Icon.find)));
  }
}
