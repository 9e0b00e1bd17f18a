/** Saves what is said in a conversation in the account of its reader. */
import type { Conversation } from "./conversations.ts";
import { complete } from "./messages.ts";

/** The server keeps this many messages of a chat. */
const MOST = 200;

/** Saves what is there; returns whether that is all that is shown by now, no answer being written before or after. */
export async function saveChat(conversation: Conversation): Promise<boolean> {
  const { client, pending, messages, id } = conversation;
  const shown = complete(messages);
  await client.send("post", "/api/v1/chat/save", {
    messages: shown.slice(-MOST),
    conversation_id: id ?? null,
  });
  if (pending || conversation.pending) return false;
  const now = complete(conversation.messages);
  // One that was written anew may be as long, and is another object.
  return now.length === shown.length && now.every((message, at) => message === shown[at]);
}
