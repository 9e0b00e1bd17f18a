/** Who is signed in: shown by the panel, here, in another tab, or nobody any more. */
import type { Access } from "./access.ts";
import type { SignedIn } from "./client.ts";
import type { Conversation } from "./conversations.ts";
import type { ChatKitError } from "./errors.ts";
import type { Memory } from "./memory.ts";
import { complete } from "./messages.ts";
import type { NoticeOptions } from "./notices.ts";
import { signedInAs } from "./profile.ts";
import type { User } from "./session.ts";
import type { AllWords } from "./words.ts";

/** The server that hands out this script writes `off` here where signing in is switched off. */
const SIGN_IN = "chatkit-sign-in:on";
export const OFFERS_SIGN_IN = SIGN_IN.endsWith("on");

/** And here the name of the provider that readers may sign in by, too. */
const PROVIDER = "chatkit-provider:";
export const PROVIDER_NAME = PROVIDER.slice(PROVIDER.indexOf(":") + 1);

/** What the account needs of the controls. */
export interface AccountControls {
  readonly host: { emit(name: string, detail?: object): unknown };
  readonly access: Access;
  readonly memory: Memory;
  readonly words: AllWords;
  readonly conversation: Conversation;
  notice(content: string, options?: NoticeOptions): unknown;
  /** Goes back to the conversation from what may be another person's. */
  closeViews(): void;
  /** Shows whose panel it is now. */
  showUser(user: User | null): void;
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

  constructor(readonly controls: AccountControls) {}

  /** Shows who is signed in now; `message` explains why it is nobody any more. */
  sync(message = this.#why ?? this.controls.words.loggedOut): void {
    const { controls } = this;
    const { access, host, words } = controls;
    const { user = null } = access.session.stored;
    const email = user?.email;
    const changed = this.email !== email;
    this.email = email;
    controls.showUser(user);
    const news = changed && this.#known;
    this.#known = true;
    if (!news) return;
    controls.closeViews();
    controls.notice(user ? signedInAs(user, words) : message);
    host.emit("auth-change", { user });
  }

  /** Forgets the person who logged out or deleted the account; `message` says which. */
  signOut(message: string): void {
    this.#why = message;
    this.controls.memory.signOut();
    this.#why = undefined;
  }

  /**
   * Exchanges the token of a mailed link for a session. Asks first where another browser asked for the
   * link, and where somebody is signed in: that is what a link without the browser's proof brings about.
   */
  async verify(token: string): Promise<void> {
    const { access } = this.controls;
    const { token: live, browser_id } = access.session.stored;
    try {
      const proof = live || !browser_id ? {} : { browser_id };
      const confirmed = false;
      const signedIn = await access.signIn("/api/v1/auth/verify", { token, confirmed, ...proof });
      this.controls.memory.look();
      await this.controls.welcome(signedIn);
    } catch (error) {
      if ((error as ChatKitError).code !== "other_browser") throw error;
      await this.controls.confirmSignIn(token, (error as ChatKitError).email!);
    }
  }

  /** Suggests signing up after the fifth answer, once ever. */
  suggest(): void {
    const {
      access: { session },
      words,
      conversation,
    } = this.controls;
    const answers = complete(conversation.messages).filter(
      ({ role }) => role === "assistant",
    ).length;
    if (this.email || !OFFERS_SIGN_IN || session.stored.prompted || answers < 5) return;
    session.update({ prompted: true });
    this.controls.notice(words.prompt, {
      action: [words.signIn, () => this.controls.signIn()],
      part: "prompt",
    });
  }
}
