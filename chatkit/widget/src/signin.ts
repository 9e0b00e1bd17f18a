/**
 * The page that a mailed link opens. It does nothing until its button is pressed, because mail
 * scanners open links too; then it hands the link's token to the page that the reader came from.
 * No token is spent or stored here. It speaks the browser's language: the reader comes from a mail, which knows
 * no page's.
 */
import { core, views } from "./languages/en.ts";
import { decoded } from "./mailed-link.ts";
import { allWords } from "./vocabulary.ts";
import { say } from "./words.ts";

const fragment = new URLSearchParams(location.hash.slice(1));
// The token leaves the address bar, and with it the history, before anybody can copy it from there.
history.replaceState(null, "", location.pathname);

const page = document.querySelector<HTMLElement>("#signin")!;
const message = document.querySelector<HTMLElement>("#message")!;
const button = document.querySelector<HTMLButtonElement>("#continue")!;
const title = document.querySelector("h1")!;
const token = fragment.get("token");
const allowedOrigins: string[] = JSON.parse(page.dataset["origins"] || "[]");

/** The page to return to, or this server's own when that page's origin is not listed. */
function destination(): URL {
  const returnTo = URL.parse(fragment.get("return_to") ?? "");
  return returnTo && allowedOrigins.includes(returnTo.origin)
    ? returnTo
    : new URL("./", location.href);
}

const root = document.documentElement;
root.lang = navigator.language;
const words = await allWords(page).catch(() => ({ ...core, ...views }));
Object.assign(root, { lang: words.locale, dir: words.dir });
document.title = title.textContent = words.signIn;

if (token) {
  const target = destination();
  const anchor = target.hash.slice(1);
  const parameter = `chatkit-token=${encodeURIComponent(token)}`;
  // A router that keeps its route behind the # would leave for another page before the widget has started.
  if (/^!?\//.test(anchor)) target.hash = anchor + (anchor.includes("?") ? "&" : "?") + parameter;
  else if (anchor) target.hash = `${parameter}&anchor=${encodeURIComponent(decoded(anchor))}`;
  else target.hash = parameter;
  message.textContent = words.onePress;
  button.textContent = say(words.signInTo, { host: target.host });
  button.hidden = false;
  button.addEventListener("click", () => location.replace(target));
  button.focus();
} else {
  message.textContent = words.linkIncomplete;
}
