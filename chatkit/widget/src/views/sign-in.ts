/** Signing in: an address and consent, then the link or the code of the mail. */
import { countDown } from "../countdown.ts";
import { button, type Content, h, link } from "../dom.ts";
import { signedInAs } from "../profile.ts";
import { duration, pieces } from "../words.ts";
import { field, form, type Stage, tick } from "./stage.ts";
import { welcome } from "./welcome.ts";

/** After this long a reader may have the mail sent again. */
const RESEND_SECONDS = 30;

/**
 * This page as a mailed link may lead back to it. The server refuses an address that holds another one,
 * so whatever might be that stays behind.
 */
function returnTo(): string {
  const { origin, pathname, search, hash } = location;
  const [path, query, fragment] = [pathname, search, hash].map((part) =>
    /:|\\|\/\/|%(25|2f|3a|5c|ef|e3)/i.test(part) ? "" : part,
  );
  // A parameter may hold a host's name alone.
  return `${origin}${path || "/"}${/[=&?@][^&]*\./.test(query!) ? "" : query}${fragment}`;
}

/** Asks for an e-mail address and consent; `reason` says what for. */
export function showSignIn(stage: Stage, reason?: string): void {
  const { words, client, opener } = stage;
  const { session } = opener.access;
  const email = h("input", { type: "email", autocomplete: "email", required: true });
  const consent = h("input", { type: "checkbox", required: true });
  const along = h("input", { type: "checkbox", checked: true });
  const host = new URL(client.base).host;
  const retention = h("small", { className: "muted" }, stage.say(words.retention, { host }));
  const owners = opener.host.getAttribute("privacy-url") ?? "";
  // What is no address to follow is no link.
  const privacy = owners && link(owners, { target: "_blank", rel: "noopener" }, words.privacy);
  const submit = button(words.sendLink, { className: "primary" });
  /** What either way of signing in is asked with. */
  const asked = () => {
    const { anonymous } = session.stored;
    return {
      // Binds the mail or the provider's answer to this browser: shown to the API alone.
      browser_id: session.browserId(),
      // Nothing is sent without the tick.
      consent_data_storage: true as const,
      return_to: returnTo(),
      ...(anonymous && along.checked && { migrate_session: anonymous }),
    };
  };
  const noteChoice = () => session.update({ leaves_behind: along.checked ? undefined : true });
  const work = async () => {
    const data = asked();
    await client.send("post", "/api/v1/auth/signup", { email: email.value, ...data });
    noteChoice();
    showCode(stage, email.value, data.browser_id);
  };
  const provider = stage.action(
    stage.say(words.signInWith, { name: opener.provider }),
    "secondary",
    "signup",
    async () => {
      // Without the tick nothing is asked for; the browser says so.
      if (!consent.reportValidity()) return;
      const { url } = await client.send("post", "/api/v1/auth/oidc", asked());
      noteChoice();
      location.assign(url);
    },
  );
  const content = [
    ...(reason ? [h("p", {}, h("b", {}, reason))] : []),
    h("p", {}, words.signInText),
    field([words.email], email),
    tick(consent, `${words.consent} `, privacy instanceof HTMLAnchorElement ? privacy : retention),
    // Nothing was asked, so there is nothing to take along.
    ...(session.stored.anonymous ? [tick(along, words.takeAlong)] : []),
    submit,
    ...(opener.provider ? [provider] : []),
  ];
  stage.show(words.signIn, form(stage, "signup", submit, work, ...content));
  email.focus();
}

/** Points to the mail, and takes its code. */
function showCode(stage: Stage, address: string, browser_id: string): void {
  const { words, client, opener } = stage;
  const code = h("input", {
    className: "digits",
    inputMode: "numeric",
    autocomplete: "one-time-code",
    pattern: "[0-9]{6}",
    required: true,
    // A code that is pasted may stand among other letters.
    oninput: () => (code.value = code.value.replace(/\D/g, "").slice(0, 6)),
  });
  const submit = button(words.signIn, { className: "primary" });
  const work = async () => {
    const proof = { code: code.value, browser_id };
    await welcome(stage, await opener.access.signIn("/api/v1/auth/verify-code", proof));
  };
  const other = button(words.otherAddress, { className: "link" }, () => opener.back());
  const sent = pieces<Content>(words.mailSent, { email: h("b", { dir: "ltr" }, address) });
  const wait = h("span");
  const again = stage.action(words.sendAgain, "link", "resend", async () => {
    const path = "/api/v1/auth/resend-verification";
    await client.send("post", path, { email: address, browser_id });
    opener.notice(words.sentAgain);
    letWait();
  });
  const letWait = () => {
    const focused = again.matches(":focus");
    countDown(RESEND_SECONDS, opener.signal, (left) => {
      again.hidden = left > 0;
      wait.textContent = left ? stage.say(words.sendAgainIn, { time: duration(left, words) }) : "";
    });
    if (focused) other.focus();
  };
  const note = h(
    "div",
    { className: "muted small" },
    h("p", {}, `${words.nothingCame} `, wait, again),
    other,
  );
  const digits = field([words.mailCode], code, words.sixDigits);
  stage.show(
    words.checkMail,
    form(stage, "verify", submit, work, h("p", {}, ...sent), digits, submit, note),
  );
  letWait();
  code.focus();
}

/** Asks whether to sign in by a link that this browser did not ask for, or in place of who is signed in. */
export function confirmSignIn(stage: Stage, token: string, email: string): void {
  const { words, opener } = stage;
  const { user, browser_id } = opener.access.session.stored;
  const submit = button(words.signIn, { className: "primary" });
  const work = async () => {
    const proof = browser_id ? { browser_id } : {};
    const confirmed = { token, confirmed: true, ...proof };
    await welcome(stage, await opener.access.signIn("/api/v1/auth/verify", confirmed));
  };
  const cancel = button(words.cancel, { className: "secondary" }, () => opener.back());
  const content = [
    ...(user ? [h("p", {}, signedInAs(user, words))] : []),
    h("p", {}, words.otherBrowser),
    h("div", { className: "buttons" }, submit, cancel),
  ];
  stage.show(stage.say(words.signInAs, { email }), form(stage, "verify", submit, work, ...content));
}
