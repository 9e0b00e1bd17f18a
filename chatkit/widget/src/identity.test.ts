// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Access } from "./access.ts";
import { Conversation } from "./conversations.ts";
import { setIdentity } from "./identity.ts";
import { Memory } from "./memory.ts";

const BASE = "https://chat.example.com";
const USER = { email: "ada@example.com", tier: "lightweight" };
const later = () => new Date(Date.now() + 86_400_000).toISOString();
const jwt = (sub: string, iss = "docs") => `e30.${btoa(JSON.stringify({ iss, sub }))}.x`;

type Answer = [status: number, body: unknown];

/** What the server answers a token that it takes. */
const signedIn = (session_token: string, email = "ada@site (docs)"): Answer => [
  200,
  { session_token, expires_at: later(), user_profile: { email, tier: "lightweight" } },
];
const refused = (status: number, error: string): Answer => [
  status,
  { detail: { error, message: "No." } },
];

let conversation: Conversation;
let memory: Memory;
let calls: [path: string, authorization: string | undefined][];
let answer: (path: string, authorization?: string) => Answer | Promise<Answer>;

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  calls = [];
  answer = (path) => {
    const whose = path.includes("identity") ? `${calls.length}` : "";
    return signedIn(`page-${whose}`);
  };
  vi.stubGlobal("fetch", async (url: string, { headers }: { headers: Record<string, string> }) => {
    const path = url.slice(BASE.length);
    const { Authorization } = headers;
    calls.push([path, Authorization]);
    const [status, body] = await answer(path, Authorization);
    return new Response(JSON.stringify(body), { status });
  });
  conversation = new Conversation(BASE);
  memory = new Memory(conversation, new Access(conversation.client));
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const session = () => memory.session;
const identityCalls = () => calls.filter(([path]) => path.endsWith("/identity")).length;

test("the page's token becomes a session, once for each reader of the page", async () => {
  await setIdentity(memory, () => Promise.resolve(jwt("ada")));
  expect(session().stored).toMatchObject({ token: "page-1", user: { email: "ada@site (docs)" } });
  await setIdentity(memory, jwt("ada"));
  expect(identityCalls()).toBe(1);
  await setIdentity(memory, jwt("ben"));
  expect(identityCalls()).toBe(2);
  expect(session().stored.token).toBe("page-3");
});

test.each([
  ["the same name at another site", jwt("ada"), jwt("ada", "elsewhere")],
  ["a name with the same FNV-1a", jwt("costarring"), jwt("liquid")],
])("%s is another reader's", async (_, one, other) => {
  await setIdentity(memory, one);
  await setIdentity(memory, other);
  expect(identityCalls()).toBe(2);
  expect(session().stored.token).toBe("page-3");
});

test.each([
  ["403", () => refused(403, "account_disabled")],
  ["429", () => refused(429, "rate_limited")],
  ["503", () => refused(503, "service_unavailable")],
  ["no answer", () => Promise.reject(new TypeError("Failed to fetch"))],
])("the reader before is signed out also when the next one's token meets %s", async (_, met) => {
  await setIdentity(memory, jwt("ada"));
  memory.recent.keep("theirs", []);
  answer = (path) => (path.endsWith("/identity") ? met() : [200, null]);
  await setIdentity(memory, jwt("ben"));
  expect(calls).toContainEqual(["/api/v1/auth/logout", "Bearer page-1"]);
  expect(session().stored).toEqual({ left: expect.any(Number) });
});

test("a reader who signed in by mail stays", async () => {
  session().setToken("mail", later(), USER);
  const asked = vi.fn(() => jwt("ben"));
  await setIdentity(memory, asked);
  await setIdentity(memory, null);
  expect([asked.mock.calls.length, calls.length, session().stored.token]).toEqual([0, 0, "mail"]);
});

test("one who signs in by mail while the page is asked stays, too", async () => {
  await setIdentity(memory, async () => {
    session().setToken("mail", later(), USER);
    return jwt("ben");
  });
  expect([calls.length, session().stored.token]).toEqual([0, "mail"]);
});

test("null signs out whom the page had signed in, whether or not the server answers", async () => {
  await setIdentity(memory, jwt("ada"));
  answer = () => [503, { detail: { error: "service_unavailable", message: "No." } }];
  await setIdentity(memory, null);
  expect(calls.at(-1)).toEqual(["/api/v1/auth/logout", "Bearer page-1"]);
  expect(session().stored.token).toBeUndefined();
});

