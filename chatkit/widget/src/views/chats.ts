/** Chats: what an account has saved, or what this browser remembers without one. */
import { button, h, type Content } from "../dom.ts";
import { Icon } from "../icons.ts";
import { listed, period, when } from "./dates.ts";
import { field, form, secondary, type Stage } from "./stage.ts";

const CHAT = "/api/v1/chat/saved/{chat_id}";

/** A chat of the list, wherever it is kept. */
interface Listed {
  title: string;
  at: Date;
  questions: number;
  open(): Promise<unknown>;
  /** Undefined where a chat's title is its first question. */
  rename?: (title: string) => Promise<unknown>;
  remove(): Promise<unknown>;
}

/** Shows the chats, newest first: to open, rename and delete. */
export function showChats(stage: Stage): Promise<void> {
  const { words, opener } = stage;
  const place = h("div");
  if (opener.access.session.stored.token) {
    stage.show(words.history, place);
    return stage.fill(place, "history", async () => savedList(stage, place, []));
  }
  const foot = h("p", { className: "foot muted" }, words.withoutAccount);
  stage.show(words.history, place, foot);
  const { memory } = opener;
  const chats = memory.recent.list.map(({ id, at, messages }) => {
    const questions = messages.filter(({ role }) => role === "user");
    const title = (questions[0] ?? messages[0]!).content;
    return {
      title,
      at: new Date(at),
      questions: questions.length,
      open: async () => opener.showConversation(messages, title, id),
      remove: async () => memory.forget(id),
    };
  });
  place.replaceChildren(...list(stage, place, chats));
  return Promise.resolve();
}

/** The list of what is saved, with those that were loaded before, as far as the server told. */
async function savedList(
  stage: Stage,
  place: HTMLElement,
  before: Listed[],
  cursor?: string,
): Promise<Content[]> {
  const { words, client, opener } = stage;
  const query = cursor ? { cursor } : undefined;
  const { chats, next_cursor } = await client.send("get", "/api/v1/chat/saved", query);
  const found = chats.map(({ chat_id, title, saved_at, message_count }) => ({
    title,
    at: new Date(saved_at),
    questions: Math.ceil(message_count / 2),
    open: async () => {
      const chat = await client.send("get", CHAT, undefined, chat_id);
      if (place.isConnected) {
        opener.showConversation(chat.messages, chat.title, chat.conversation_id ?? undefined);
        opener.noteSaved();
      }
    },
    rename: (title: string) => client.send("patch", CHAT, { title }, chat_id),
    remove: () => client.send("delete", CHAT, undefined, chat_id),
  }));
  // A chat that was saved again is as new as its latest saving.
  const all = [...before, ...found].sort((one, other) => +other.at - +one.at);
  const older = stage.action(words.older, "secondary", "history", async () => {
    const content = await savedList(stage, place, all, next_cursor!);
    const seen = place.querySelectorAll("li").length;
    place.replaceChildren(...content);
    place.querySelectorAll<HTMLElement>("li > button:first-child")[seen]?.focus();
  });
  return [...list(stage, place, all), ...(next_cursor ? [older] : [])];
}

/** The chats under the headings of their time. */
function list(stage: Stage, place: HTMLElement, chats: Listed[]): Content[] {
  const { words } = stage;
  const content: Content[] = [];
  for (const name of ["today", "thisWeek", "earlier"] as const) {
    const rows = chats
      .filter(({ at }) => period(at) === name)
      .map((chat) => row(stage, place, chat));
    if (!rows[0]) continue;
    const list = h("ul", { className: "entries", role: "list", ariaLabel: words[name] }, ...rows);
    content.push(h("div", { className: "period" }, h("h3", {}, words[name]), list));
  }
  return content[0] ? content : [nothing(stage)];
}

function nothing({ words }: Stage): HTMLElement {
  return h("p", { className: "muted" }, words.nothingHere);
}

/** One chat, which becomes the form that renames it, or the question whether to delete it. */
function row(stage: Stage, place: HTMLElement, chat: Listed): HTMLElement {
  const { words } = stage;
  const item = h("li", { className: "line" });
  const show = (focused?: number) => {
    const { title, at, questions } = chat;
    const about = [stage.say(words.questions, { count: questions }), when(at, words.locale)];
    const open = stage.action("", "entry", "open_chat", chat.open);
    open.replaceChildren(
      h("span", { dir: "auto", className: "name" }, title),
      h("small", {}, listed(about, words.locale)),
    );
    const small = "bare quiet";
    const rename = button(
      `${words.rename}: ${title}`,
      { className: small, icon: Icon.pencil },
      () => showRename(),
    );
    const remove = button(`${words.delete}: ${title}`, { className: small, icon: Icon.bin }, () =>
      showRemove(),
    );
    const buttons = [open, ...(chat.rename ? [rename] : []), remove];
    item.replaceChildren(...buttons);
    if (focused !== undefined) buttons.at(focused)!.focus();
  };
  const showRename = () => {
    const input = h("input", { value: chat.title, required: true, maxLength: 200 });
    const submit = button(words.saveTitle, { className: "primary" });
    const work = async () => {
      await chat.rename!(input.value);
      chat.title = input.value;
      show(1);
    };
    const cancel = button(words.cancel, secondary, () => show(1));
    const buttons = h("div", { className: "buttons" }, submit, cancel);
    item.replaceChildren(form(stage, "rename", submit, work, field([words.title], input), buttons));
    escapes(item, () => show(1));
    input.focus();
    input.select();
  };
  const showRemove = () => {
    const remove = stage.action(words.delete, "danger solid", "delete_chat", async () => {
      await chat.remove();
      stage.opener.announce(stage.say(words.chatDeleted, { title: chat.title }));
      takeOut();
    });
    const keep = button(words.keepIt, secondary, () => show(-1));
    const label = `${words.delete}: ${chat.title}`;
    const buttons = h("div", { className: "buttons" }, remove, keep);
    const text = [h("b", { dir: "auto" }, chat.title), h("p", {}, words.cannotUndo)];
    item.replaceChildren(
      h("div", { className: "zone", role: "group", ariaLabel: label }, ...text, buttons),
    );
    escapes(item, () => show(-1));
    keep.focus();
  };
  /** Takes the row out, and with it a heading that has no other. The focus goes to the row that moves up. */
  const takeOut = () => {
    const items = [...place.querySelectorAll("li")];
    const index = items.indexOf(item);
    const next = items[index + 1] ?? items[index - 1];
    const group = item.closest("ul")!.parentElement!;
    item.remove();
    if (!group.querySelector("li")) group.remove();
    if (next) return next.querySelector("button")!.focus();
    const empty = nothing(stage);
    place.prepend(empty);
    empty.tabIndex = -1;
    empty.focus();
  };
  show();
  return item;
}

/** Lets Escape leave what a row has become, and not the view. */
function escapes(item: HTMLElement, leave: () => void): void {
  (item.firstElementChild as HTMLElement).onkeydown = (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    // On a phone the panel is a dialog, which Escape closes.
    event.preventDefault();
    leave();
  };
}
