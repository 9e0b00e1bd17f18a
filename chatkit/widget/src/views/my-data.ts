/** My data: who is signed in and where, what is kept, and the ways out. */
import { button, h, type Content } from "../dom.ts";
import { shownAs } from "../profile.ts";
import { pieces } from "../words.ts";
import { dayAndTime, listed } from "./dates.ts";
import { field, form, secondary, type Stage } from "./stage.ts";

/** What the server keeps of a person, counted. */
type Kept = Record<"saved_chats" | "questions" | "ratings", number>;

export function showMyData(stage: Stage): Promise<void> {
  const { words, client, opener } = stage;
  const allowed = h("small", { className: "muted" });
  const logOut = stage.action(words.logOut, "secondary", "logout", async () => {
    await client.send("post", "/api/v1/auth/logout");
    opener.signOut(words.loggedOut);
  });
  logOut.setAttribute("part", "logout");
  const who = h("span", { dir: "auto" }, shownAs(opener.access.session.stored.user!));
  const place = h("div");
  stage.show(
    words.account,
    h("div", { className: "line" }, h("div", {}, who, allowed), logOut),
    place,
  );
  return stage.fill(place, "account", async () => {
    const [{ kept, question_limit }, { sessions }] = await Promise.all([
      client.send("get", "/api/v1/user"),
      client.send("get", "/api/v1/auth/sessions"),
    ]);
    if (question_limit?.seconds === 60) {
      allowed.textContent = stage.say(words.mayAsk, { count: question_limit.questions });
    }
    return [
      part(words.sessions, sessionList(stage, place, sessions)),
      part(
        words.yourData,
        h("p", { className: "muted small" }, `${listed([...counted(stage, kept)], words.locale)}.`),
        h("div", { className: "buttons" }, download(stage)),
      ),
      deletion(stage, kept),
    ];
  });
}

/** A part of the view under its heading. */
function part(title: string, ...content: Content[]): HTMLElement {
  return h("div", { className: "part" }, h("h3", {}, title), ...content);
}

/** Says how much there is of each kind. */
function counted(stage: Stage, { saved_chats, questions, ratings }: Kept) {
  const { words } = stage;
  return [
    stage.say(words.savedChats, { count: saved_chats }),
    stage.say(words.questions, { count: questions }),
    stage.say(words.ratings, { count: ratings }),
  ] as const;
}

interface SignedInSession {
  id: string;
  device_name: string;
  last_seen_at: string;
  current: boolean;
}

/** Where the person is signed in, this browser first; each other one can be ended, and all at once. */
function sessionList(stage: Stage, place: HTMLElement, sessions: SignedInSession[]): HTMLElement {
  const { words, client, opener } = stage;
  const rows = [...sessions]
    .sort((one, other) => Number(other.current) - Number(one.current))
    .map(({ id, device_name, last_seen_at, current }) => {
      const seen = current ? words.thisBrowser : dayAndTime(new Date(last_seen_at), words.locale);
      const about = h(
        "div",
        {},
        h("span", {}, device_name),
        h("small", { className: "muted" }, seen),
      );
      const item = h("li", { className: "line" }, about);
      if (current) return item;
      const end = stage.action(words.endSession, "secondary", "end_session", async () => {
        await client.send("delete", "/api/v1/auth/sessions/{session_id}", undefined, id);
        const next = item.nextElementSibling ?? item.previousElementSibling;
        item.remove();
        (next?.querySelector("button") ?? place.querySelector<HTMLElement>(".end-all"))?.focus();
        opener.announce(stage.say(words.sessionIsEnded, { device: device_name }));
      });
      end.ariaLabel = `${words.endSession}: ${device_name}`;
      item.append(end);
      return item;
    });
  const all = stage.action(words.endAll, "secondary end-all", "logout_all", async () => {
    await client.send("post", "/api/v1/auth/logout-all");
    opener.signOut(words.loggedOutEverywhere);
  });
  const list = h("ul", { className: "entries", role: "list" }, ...rows);
  return h("div", { className: "form" }, list, h("div", { className: "buttons" }, all));
}

function download(stage: Stage): HTMLElement {
  const { words, client } = stage;
  return stage.action(words.download, "secondary", "export", async () => {
    const data = JSON.stringify(await client.send("get", "/api/v1/user/export"), null, 2);
    const href = URL.createObjectURL(new Blob([data], { type: "application/json" }));
    h("a", { href, download: "chatkit-data.json" }).click();
    URL.revokeObjectURL(href);
  });
}

/** Deleting the account: a button, then what goes with it and a word to type, then the button that does it. */
function deletion(stage: Stage, kept: Kept): HTMLElement {
  const { words, client, opener } = stage;
  const begin = button(words.deleteBegin, { className: "danger" }, () => ask());
  const text = h("p", { className: "muted small" }, words.deleteText);
  const calm = part(words.deleteHeading, text, h("div", { className: "buttons" }, begin));
  const ask = () => {
    // A writing system's cases and spaces are no matter of what was meant.
    const plain = (word: string) => word.replace(/\s/g, "").toLocaleLowerCase(words.locale);
    const confirmed = () => plain(input.value) === plain(words.deleteWord);
    const input = h("input", {
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: false,
      oninput: () => {
        remove.ariaDisabled = confirmed() ? null : "true";
        remove.classList.toggle("solid", confirmed());
      },
    });
    const remove = button(words.deleteAccount, { className: "danger" });
    remove.ariaDisabled = "true";
    const work = async () => {
      if (!confirmed()) return input.focus();
      await client.send("delete", "/api/v1/user");
      opener.signOut(words.deleted);
    };
    const keep = button(words.keepIt, secondary, () => {
      zone.replaceWith(calm);
      begin.focus();
    });
    const [chats, questions, ratings] = counted(stage, kept);
    const word = h("b", {}, words.deleteWord);
    const content = [
      h("h3", {}, words.deleteHeading),
      h("p", {}, stage.say(words.erases, { chats, questions, ratings })),
      field(pieces<Content>(words.typeToConfirm, { word }), input),
      h("div", { className: "buttons" }, remove, keep),
    ];
    const zone = form(stage, "delete_user", remove, work, ...content);
    zone.className = "zone";
    calm.replaceWith(zone);
    input.focus();
    // With its buttons, which may be below.
    zone.scrollIntoView({ block: "nearest" });
  };
  return calm;
}
