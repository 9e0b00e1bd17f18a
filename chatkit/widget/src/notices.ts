/** Short notices above the composer: one at a time. */
import { button, type Content, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Words } from "./words.ts";

export interface NoticeOptions {
  /** An error, which interrupts whoever listens. */
  urgent?: boolean;
  /** What the reader can do about it; it closes the notice. */
  action?: [label: string, work: () => unknown];
  /** Stays until it is closed; an urgent notice, and one with an action, does so anyway. */
  lasting?: boolean;
  part?: string;
}

/** After this long news go by themselves, unless the reader is at them. */
const READ_MS = 6000;

export class Notices {
  constructor(
    /** Where they stand. */
    readonly element: HTMLElement,
    readonly words: Words,
    /** Says a sentence to assistive technology. */
    readonly announce: (sentence: string) => void,
    /** Puts the focus where it goes when what had it is no more. */
    readonly refocus: () => void,
  ) {}

  /** Shows a notice in place of the one before, and returns it. */
  show(content: Content | Content[], options: NoticeOptions = {}): HTMLElement {
    const { urgent, action, lasting, part = "toast" } = options;
    const text = h("p");
    const notice = h("div", { part, className: "note" }, text);
    const close = () => {
      const focused = notice.matches(":focus-within");
      notice.remove();
      if (focused) this.refocus();
    };
    if (urgent) notice.role = "alert";
    if (action) {
      const [label, work] = action;
      const act = button(label, { className: "secondary" }, () => {
        close();
        work();
      });
      notice.append(act);
    }
    const end = button(this.words.close, { className: "bare", icon: Icon.close }, close);
    notice.append(end);
    const focused = this.element.matches(":focus-within");
    this.element.replaceChildren(notice);
    if (focused) end.focus();
    // What interrupts is announced by its change, everything else by the one line that speaks.
    text.append(...[content].flat());
    if (!urgent) this.announce(text.textContent);
    if (!urgent && !action && !lasting) {
      const expire = () => {
        if (notice.matches(":hover, :focus-within")) setTimeout(expire, READ_MS);
        else close();
      };
      setTimeout(expire, READ_MS);
    }
    return notice;
  }
}
