/** Light or dark: as the owner says, else as the page looks, else as the system is set. */

/** Sites fade from one theme to the other; by now it is done. */
const FADED_MS = 400;

/** Returns whether a colour is dark, undefined when one can see through it. */
function isDark(colour: string, probe: HTMLElement): boolean | undefined {
  // Whatever way a colour is written, a mix is told in parts of red, green, blue and alpha.
  probe.style.color = `color-mix(in srgb, ${colour}, ${colour})`;
  const parts =
    getComputedStyle(probe)
      .color.match(/[\d.]+(e-?\d+)?/g)
      ?.map(Number) ?? [];
  const [red = 0, green = 0, blue = 0, alpha = 1] = parts;
  return alpha < 1 ? undefined : 0.299 * red + 0.587 * green + 0.114 * blue < 0.5;
}

/** Returns the colour scheme of the page, undefined where it leaves that to the system. */
function schemeOfPage(probe: HTMLElement): "light" | "dark" | undefined {
  const { documentElement: html, body } = document;
  for (const element of [body, html]) {
    const dark = element && isDark(getComputedStyle(element).backgroundColor, probe);
    if (dark !== undefined) return dark ? "dark" : "light";
  }
  const [scheme, other] = getComputedStyle(html)
    .colorScheme.split(" ")
    .filter((word) => word !== "only");
  return !other && (scheme === "light" || scheme === "dark") ? scheme : undefined;
}

/** Keeps the colour scheme of `root` as the attribute `theme` of `host` says, `auto` being that of the page. */
export function followTheme(root: HTMLElement, host: Element, signal: AbortSignal): void {
  const probe = root.appendChild(document.createElement("span"));
  probe.hidden = true;
  const look = () => {
    const theme = host.getAttribute("theme");
    const own = theme === "light" || theme === "dark" ? theme : schemeOfPage(probe);
    root.style.colorScheme = own ?? "light dark";
  };
  let timer: ReturnType<typeof setTimeout>;
  const changed = () => {
    // A router may have put another in its place.
    if (document.body) observer.observe(document.body, { attributes: true });
    look();
    clearTimeout(timer);
    timer = setTimeout(look, FADED_MS);
  };
  const observer = new MutationObserver(changed);
  // What a stylesheet does that comes later is not told; so it is looked at when the panel opens, too.
  observer.observe(host, { attributeFilter: ["theme", "open"] });
  observer.observe(document.documentElement, { attributes: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
  // Nothing has a colour before it stands in the page.
  queueMicrotask(changed);
}
