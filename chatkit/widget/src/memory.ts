/** What this browser keeps of a conversation: for a reload of its tab, and among the recent ones. */
import type { Access } from "./access.ts";
import type { Conversation } from "./conversations.ts";
import { complete, type LocalMessage, siftMessages } from "./messages.ts";
import { RecentConversations } from "./recent.ts";
import { type Session, UUID } from "./session.ts";
import { Store } from "./store.ts";

/** What a tab keeps for a reload. */
export interface Tab {
  messages: LocalMessage[];
  draft: string;
  open: boolean;
  /** Which questions follow on each other. */
  conversation: string;
  /** It is saved in the account. */
  saved: boolean;
  /** When somebody had last logged out. */
  left: number;
}

function sift(stored: Record<string, unknown>): Partial<Tab> {
  const { messages, draft, open, conversation, saved, left } = stored;
  const kept: Partial<Tab> = { messages: siftMessages(messages) };
  if (typeof draft === "string") kept.draft = draft;
  if (typeof open === "boolean") kept.open = open;
  if (typeof conversation === "string" && UUID.test(conversation)) kept.conversation = conversation;
  if (saved === true) kept.saved = true;
  if (typeof left === "number") kept.left = left;
  return kept;
}

export class Memory {
  readonly recent: RecentConversations;
  readonly session: Session;
  #tab: Store<Tab>;
  /** When somebody had last logged out, as far as this page knows. */
  #left: number | undefined;

  constructor(
    readonly conversation: Conversation,
    readonly access: Access,
  ) {
    const session = (this.session = access.session);
    const { key } = session;
    access.leaving = () => this.recent.clear();
    this.recent = new RecentConversations(conversation.client.base);
    this.#tab = new Store("sessionStorage", key, sift);
    this.#left = session.stored.left;
    conversation.keeper = this;
    this.#restore();
    addEventListener("storage", ({ key: changed }) => {
      // Without a key, all was cleared.
      if (!changed || changed === key) this.look();
    });
    addEventListener("pageshow", () => this.look());
    addEventListener("pagehide", () => this.store());
    // A phone ends a page that is hidden without another word.
    document.addEventListener("visibilitychange", () => document.hidden && this.store());
  }

  /** Looks who is signed in now, and forgets whose conversation this was if they left. */
  look(): void {
    this.#leaveIfLeft();
    this.conversation.tell((view) => view.userChanged());
  }

  /** Forgets the person who logged out or deleted the account, in every tab. */
  signOut(): void {
    // First, because other tabs look at it as soon as they hear of the leaving.
    this.recent.clear();
    this.session.leave();
    this.look();
  }

  /** Forgets one of the recent conversations, also when it is the one that is shown. */
  forget(id: string): void {
    if (id === this.conversation.id) this.conversation.replace();
    this.recent.remove(id);
  }

  store(): void {
    this.#leaveIfLeft();
    const { used, messages, draft, open, saved, id: conversation } = this.conversation;
    if (!used) return;
    this.#tab.update({
      messages: [...messages],
      draft,
      open,
      saved,
      conversation,
      left: this.#left,
    });
    this.keepRecent();
  }

  keepRecent(): void {
    const { id, messages } = this.conversation;
    if (id) this.recent.keep(id, complete(messages));
  }

  /** Takes up what this tab has kept, unless a conversation has begun meanwhile. */
  #restore(): void {
    const { conversation } = this;
    const { messages = [], draft = "", open, conversation: id, saved, left } = this.#tab.stored;
    if (conversation.used) return this.store();
    // It may have been closed before it could be seen.
    conversation.open ??= open;
    conversation.used = open !== undefined || !!messages[0];
    // Unless somebody logged out while this tab was elsewhere.
    if (left !== this.#left) return this.store();
    // What was typed meanwhile comes after it.
    conversation.draft = draft + conversation.draft;
    conversation.id = id;
    conversation.show(messages);
    conversation.saved = !!saved;
  }

  /** Forgets everything when somebody has logged out since this page last looked. */
  #leaveIfLeft(): void {
    const { left } = this.session.stored;
    if (left === this.#left) return;
    this.#left = left;
    this.conversation.forget();
    this.store();
  }
}

const all = new WeakMap<Conversation, Memory>();

/** What this browser keeps of a conversation, which all widgets of a page share. */
export function memoryOf(conversation: Conversation, access: Access): Memory {
  let memory = all.get(conversation);
  if (!memory) all.set(conversation, (memory = new Memory(conversation, access)));
  return memory;
}
