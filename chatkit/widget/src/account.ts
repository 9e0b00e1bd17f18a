/** Who is signed in: shown by the panel, here, in another tab, or nobody any more. */
import type { Client, SignedIn } from "./client.ts";
import type { Conversation } from "./conversations.ts";
import type { ChatKitError } from "./errors.ts";
import type { NoticeOptions } from "./notices.ts";
import { say, type Words } from "./words.ts";

/** The server that hands out this script writes `off` here where signing in is switched off. */
const SIGN_IN = "chatkit-sign-in:on";
export const OFFERS_SIGN_IN = SIGN_IN.endsWith("on");

/** And here the name of the provider that readers may sign in by, too. */
const PROVIDER = "chatkit-provider:";
export const PROVIDER_NAME = PROVIDER.slice(PROVIDER.indexOf(":") + 1);

/** What the account needs of the panel. */
export interface AccountPanel {
  readonly host: { emit(name: string, detail?: object): unknown };
  readonly client: Client;
  readonly words: Words;
  readonly conversation: Conversation;
  notice(content: string, options?: NoticeOptions): unknown;
  /** Goes back to the conversation from what may be another person's. */
  closeViews(): void;
  /** Shows whose panel it is now. */
  showUser(email: string | undefined): void;
  /** Asks whether to sign in by a link that this browser did not ask for. */
  confirmSignIn(token: string, email: string): Promise<void>;
  /** Says and opens what came along on signing in. */
  welcome(signedIn: SignedIn): Promise<void>;
  signIn(): Promise<void>;
}

export class Account {
  /** Whom the panel shows as signed in. */
  email: string | undefined;
  /** What the panel opens with is no news. */
  #known = false;
  /** Why nobody is signed in any more. */
  #why: string | undefined;

  constructor(readonly panel: AccountPanel) {}

  /** Shows who is signed in now; `message` explains why it is nobody any more. */
  sync(message = this.#why ?? this.panel.words.loggedOut): void {
    const { panel } = this;
    const { client, host, words } = panel;
    const { user = null } = client.session.stored;
    const email = user?.email;
    const changed = this.email !== email;
    this.email = email;
    panel.showUser(email);
    const news = changed && this.#known;
    this.#known = true;
    if (!news) return;
    panel.closeViews();
    panel.notice(email ? say(words.signedInAs, { email }) : message);
    host.emit("auth-change", { user });
  }

  /** Forgets the person who logged out or deleted the account; `message` says which. */
  signOut(message: string): void {
    this.#why = message;
    this.panel.conversation.signOut();
    this.#why = undefined;
  }

  /**
   * Exchanges the token of a mailed link for a session. Asks first where another browser asked for the
   * link, and where somebody is signed in: that is what a link without the browser's proof brings about.
   */
  async verify(token: string): Promise<void> {
    const { client } = this.panel;
    const { token: live, browser_id } = client.session.stored;
    try {
      const proof = live || !browser_id ? {} : { browser_id };
      const confirmed = false;
      const signedIn = await client.signIn("/api/v1/auth/verify", { token, confirmed, ...proof });
      this.panel.conversation.look();
      await this.panel.welcome(signedIn);
    } catch (error) {
      if ((error as ChatKitError).code !== "other_browser") throw error;
      await this.panel.confirmSignIn(token, (error as ChatKitError).email!);
    }
  }

  /** Suggests signing up after the fifth answer, once ever. */
  suggest(answers: number): void {
    const { client, words } = this.panel;
    if (this.email || !OFFERS_SIGN_IN || client.session.stored.prompted || answers < 5) return;
    client.session.update({ prompted: true });
    this.panel.notice(words.prompt, {
      action: [words.signIn, () => this.panel.signIn()],
      part: "prompt",
    });
  }
}
