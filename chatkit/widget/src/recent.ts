/** The conversations that this browser had lately, for readers without an account: few, short, and for a day. */
import { type LocalMessage, siftMessages } from "./messages.ts";
import { UUID } from "./session.ts";
import { Store } from "./store.ts";

/** A conversation that can be taken up again. */
export interface RecentConversation {
  id: string;
  /** When it was last shown, in milliseconds. */
  at: number;
  messages: LocalMessage[];
}

const DAY_MS = 86_400_000;
const MAX_CONVERSATIONS = 8;
const MAX_MESSAGES = 40;
/** Letters of all of them, as they are stored: a site's storage holds five millions. */
const MAX_LETTERS = 400_000;

/** Those of the list that are no older than a day, the newest first, as many as may be kept. */
function bounded(list: RecentConversation[]): RecentConversation[] {
  let letters = MAX_LETTERS;
  return list
    .filter(({ at }) => Math.abs(Date.now() - at) < DAY_MS)
    .sort((one, other) => other.at - one.at)
    .slice(0, MAX_CONVERSATIONS)
    .filter((one) => {
      const { length } = JSON.stringify(one);
      const fits = length <= letters;
      if (fits) letters -= length;
      return fits;
    });
}

function sift({ list }: Record<string, unknown>): { list?: RecentConversation[] } {
  const found = (Array.isArray(list) ? list : []).flatMap((each) => {
    const { id, at, messages } = Object(each);
    const said = siftMessages(messages);
    return UUID.test(id) && typeof at === "number" && said[0] ? [{ id, at, messages: said }] : [];
  });
  return { list: bounded(found) };
}

/** The recent conversations with one API; kept in localStorage, apart from the session, which is read often. */
export class RecentConversations {
  #store: Store<{ list: RecentConversation[] }>;

  constructor(base: string) {
    this.#store = new Store("localStorage", `chatkit-recent:${base}`, sift);
  }

  /** The newest first. */
  get list(): readonly RecentConversation[] {
    return bounded([...(this.#store.stored.list ?? [])]);
  }

  /** Keeps what is complete of a conversation, in place of what was kept of it. */
  keep(id: string, messages: LocalMessage[]): void {
    const complete = messages.filter(({ state = "done" }) => /done|stopped/.test(state));
    const said = complete.slice(-MAX_MESSAGES);
    // A question and its answer at least.
    if (!said.some(({ role }) => role === "assistant")) return;
    const others = this.list.filter((other) => other.id !== id);
    this.#store.update({ list: bounded([{ id, at: Date.now(), messages: said }, ...others]) });
  }

  /** Forgets one of them. */
  remove(id: string): void {
    this.#store.update({ list: this.list.filter((other) => other.id !== id) });
  }

  /** Forgets all of them. */
  clear(): void {
    this.#store.update({ list: undefined });
  }
}
