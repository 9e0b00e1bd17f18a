/** The dialogs: signing in, the account, saved chats, recommendations, feedback. A script of its own, loaded on demand. */
import type { Client, Recommendation } from "./client.ts";
import css from "./dialogs.css";
import { button, h, link, type ButtonOptions, type Content } from "./dom.ts";
import type { Work } from "./header.ts";
import { Icon } from "./icons.ts";
import { mailSent, reasons, retentionNotice, signedInAs, signInAs, strings } from "./strings.ts";
import type { LocalMessage } from "./messages.ts";

/** The stylesheet that the dialogs of all widgets of a page share, beside the widget's own. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

const small = { className: "bare quiet" };
const secondary = { className: "secondary" };
const CHAT = "/api/v1/chat/saved/{chat_id}";

/** What the dialogs need of the panel that opens them. */
export interface Opener {
  /** The widget's element, in whose shadow root the dialogs appear. */
  readonly host: HTMLElement;
  readonly client: Client;
  /** Makes a button that runs an action of the API. */
  actionButton(label: string, options: ButtonOptions, action: string, work: Work): HTMLElement;
  /** Runs an action of the API, and shows its failure on the button that began it. */
  run(action: string, button: HTMLButtonElement, work: Work): Promise<void>;
  notice(message: string): unknown;
  /** Shows a saved chat in place of the conversation. */
  showConversation(messages: LocalMessage[], title: string): void;
  /** Shows who is signed in now. */
  syncUser(): void;
  /** Forgets the person, with a message that says why. */
  signOut(message: string): void;
}

/** What a link or a button of a list says: a title, and a word about it. */
function titled(title: string, about: string): HTMLElement[] {
  return [h("b", {}, title), h("span", {}, about)];
}

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

/** One `<dialog>`, and what it can show. */
export class Dialogs {
  readonly element: HTMLDialogElement;
  #title = h("h2", { tabIndex: -1 });
  #body = h("div", { className: "body" });
  #opener: Opener;

  constructor(opener: Opener) {
    this.#opener = opener;
    const element = (this.element = h("dialog", { part: "dialog" }));
    const root = opener.host.shadowRoot!;
    const shown = root.querySelector(".root")!;
    // A widget that was taken out of the page and put back has it already.
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    const close = button(strings.close, { ...small, icon: Icon.close }, () => element.close());
    element.append(h("header", {}, this.#title, close), this.#body);
    shown.append(element);
  }

  /** Asks for an e-mail address and consent, then points to the mail. */
  signUp(reason: string = strings.signInText): void {
    const opener = this.#opener;
    const { client } = opener;
    const email = h("input", { type: "email", autocomplete: "email", required: true });
    const askForCode = (browser_id: string) => {
      const code = h("input", {
        inputMode: "numeric",
        autocomplete: "one-time-code",
        pattern: "[0-9]{6}",
        required: true,
      });
      const content = [mailSent(email.value), h("label", {}, strings.code, code)];
      const again = opener.actionButton(strings.sendAgain, secondary, "resend", async () => {
        const path = "/api/v1/auth/resend-verification";
        await client.send("post", path, { email: email.value, browser_id });
        opener.notice(strings.sentAgain);
      });
      const work = async () => {
        await client.signIn("/api/v1/auth/verify-code", { code: code.value, browser_id });
        opener.syncUser();
      };
      this.#form(strings.checkMail, content, strings.signIn, "verify", work, again);
      code.focus();
    };
    const content = [
      reason,
      h("label", {}, strings.email, email),
      h(
        "label",
        { className: "check" },
        h("input", { type: "checkbox", required: true }),
        strings.consent,
      ),
      h("small", {}, retentionNotice(new URL(client.base).host)),
    ];
    this.#form(strings.signIn, content, strings.sendLink, "signup", async () => {
      const { anonymous } = client.session.stored;
      // Binds the mail to this browser: shown to the API alone.
      const browser_id = client.session.browserId();
      await client.send("post", "/api/v1/auth/signup", {
        email: email.value,
        // The form is not sent without the tick.
        consent_data_storage: true,
        return_to: returnTo(),
        browser_id,
        ...(anonymous && { migrate_session: anonymous }),
      });
      askForCode(browser_id);
    });
    email.focus();
  }

  /** Asks whether to sign in by a link that this browser did not ask for, or in place of who is signed in. */
  confirmSignIn(token: string, email: string): void {
    const opener = this.#opener;
    const { user, browser_id } = opener.client.session.stored;
    const content = [...(user ? [h("p", {}, signedInAs(user.email))] : []), strings.otherBrowser];
    const work = async () => {
      const proof = browser_id ? { browser_id } : {};
      await opener.client.signIn("/api/v1/auth/verify", { token, confirmed: true, ...proof });
      this.element.close();
      opener.syncUser();
    };
    const cancel = button(strings.cancel, secondary, () => this.element.close());
    this.#form(signInAs(email), content, strings.signIn, "verify", work, cancel);
  }