test("when the session has ended, the page is asked again and the call goes on", async () => {
  await setIdentity(memory, () => jwt("ada"));
  const first = answer;
  answer = (path, authorization) => {
    if (authorization === "Bearer page-1")
      return [401, { detail: { error: "session_expired", message: "Over." } }];
    return first(path);
  };
  await conversation.client.send("get", "/api/v1/chat/saved");
  expect(calls.slice(1)).toEqual([
    ["/api/v1/chat/saved", "Bearer page-1"],
    ["/api/v1/auth/identity", undefined],
    ["/api/v1/chat/saved", "Bearer page-3"],
  ]);
});

test("what one reader asked for is not done for another who is there when the session has ended", async () => {
  let sub = "ada";
  await setIdentity(memory, () => jwt(sub));
  const first = answer;
  answer = (path, authorization) =>
    authorization === "Bearer page-1" ? refused(401, "session_expired") : first(path);
  sub = "ben";
  await expect(conversation.client.send("get", "/api/v1/chat/saved")).rejects.toMatchObject({
    code: "session_expired",
  });
  expect(calls.slice(1)).toEqual([
    ["/api/v1/chat/saved", "Bearer page-1"],
    ["/api/v1/auth/identity", undefined],
  ]);
  expect(session().stored.token).toBe("page-3");
});

test("a text is good once, so nobody asks for another", async () => {
  await setIdentity(memory, jwt("ada"));
  answer = () => [401, { detail: { error: "session_expired", message: "Over." } }];
  await expect(conversation.client.send("get", "/api/v1/chat/saved")).rejects.toThrow();
  expect(identityCalls()).toBe(1);
});

test.each([
  ["no JWT", () => "nonsense"],
  ["a failing function", () => Promise.reject(new Error("offline"))],
])("%s signs nobody in and tells the page's developer", async (_, identity) => {
  await setIdentity(memory, identity);
  expect([calls.length, session().stored.token]).toEqual([0, undefined]);
  expect(console.error).toHaveBeenCalledOnce();
});

test.each([
  ["no JWT", () => "Please log in."],
  ["a failing function", () => Promise.reject(new Error("401"))],
])("%s signs out whom the page had signed in", async (_, identity) => {
  await setIdentity(memory, jwt("ada"));
  await setIdentity(memory, identity);
  expect(calls.at(-1)).toEqual(["/api/v1/auth/logout", "Bearer page-1"]);
  expect(session().stored.token).toBeUndefined();
});

test("a token that is refused leaves alone who signed in by mail meanwhile", async () => {
  answer = () => {
    session().setToken("mail", later(), USER);
    return refused(403, "account_disabled");
  };
  await setIdentity(memory, jwt("ada"));
  expect(session().stored).toMatchObject({ token: "mail", user: USER });
});

test("what the page said last counts", async () => {
  let signIn: (token: string) => void = () => {};
  const first = setIdentity(memory, () => new Promise((resolve) => (signIn = resolve)));
  await setIdentity(memory, null);
  signIn(jwt("ada"));
  await first;
  expect([calls.length, session().stored.token]).toEqual([0, undefined]);
});

test.each([
  ["nobody", null, undefined],
  ["another reader", jwt("ben"), "page-2"],
])("a session that comes when the page has said %s is ended unseen", async (_, next, token) => {
  let reply: (answer: Answer) => void = () => {};
  const first = answer;
  const asked = new Promise<void>((resolve) => {
    answer = () => {
      answer = first;
      resolve();
      return new Promise((late) => (reply = late));
    };
  });
  const late = setIdentity(memory, jwt("ada"));
  await asked;
  await setIdentity(memory, next);
  reply(signedIn("late"));
  await late;
  expect(calls.at(-1)).toEqual(["/api/v1/auth/logout", "Bearer late"]);
  expect(session().stored.token).toBe(token);
});

test("who signs in by mail while the page's token is exchanged stays", async () => {
  answer = (path) => {
    if (path.endsWith("/identity")) session().setToken("mail", later(), USER);
    return signedIn("late");
  };
  await setIdentity(memory, jwt("ada"));
  expect(calls.at(-1)).toEqual(["/api/v1/auth/logout", "Bearer late"]);
  expect(session().stored).toMatchObject({ token: "mail", user: USER });
});
