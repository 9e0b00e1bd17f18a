/** What follows on signing in: who is signed in is shown, and what came along is said and opened. */
import type { SignedIn } from "../client.ts";
import { signedInAs } from "../profile.ts";
import type { Stage } from "./stage.ts";

/** Shows that somebody has signed in, and what the server has saved for them of what they asked before. */
export async function welcome(stage: Stage, { chat_ids }: SignedIn): Promise<void> {
  const { words, client, opener } = stage;
  const {
    conversation,
    memory,
    access: { session },
  } = opener;
  if (session.stored.leaves_behind) {
    // Nothing more is asked or saved under what the reader leaves behind, in no tab; it stays among the recent ones.
    conversation.replace();
    session.leaveBehind();
  }
  memory.look();
  const [newest] = chat_ids;
  if (!newest) return;
  // In the tab that asked it stands on the page already.
  if (!conversation.messages[0]) {
    const path = "/api/v1/chat/saved/{chat_id}";
    const { left } = session.stored;
    const chat = await client.send("get", path, undefined, newest);
    // Unless the reader has left meanwhile.
    if (session.stored.left !== left || !session.stored.user) return;
    opener.showConversation(chat.messages, chat.title, chat.conversation_id ?? undefined);
  }
  opener.noteSaved();
  const cameAlong = stage.say(words.cameAlong, { count: chat_ids.length });
  opener.notice(`${signedInAs(session.stored.user!, words)} ${cameAlong}`);
}