  /** Asks what was wrong with an answer that was rated down. */
  feedback(message_id: string): void {
    const opener = this.#opener;
    const options = Object.entries(reasons).map(([value, label]) => h("option", { value }, label));
    const reason = h("select", {}, ...options);
    const note = h("textarea", { rows: 3, maxLength: 1000 });
    const content = [reason, h("label", {}, strings.note, note)];
    reason.ariaLabel = strings.whatWrong;
    this.#form(strings.whatWrong, content, strings.send, "feedback", async () => {
      await opener.client.send("post", "/api/v1/chat/feedback", {
        message_id,
        session_id: opener.client.session.stored.anonymous ?? null,
        rating: "down",
        reason: reason.value as keyof typeof reasons,
        note: note.value,
      });
      this.element.close();
      opener.notice(strings.thanks);
    });
  }

  /** The account: whose it is, its data, and the two ways out. */
  account(): void {
    const opener = this.#opener;
    const { client } = opener;
    this.#show(
      strings.account,
      client.session.stored.user!.email,
      opener.actionButton(strings.download, secondary, "export", async () => {
        const data = JSON.stringify(await client.send("get", "/api/v1/user/export"), null, 2);
        const href = URL.createObjectURL(new Blob([data], { type: "application/json" }));
        h("a", { href, download: "chatkit-data.json" }).click();
        URL.revokeObjectURL(href);
      }),
      opener.actionButton(strings.logOut, { ...secondary, part: "logout" }, "logout", async () => {
        await client.send("post", "/api/v1/auth/logout");
        opener.signOut(strings.loggedOut);
      }),
      button(strings.deleteAccount, { className: "danger" }, () => {
        const work = async () => {
          await client.send("delete", "/api/v1/user");
          opener.signOut(strings.deleted);
        };
        const cancel = this.#goTo(strings.cancel, async () => this.account());
        const content = [strings.cannotUndo];
        this.#form(strings.deleteAccount, content, strings.delete, "delete_user", work, cancel);
      }),
    );
  }

  /** Pages worth reading, each with its reason. */
  recommendations(pages: Recommendation[], from: HTMLElement): void {
    const rows = pages.map(({ title, url, reason }) => [link(url, {}, ...titled(title, reason))]);
    this.#list(strings.personalize, rows, from);
  }

  /** The saved chats, newest first: to open, rename and delete. */
  async history(from: HTMLElement, query?: { cursor: string }): Promise<void> {
    const opener = this.#opener;
    const { client } = opener;
    const back = (from: HTMLElement) => this.history(from, query);
    const cancel = () => this.#goTo(strings.cancel, back);
    const { chats, next_cursor } = await client.send("get", "/api/v1/chat/saved", query);
    const rows: Content[][] = chats.map(({ chat_id, title, saved_at }) => {
      const date = new Date(saved_at).toLocaleDateString(opener.host.lang || undefined);
      const open = opener.actionButton("", {}, "open_chat", async () => {
        const { messages } = await client.send("get", CHAT, undefined, chat_id);
        this.element.close();
        opener.showConversation(messages, title);
      });
      open.replaceChildren(...titled(title, date));
      const rename = () => {
        const input = h("input", { value: title, required: true });
        const content = [h("label", {}, strings.title, input)];
        this.#form(
          strings.rename,
          content,
          strings.save,
          "rename",
          async (submit) => {
            await client.send("patch", CHAT, { title: input.value }, chat_id);
            await back(submit);
          },
          cancel(),
        );
        input.select();
      };
      const remove = () => {
        const content = [title, h("small", {}, strings.cannotUndo)];
        this.#form(
          strings.delete,
          content,
          strings.delete,
          "delete_chat",
          async (submit) => {
            await client.send("delete", CHAT, undefined, chat_id);
            await back(submit);
          },
          cancel(),
        );
      };
      return [
        open,
        button(`${strings.rename}: ${title}`, { ...small, icon: Icon.pencil }, rename),
        button(`${strings.delete}: ${title}`, { ...small, icon: Icon.bin }, remove),
      ];
    });
    if (next_cursor) {
      const next = (from: HTMLElement) => this.history(from, { cursor: next_cursor });
      rows.push([this.#goTo(strings.older, next)]);
    }
    this.#list(strings.history, rows, from);
  }

  /** Shows what was loaded, unless the reader has left the place of `from`, the button that asked for it. */
  #list(title: string, rows: Content[][], from: HTMLElement): void {
    if (!from.checkVisibility()) return;
    const items = rows.map((row) => h("li", {}, ...row));
    this.#show(title, items[0] ? h("ul", { className: "list" }, ...items) : strings.nothingHere);
  }

  /** A button that leads to something else in the dialog. */
  #goTo(label: string, show: Work): HTMLElement {
    return this.#opener.actionButton(label, secondary, "history", show);
  }

  /** Shows a form; `other` is a second button, which does something else. */
  #form(
    title: string,
    content: Content[],
    label: string,
    action: string,
    work: Work,
    other: Content = "",
  ): void {
    const submit = button(label, { className: "primary" });
    const onsubmit = (event: Event) => {
      event.preventDefault();
      this.#opener.run(action, submit, work);
    };
    this.#show(title, h("form", { onsubmit }, ...content, submit, other));
  }

  #show(title: string, ...content: Content[]): void {
    const { element } = this;
    this.#title.textContent = element.ariaLabel = title;
    this.#body.replaceChildren(...content);
    if (element.open) this.#title.focus();
    else element.showModal();
  }
}
