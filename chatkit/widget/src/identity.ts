/** Signing in by the word of the page, which knows its readers. A part: loaded when a page calls `setIdentity`. */
import type { Access } from "./access.ts";
import { digest } from "./digest.ts";
import type { Memory } from "./memory.ts";

/** A signed token that says who the reader is, or what makes one; null when the page knows nobody. */
export type Identity = string | (() => string | Promise<string>) | null;

/** Signs in whom the page says, or out whom it had signed in; a reader who signed in by mail stays. */
export async function setIdentity(memory: Memory, identity: Identity): Promise<void> {
  const { access } = memory;
  access.identity = identity;
  // A text is good once; a function is asked again when the session has ended.
  const renews = typeof identity === "function";
  access.renew = renews ? () => identify(access, identity) : undefined;
  if (identity === null) {
    const { token, page } = access.session.stored;
    if (!token || page === undefined) return;
    // Whether or not the server hears of it, nobody is signed in here any more.
    await access.client.send("post", "/api/v1/auth/logout").catch(() => {});
    if (access.identity === null) memory.signOut();
    return;
  }
  await identify(access, identity);
  memory.look();
}

/** Exchanges the page's token for a session, unless its reader has one; returns whether there is a new one. */
async function identify(access: Access, identity: NonNullable<Identity>): Promise<boolean> {
  const { session } = access;
  const ownSignIn = () => !!session.stored.token && session.stored.page === undefined;
  if (ownSignIn()) return false;
  try {
    const token = typeof identity === "string" ? identity : await identity();
    const page = digest(subject(token));
    // Meanwhile the page may have said another thing, and the reader may have signed in.
    if (access.identity !== identity || ownSignIn()) return false;
    if (session.stored.token && session.stored.page === page) return false;
    await access.signIn("/api/v1/auth/identity", { token });
    session.update({ page });
    return true;
  } catch (error) {
    // For the page's developer: its reader can do nothing about it, and asks without an account.
    console.error(`ChatKit: setIdentity signed nobody in: ${(error as Error).message}`);
    return false;
  }
}

/** Whom a token is about; the server judges whether it is good. */
function subject(token: string): string {
  const payload = token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
  try {
    return `${JSON.parse(atob(payload)).sub}`;
  } catch {
    throw new Error("it was given no JWT.");
  }
}
