/** Where the reader looks: at the latest question, until they scroll, and where they were once the panel opens again. */
import { button, h } from "./dom.ts";
import { Icon } from "./icons.ts";

/** The conversation, as it is looked at. */
export interface Viewed {
  /** What scrolls as a rule. */
  readonly element: HTMLElement;
  /** What the turns stand in. */
  readonly flow: HTMLElement;
  /** The latest turn. */
  readonly last: { readonly element: HTMLElement } | undefined;
}

export class Viewpoint {
  #jump: HTMLButtonElement;
  /** The turn that is kept at the top of the view until the reader scrolls. */
  #held: HTMLElement | undefined;
  /** How far the view is scrolled: by us, or by the reader. */
  #place = 0;
  /** How much there was to scroll then. */
  #extent = "";
  #visible = false;

  constructor(
    readonly view: Viewed,
    label: string,
  ) {
    const { element, flow } = view;
    this.#jump = button(label, { className: "jump", icon: Icon.latest }, () => {
      this.hold();
    });
    element.append(h("div", { className: "jumping" }, this.#jump));
    const observer = new ResizeObserver(() => this.#resized());
    observer.observe(element);
    // Whatever becomes higher or lower above the turn that is held, it stays where it is.
    observer.observe(flow);
    this.hold();
  }

  /** Brings the latest turn to the top of the view, and keeps it there; where nothing scrolls, into the window. */
  hold(): void {
    const held = (this.#held = this.view.last?.element);
    this.#offerJump(false);
    if (!held) return;
    const scroller = this.#scroller();
    if (!scroller || scroller.scrollHeight <= scroller.clientHeight)
      held.scrollIntoView({ block: "nearest" });
    else this.#keep(scroller);
  }

  /** Shows the way back or takes it away; the focus that it had goes to the conversation. */
  #offerJump(offered: boolean): void {
    const focused = this.#jump.matches(":focus");
    this.#jump.hidden = !offered;
    if (focused && !offered) this.view.element.focus({ preventScroll: true });
  }

  #keep(scroller: HTMLElement): void {
    const held = this.#held;
    if (held?.isConnected) {
      const { top } = scroller.getBoundingClientRect();
      scroller.scrollTop += held.getBoundingClientRect().top - top - scroller.clientTop;
      this.#place = scroller.scrollTop;
    } else scroller.scrollTop = this.#place;
    this.#extent = extent(scroller);
  }

  /** What scrolls the conversation: itself, or the panel where that is low. */
  #scroller(): HTMLElement | undefined {
    for (let each: HTMLElement | null = this.view.element; each; each = each.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(each).overflowY)) return each;
    }
    return undefined;
  }

  /** Comes back to where the reader was before the panel closed, and keeps what is held where it is. */
  #resized(): void {
    const scroller = this.#scroller();
    const visible = this.view.element.clientHeight > 0;
    scroller?.addEventListener("scroll", this.#scrolled, { passive: true });
    if (visible && scroller && (!this.#visible || this.#held)) this.#keep(scroller);
    this.#visible = visible;
  }

  /** Offers the way back to a reader who has left the latest turn: its question is below the middle of the view. */
  #scrolled = ({ target }: Event): void => {
    const scroller = target as HTMLElement;
    const { last } = this.view;
    if (!this.#visible || !last) return;
    // Not where we have scrolled to, in what is as high and as wide as it was: the reader did.
    const moved = Math.abs(scroller.scrollTop - this.#place) > 1;
    if (this.#held && moved && extent(scroller) !== this.#extent) return this.#keep(scroller);
    if (moved) this.#held = undefined;
    this.#place = scroller.scrollTop;
    const { top, height } = scroller.getBoundingClientRect();
    this.#offerJump(last.element.getBoundingClientRect().top >= top + height / 2);
  };
}

function extent({ scrollHeight, clientHeight, clientWidth }: HTMLElement): string {
  return `${scrollHeight} ${clientHeight} ${clientWidth}`;
}
