/** What the page calls who is signed in: by their address, or by the word of the site that signed them in. */
import type { User } from "./session.ts";
import { type AllWords, say } from "./words.ts";

/** Names them: by what the site calls them, by the site alone, or by their address. */
export const shownAs = ({ email, name, site }: User): string => name || site || email;

/** Says who is signed in. */
export function signedInAs(user: User, words: AllWords): string {
  const { name, site } = user;
  return site && !name
    ? say(words.signedInThrough, { site })
    : say(words.signedInAs, { email: shownAs(user) });
}
