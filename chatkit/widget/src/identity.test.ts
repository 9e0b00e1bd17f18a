// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Access } from "./access.ts";
import { Conversation } from "./conversations.ts";
import { setIdentity } from "./identity.ts";
import { Memory } from "./memory.ts";

const BASE = "https://chat.example.com";
const USER = { email: "ada@example.com", tier: "lightweight" };
const later = () => new Date(Date.now() + 86_400_000).toISOString();
const jwt = (sub: string) => `e30.${btoa(JSON.stringify({ sub }))}.x`;

let conversation: Conversation;
let memory: Memory;
let calls: [path: string, authorization: string | undefined][];
let answer: (path: string, authorization?: string) => [status: number, body: unknown];

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  calls = [];
  answer = (path) => {
    const whose = path.includes("identity") ? `${calls.length}` : "";
    const user_profile = { email: "ada@site (docs)", tier: "lightweight" };
    return [200, { session_token: `page-${whose}`, expires_at: later(), user_profile }];
  };
  vi.stubGlobal("fetch", async (url: string, { headers }: { headers: Record<string, string> }) => {
    const path = url.slice(BASE.length);
    const { Authorization } = headers;
    calls.push([path, Authorization]);
    const [status, body] = answer(path, Authorization);
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
  expect(session().stored.token).toBe("page-2");
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

test("what the page said last counts", async () => {
  let signIn: (token: string) => void = () => {};
  const first = setIdentity(memory, () => new Promise((resolve) => (signIn = resolve)));
  await setIdentity(memory, null);
  signIn(jwt("ada"));
  await first;
  expect([calls.length, session().stored.token]).toEqual([0, undefined]);
});
