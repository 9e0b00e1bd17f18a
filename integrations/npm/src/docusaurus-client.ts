/** What the Docusaurus plugin does in the browser: links of the widget go through the site's router. */
import routes, { type Route } from "@generated/routes";

/** Returns the paths of the pages below routes; the one for every other address, `*`, is none. */
function pagePaths(below: Route[]): string[] {
  return below.flatMap(({ path, routes }) => (routes ? pagePaths(routes) : [bare(path)]));
}

/** Returns a path as it is compared: Docusaurus shows a page with and without the slash. */
function bare(path: string): string {
  return decodeURI(path).replace(/\/$/, "");
}

/** Has the router show a page of the site. It takes new addresses from the history alone. */
function follow(event: Event): void {
  const url = new URL((event as CustomEvent<{ url: string }>).detail.url, location.href);
  // Beside the router's pages a site may serve others, which it does not know.
  if (url.origin !== location.origin || !pagePaths(routes).includes(bare(url.pathname))) return;
  event.preventDefault();
  // Only a navigation of the browser itself takes the text directive out of the fragment.
  history.pushState(null, "", url.href.replace(/#?:~:.*$/, ""));
  dispatchEvent(new PopStateEvent("popstate", { state: null }));
}

// Docusaurus runs this on the server too, where there are no events.
if (globalThis.document) document.addEventListener("chatkit:navigate", follow);
