/** Elements made from properties and children, without any parsing of markup. */

const SVG = "http://www.w3.org/2000/svg";

/** What an element may be given at once: its properties, and `part` as the string it is written as. */
type Properties<E> = Partial<Omit<E, "part" | "role">> & { part?: string; role?: string };
export type Content = Node | string;

/** Makes an element from properties and children; never parses markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<HTMLElementTagNameMap[K]> = {},
  ...children: Content[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Makes a link, or gives the children back in a span when the address is not one to follow:
 * only http and https (relative ones are of this site, whatever `base` the page has), never `javascript:`
 * or `data:`. Another site opens in a tab of its own.
 */
export function link(
  href: string,
  properties: Properties<HTMLAnchorElement>,
  ...children: Content[]
): HTMLElement {
  const url = URL.parse(href, location.href);
  if (!url || !/^https?:$/.test(url.protocol)) return h("span", {}, ...children);
  const anchor = h("a", { href: url.href, ...properties }, ...children);
  if (url.origin !== location.origin) Object.assign(anchor, { target: "_blank", rel: "noopener" });
  return anchor;
}

/** Draws the path of an icon, stroked in the colour of the text; it says nothing by itself. */
export function svg(path: string): SVGSVGElement {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("viewBox", "0 0 20 20");
  element.ariaHidden = "true";
  element.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", path);
  return element;
}

/** What a button is like, beside its words: `bare` ones show their icon alone. */
export interface ButtonOptions {
  className?: string;
  part?: string;
  icon?: string;
}

/** What a button does that takes a while; it is handed the button. */
export type Work = (button: HTMLButtonElement) => Promise<unknown>;

/** A button; without work of its own it submits its form. */
export function button(
  label: string,
  { icon, ...look }: ButtonOptions,
  work?: (button: HTMLButtonElement) => unknown,
): HTMLButtonElement {
  const element = h("button", { type: work ? "button" : "submit", ...look });
  if (work) element.onclick = () => work(element);
  if (icon) {
    element.append(svg(icon));
    // Names the button where its words do not show.
    if (look.className?.includes("bare")) element.title = label;
  }
  element.append(h("span", {}, label));
  return element;
}
