/** Speaks for who is signed in with an API: sends the session's token, rotates it, notices its end, exchanges proofs for one. */
import {
  type Call,
  type Client,
  NO_ANSWER,
  type Operation,
  type RequestData,
  type SignedIn,
} from "./client.ts";
import { Connection } from "./connection.ts";
import { ChatKitError, isRequestError } from "./errors.ts";
import { Session } from "./session.ts";

type Verify = `/api/v1/auth/${"verify" | "verify-code"}`;

/** Calls that sign a reader in: a stale token must not be sent with them. */
const SIGN_IN_PATH = /auth.(signup|verify|resend|identity)/;
const SESSION_ENDED = /^(unauthorized|session_expired)$/;

const all = new WeakMap<Client, Access>();

/** The access to an API, which all widgets of a page share with its client. */
export function accessOf(client: Client): Access {
  let access = all.get(client);
  if (!access) all.set(client, (access = new Access(client)));
  return access;
}

export class Access {
  /** The page's last word on who the reader is, and how it says so anew when a session has ended; see identity.ts. */
  word: object | undefined;
  renew: (() => Promise<boolean>) | undefined;

  /** Called before somebody leaves because another one signs in. */
  leaving: () => void = () => {};

  /** What this browser keeps of who asks. */
  readonly session: Session;

  constructor(readonly client: Client) {
    const session = (this.session = new Session(client.base));
    const { anonymous } = client.session.stored;
    // What was asked before this came was asked under that id.
    if (anonymous) session.update({ anonymous });
    client.session = session;
    new Connection(client);
    client.authorize = (...call) => this.#authorize(...call);
  }

  /** Exchanges the token of a mailed link, or the code beside it, for a session. */
  async signIn<P extends Verify>(
    path: P,
    proof: RequestData<Operation<"post", P>>,
  ): Promise<SignedIn> {
    const reply = (await this.client.send("post", path, proof)) as SignedIn;
    this.accept(reply);
    return reply;
  }

  /** Keeps a new session; `page` tells whose it is where the page says so, and is forgotten otherwise. */
  accept(reply: SignedIn, page?: string): void {
    const { session } = this;
    // Somebody takes another one's place, who leaves by that.
    if (session.isAnother(reply.user_profile.email)) {
      this.leaving();
      session.leave();
    }
    session.setToken(reply.session_token, reply.expires_at, reply.user_profile);
    session.update({ browser_id: undefined, page });
  }

  /** Sends in the name of the session; where it has ended, the page may say once more that the same reader is here. */
  async #authorize(...call: Call): Promise<Response> {
    if (SIGN_IN_PATH.test(call[1])) return this.client.request(undefined, ...call);
    const { session } = this;
    const { page } = session.stored;
    try {
      return await this.#withToken(...call);
    } catch (error) {
      const ended = isRequestError(error) && SESSION_ENDED.test(error.code);
      if (!ended || !(await this.renew?.())) throw error;
      // What one reader wanted is not done in the name of another.
      if (session.stored.page !== page) throw error;
      return this.#withToken(...call);
    }
  }

  /** Sends with the session's token, never with another reader's; clears one that has ended, unless it was refreshed. */
  async #withToken(...call: Call): Promise<Response> {
    const { client, session } = this;
    const { user } = session.stored;
    const isAnothers = () => !!session.stored.user && session.stored.user.email !== user?.email;
    if (session.needsRefresh) await this.#refresh();
    // As the server would say it.
    if (isAnothers()) {
      throw new ChatKitError("session_expired", "Your session has ended. Sign in again.");
    }
    const { token } = session.stored;
    try {
      return await client.request(token, ...call);
    } catch (error) {
      if (!token || !(isRequestError(error) && SESSION_ENDED.test(error.code))) throw error;
      if (isAnothers()) throw error;
      const refreshed = session.stored.token;
      if (refreshed && refreshed !== token) return client.request(refreshed, ...call);
      session.clearToken();
      throw error;
    }
  }

  /**
   * Rotates the token, one tab at a time. When no answer comes the server may have rotated it all the
   * same; it accepts the old one for 30 s more, but only here. So this tries again, and an unreachable
   * API fails the call at hand instead of sending it with a token that may have ended.
   */
  async #refresh(): Promise<void> {
    const { client, session } = this;
    await navigator.locks.request(session.key, async () => {
      for (let again = true; session.needsRefresh; again = false) {
        const { token: old } = session.stored;
        try {
          const path = "/api/v1/auth/refresh-token";
          const response = await client.request(old, "post", path);
          const { token, expires_at } = await response.json();
          // Unless the reader has logged out meanwhile.
          if (session.stored.token === old) session.setToken(token, expires_at);
          return;
        } catch (error) {
          const { code } = error as ChatKitError;
          // Unless another reader has signed in meanwhile.
          if (session.stored.token && session.stored.token !== old) return;
          if (SESSION_ENDED.test(code)) session.clearToken();
          else if (!NO_ANSWER.test(code)) return;
          if (!again || !session.stored.token) throw error;
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
      }
    });
  }
}
