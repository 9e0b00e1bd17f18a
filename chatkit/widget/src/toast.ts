/** A short notice above the composer or in the open dialog. */
import { button, h } from "./dom.ts";
import { Icon } from "./icons.ts";
import { strings } from "./strings.ts";

/** Something the reader can do about what a toast says. */
export type ToastAction = [label: string, work: () => unknown];

/**
 * Makes a short notice that announces itself to assistive technology: an urgent one interrupts, news
 * wait for a pause. News go after six seconds; an error, or an offer, waits to be dismissed.
 */
export function toast(
  message: string,
  urgent?: boolean,
  action?: ToastAction,
  part = "toast",
): HTMLElement {
  const text = h("p");
  const element = h("div", { part, className: "toast", role: urgent ? "alert" : "status" }, text);
  const close = () => element.remove();
  if (action) {
    element.onclick = close;
    element.append(button(action[0], { className: "secondary" }, action[1]));
  }
  element.append(button(strings.close, { className: "bare quiet", icon: Icon.close }, close));
  // A live region announces what changes after it has appeared.
  requestAnimationFrame(() => text.append(message));
  if (!urgent && !action) setTimeout(close, 6000);
  return element;
}
