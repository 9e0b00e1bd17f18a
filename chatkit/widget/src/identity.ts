/** Signing in by the word of the page, which knows its readers. */
import type { Memory } from "./memory.ts";

/** A signed token that says who the reader is, or what makes one; null when the page knows nobody. */
export type Identity = string | (() => string | Promise<string>) | null;

/** What the page said by one call, even where another one says the same. */
interface Word {
  readonly identity: NonNullable<Identity>;
}

/** Signs in whom the page says, or out whom it had signed in; a reader who signed in by mail stays. */
export async function setIdentity(memory: Memory, identity: Identity): Promise<void> {
  const { access } = memory;
  access.renew = undefined;
  if (identity === null) {
    access.word = undefined;
    leave(memory);
    return;
  }
  const word: Word = (access.word = { identity });
  // A text is good once; a function is asked again when the session has ended.
  if (typeof identity === "function") access.renew = () => identify(memory, word);
  await identify(memory, word);
}

/** Exchanges the page's token for a session, unless its reader has one; returns whether there is a new one. */
async function identify(memory: Memory, word: Word): Promise<boolean> {
  const { access, session } = memory;
  const { client } = access;
  const { identity } = word;
  // Meanwhile the page may have said another thing, and the reader may have signed in.
  const isOver = () =>
    access.word !== word || (!!session.stored.token && session.stored.page === undefined);
  if (isOver()) return false;
  let page: string | undefined;
  try {
    const token = typeof identity === "string" ? identity : await identity();
    page = await subject(token);
    if (isOver()) return false;
    // Whatever becomes of this one, the reader before has gone.
    if (session.stored.page !== page) leave(memory);
    else if (session.stored.token) return false;
    const reply = await client.send("post", "/api/v1/auth/identity", { token });
    if (isOver()) {
      end(memory, reply.session_token);
      return false;
    }
    access.accept(reply, page);
    memory.look();
    return true;
  } catch (error) {
    // For the page's developer: its reader can do nothing about it, and asks without an account.
    console.error(`ChatKit: setIdentity signed nobody in: ${(error as Error).message}`);
    // Who is signed in stays by a token that says so alone.
    if (!isOver() && session.stored.token && session.stored.page !== page) leave(memory);
    return false;
  }
}

/** Signs out whom the page had signed in, with what was theirs in this browser. */
function leave(memory: Memory): void {
  const { token, page } = memory.session.stored;
  if (page === undefined) return;
  memory.signOut();
  if (token) end(memory, token);
}

/** Ends a session on the server; whether or not it hears of it, nobody has it here any more. */
function end({ access: { client } }: Memory, token: string): void {
  // In the name of that session alone, which is not renewed for it.
  client.request(token, "post", "/api/v1/auth/logout").catch(() => {});
}

/** Tells one reader of a site from another by whom a token is about; the server judges whether it is good. */
async function subject(token: string): Promise<string> {
  const payload = token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
  let text: string;
  try {
    const { iss, sub } = JSON.parse(atob(payload));
    text = JSON.stringify([iss, sub]);
  } catch {
    throw new Error("it was given no JWT.");
  }
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
