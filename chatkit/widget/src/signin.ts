/**
 * The page that a mailed link opens. It does nothing until its button is pressed, because mail
 * scanners open links too; then it hands the link's token to the page that the reader came from.
 * No token is spent or stored here.
 */

const fragment = new URLSearchParams(location.hash.slice(1));
// The token leaves the address bar, and with it the history, before anybody can copy it from there.
history.replaceState(null, "", location.pathname);

const page = document.querySelector<HTMLElement>("#signin")!;
const message = document.querySelector<HTMLElement>("#message")!;
const button = document.querySelector<HTMLButtonElement>("#continue")!;
const token = fragment.get("token");
const allowedOrigins: string[] = JSON.parse(page.dataset["origins"] || "[]");

/** The page to return to, or this server's own when that page's origin is not listed. */
function destination(): URL {
  const returnTo = URL.parse(fragment.get("return_to") ?? "");
  return returnTo && allowedOrigins.includes(returnTo.origin)
    ? returnTo
    : new URL("./", location.href);
}

/** An anchor as it is meant; one with a stray percent sign as it stands. */
function decoded(anchor: string): string {
  try {
    return decodeURIComponent(anchor);
  } catch {
    return anchor;
  }
}

if (token) {
  const target = destination();
  const anchor = target.hash.slice(1);
  const parameter = `chatkit-token=${encodeURIComponent(token)}`;
  // A router that keeps its route behind the # would leave for another page before the widget has started.
  if (/^!?\//.test(anchor)) target.hash = anchor + (anchor.includes("?") ? "&" : "?") + parameter;
  else if (anchor) target.hash = `${parameter}&anchor=${encodeURIComponent(decoded(anchor))}`;
  else target.hash = parameter;
  message.textContent = "One press, and you are back where you asked, signed in.";
  button.textContent = `Sign in to ${target.host}`;
  button.hidden = false;
  button.addEventListener("click", () => location.replace(target));
  button.focus();
} else {
  message.textContent =
    "This link is incomplete. Open the link from the mail again, or ask for a new one where you signed in.";
}
