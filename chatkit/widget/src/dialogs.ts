import type { Recommendation } from "./client.ts";
import css from "./dialogs.css";
import { button, h, link, type Content } from "./dom.ts";
import { Icon } from "./icons.ts";
import type { Panel } from "./panel.ts";
import { kept, mailSent, Reason, Say } from "./strings.ts";

/** The stylesheet that the dialogs of all widgets of a page share, beside the widget's own. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

const small = { className: "bare quiet" };
const CHAT = "/api/v1/chat/saved/{chat_id}";

const REASONS = ["wrong", "incomplete", "outdated", "unclear", "other"] as const;

/** A link of a list: what it is, and a word about it. */
function entry(title: string, about: string): HTMLElement[] {
  return [h("b", {}, title), h("span", {}, about)];
}

/** What the panel's one dialog can show: a script of its own, loaded when it is first needed. */
export class Dialogs {
  #title = h("h2", { tabIndex: -1 });
  #body = h("div", { className: "body" });
  #panel: Panel;

  constructor(panel: Panel) {
    const { dialog } = (this.#panel = panel);
    const { adoptedStyleSheets } = panel.host.shadowRoot!;
    // A widget that was taken out of the page and put back has it already.
    if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
    const close = button(Say.close, { ...small, icon: Icon.close }, () => dialog.close());
    dialog.append(h("header", {}, this.#title, close), this.#body);
  }

  /** Asks for an e-mail address and consent, then points to the mail. */
  signUp(reason: string = Say.signInText): void {
    const panel = this.#panel;
    const { client } = panel;
    const email = h("input", { type: "email", autocomplete: "email", required: true });
    // Binds the mailed code to this page: never stored, and shown to the API alone.
    const browser_id = crypto.randomUUID();
    const mailed = () => {
      const code = h("input", {
        inputMode: "numeric",
        autocomplete: "one-time-code",
        pattern: "[0-9]{6}",
        required: true,
      });
      const content = [mailSent(email.value), h("label", {}, Say.code, code)];
      const again = panel.action(Say.sendAgain, { className: "secondary" }, "resend", async () => {
        const path = "/api/v1/auth/resend-verification";
        await client.send("post", path, { email: email.value, browser_id });
        panel.toast(Say.sentAgain);
      });
      const work = async () => {
        await client.signIn("/api/v1/auth/verify-code", { code: code.value, browser_id });
        panel.follow();
      };
      this.#form(Say.checkMail, content, Say.signIn, "verify", work, again);
      code.focus();
    };
    const content = [
      reason,
      h("label", {}, Say.email, email),
      h(
        "label",
        { className: "check" },
        h("input", { type: "checkbox", required: true }),
        Say.consent,
      ),
      h("small", {}, kept(new URL(client.base).host)),
    ];
    this.#form(Say.signIn, content, Say.sendLink, "signup", async () => {
      const { anonymous } = client.session.kept;
      await client.send("post", "/api/v1/auth/signup", {
        email: email.value,
        // The form is not sent without the tick.
        consent_data_storage: true,
        return_to: location.href,
        browser_id,
        ...(anonymous && { migrate_session: anonymous }),
      });
      mailed();
    });
    email.focus();
  }

  /** Asks what was wrong with an answer that was rated down. */
  feedback(message_id: string): void {
    const panel = this.#panel;
    const reason = h(
      "select",
      {},
      ...REASONS.map((value) => h("option", { value }, Reason[value])),
    );
    const note = h("textarea", { rows: 3, maxLength: 1000 });
    const content = [reason, h("label", {}, Say.note, note)];
    reason.ariaLabel = Say.whatWrong;
    this.#form(Say.whatWrong, content, Say.send, "feedback", async () => {
      await panel.client.send("post", "/api/v1/chat/feedback", {
        message_id,
        rating: "down",
        reason: reason.value as (typeof REASONS)[number],
        note: note.value,
      });
      panel.dialog.close();
      panel.toast(Say.thanks);
    });
  }

  /** The account: whose it is, its data, and the two ways out. */
  account(): void {
    const panel = this.#panel;
    const { client } = panel;
    const look = { className: "secondary" };
    this.#show(
      Say.account,
      client.session.kept.user!.email,
      panel.action(Say.download, look, "export", async () => {
        const data = JSON.stringify(await client.send("get", "/api/v1/user/export"), null, 2);
        const href = URL.createObjectURL(new Blob([data], { type: "application/json" }));
        h("a", { href, download: "chatkit-data.json" }).click();
        URL.revokeObjectURL(href);
      }),
      panel.action(Say.logOut, { ...look, part: "logout" }, "logout", async () => {
        await client.send("post", "/api/v1/auth/logout");
        panel.leave(Say.loggedOut);
      }),
      button(Say.deleteAccount, { className: "danger" }, () => {
        const work = async () => {
          await client.send("delete", "/api/v1/user");
          panel.leave(Say.deleted);
        };
        const back = this.#goTo(Say.cancel, async () => this.account());
        this.#form(Say.deleteAccount, [Say.cannotUndo], Say.delete, "delete_user", work, back);
      }),
    );
  }

  /** Pages worth reading, each with its reason. */
  recommendations(pages: Recommendation[]): void {
    this.#list(
      Say.personalize,
      pages.map(({ title, url, reason }) => [link(url, {}, ...entry(title, reason))]),
    );
  }

  /** The saved chats, newest first: to open, rename and delete. `from` is what asked for them. */
  async history(query?: { cursor: string }, from?: HTMLElement): Promise<void> {
    const panel = this.#panel;
    const { client } = panel;
    const back = (from: HTMLElement) => this.history(query, from);
    const { chats, next_cursor } = await client.send("get", "/api/v1/chat/saved", query);
    const rows: Content[][] = chats.map(({ chat_id, title, saved_at }) => {
      const date = new Date(saved_at).toLocaleDateString(panel.host.lang || undefined);
      const open = panel.action("", {}, "open_chat", async () => {
        const { messages } = await client.send("get", CHAT, undefined, chat_id);
        panel.dialog.close();
        panel.show(messages, title);
      });
      open.replaceChildren(...entry(title, date));
      const rename = () => {
        const input = h("input", { value: title, required: true });
        const cancel = this.#goTo(Say.cancel, back);
        const work = async () => {
          await client.send("patch", CHAT, { title: input.value }, chat_id);
          await back(cancel);
        };
        const content = [h("label", {}, Say.title, input)];
        this.#form(Say.rename, content, Say.save, "rename", work, cancel);
        input.select();
      };
      const remove = () => {
        const cancel = this.#goTo(Say.cancel, back);
        const work = async () => {
          await client.send("delete", CHAT, undefined, chat_id);
          await back(cancel);
        };
        const content = [title, h("small", {}, Say.cannotUndo)];
        this.#form(Say.delete, content, Say.delete, "delete_chat", work, cancel);
      };
      return [
        open,
        button(`${Say.rename}: ${title}`, { ...small, icon: Icon.pencil }, rename),
        button(`${Say.delete}: ${title}`, { ...small, icon: Icon.bin }, remove),
      ];
    });
    if (next_cursor) {
      const next = (from: HTMLElement) => this.history({ cursor: next_cursor }, from);
      rows.push([this.#goTo(Say.more, next)]);
    }
    this.#list(Say.history, rows, from);
  }

  /** Shows what was loaded, unless the reader has left the place that asked for it. */
  #list(title: string, rows: Content[][], from: HTMLElement = this.#panel.input): void {
    if (!from.checkVisibility()) return;
    const items = rows.map((row) => h("li", {}, ...row));
    this.#show(title, items[0] ? h("ul", { className: "list" }, ...items) : Say.nothingHere);
  }

  /** A button that leads to something else in the dialog. */
  #goTo(label: string, show: (from: HTMLElement) => Promise<unknown>): HTMLButtonElement {
    const element = this.#panel.action(label, { className: "secondary" }, "history", () =>
      show(element),
    );
    return element;
  }

  /** Shows a form; `other` is a second button, which does something else. */
  #form(
    title: string,
    content: Content[],
    label: string,
    action: string,
    work: () => Promise<unknown>,
    other: Content = "",
  ): void {
    const submit = button(label, { className: "primary" });
    const onsubmit = (event: Event) => {
      event.preventDefault();
      this.#panel.act(action, submit, work);
    };
    this.#show(title, h("form", { onsubmit }, ...content, submit, other));
  }

  #show(title: string, ...content: Content[]): void {
    const { dialog } = this.#panel;
    this.#title.textContent = dialog.ariaLabel = title;
    this.#body.replaceChildren(...content);
    if (dialog.open) this.#title.focus();
    else dialog.showModal();
  }
}
