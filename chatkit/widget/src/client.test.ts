import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Access } from "./access.ts";
import { Client, type AnswerEvent, type AnswerProgress } from "./client.ts";
import { ChatKitError } from "./errors.ts";

const USER = { email: "ada@example.com", tier: "lightweight" };
const QUESTION = {
  message: "Why?",
  context: { mode: "chat" as const, session_id: "0b6d1ff5-8e4e-4b1a-9b5b-0d8f7f4c2a11" },
};
const MESSAGE = "7d3c1a52-1f5e-4f0b-8c9d-2b6a4e8f0c13";
const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let client: Client;
let access: Access;
let delays: number[];
let handler: Handler;
let requests: { method: string; url: string; token: string | undefined; body: string }[];
let resumedAfter: (string | undefined)[];

beforeEach(async () => {
  // What a browser has and Node has not.
  const stored = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  let turn = Promise.resolve();
  const request = (_: string, work: () => Promise<void>) =>
    (turn = turn.catch(() => {}).then(work));
  vi.stubGlobal("navigator", { locks: { request }, onLine: true });
  vi.spyOn(console, "error").mockImplementation(() => {});

  vi.stubGlobal("addEventListener", () => {});

  requests = [];
  resumedAfter = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const token = request.headers.authorization?.replace("Bearer ", "");
    resumedAfter.push(request.headers["last-event-id"] as string | undefined);
    requests.push({ method: request.method!, url: request.url!, token, body });
    handler(request, response, body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubGlobal("location", new URL(base));
  client = new Client(base);
  access = new Access(client);
  delays = [0.01, 0.01];
  Object.assign(client.patience!, { delays });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

function respondError(
  response: ServerResponse,
  status: number,
  error: string,
  more: object = {},
): void {
  json(response, status, {
    detail: { error, message: "No.", request_id: "1a2b", ...more },
  });
}

/** Answers a refresh with a new token, and everything else by whether the token is the new one. */
const rotating: Handler = (request, response) => {
  if (request.url!.endsWith("/refresh-token")) {
    json(response, 200, { token: "new", expires_at: hours(24) });
  } else if (request.headers.authorization === "Bearer new") {
    json(response, 200, { valid: true, user: USER });
  } else {
    respondError(response, 401, "unauthorized");
  }
};

/** Keeps a token of which less than half the life remains. */
function storeOldToken(): void {
  access.session.setToken("old", hours(24), USER);
  access.session.update({ since: Date.now() - 86_400_000 * 2 });
}

async function ask(progress: AnswerProgress = { message_id: MESSAGE }): Promise<AnswerEvent[]> {
  const events = [];
  const { signal } = new AbortController();
  for await (const event of client.ask(QUESTION, progress, signal)) events.push(event);
  return events;
}

async function failure(work: Promise<unknown>): Promise<ChatKitError> {
  const error = await work.then(() => undefined).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ChatKitError);
  return error as ChatKitError;
}

test("a call sends its body, its token and its path parameter", async () => {
  handler = (_, response) => json(response, 200, {});
  access.session.setToken("token", hours(24), USER);
  await client.send("patch", "/api/v1/chat/saved/{chat_id}", { title: "é" }, "5");
  expect(requests).toEqual([
    { method: "PATCH", url: "/api/v1/chat/saved/5", token: "token", body: '{"title":"é"}' },
  ]);
});

test("a GET sends its data as a query", async () => {
  handler = (_, response) => json(response, 200, {});
  await client.send("get", "/api/v1/chat/saved", { cursor: "a&b" });
  expect(requests[0]).toMatchObject({ url: "/api/v1/chat/saved?cursor=a%26b", body: "" });
});

test("an API under a path is called under it", async () => {
  handler = (_, response) => json(response, 200, {});
  await new Client(`${client.base}/chat`).send("get", "/api/v1/auth/session-check");
  expect(requests[0]!.url).toBe("/chat/api/v1/auth/session-check");
});

test("an answer without content is undefined", async () => {
  handler = (_, response) => response.writeHead(204).end();
  expect(await client.send("post", "/api/v1/auth/logout")).toBeUndefined();
});

test("signing in is never spoken for by an old token", async () => {
  handler = (_, response) =>
    json(response, 200, { session_token: "new", expires_at: hours(24), user_profile: USER });
  access.session.setToken("stale", hours(24), USER);
  await access.signIn("/api/v1/auth/verify", { token: "link" });
  expect(requests[0]!.token).toBeUndefined();
  expect(access.session.stored).toMatchObject({ token: "new", user: USER });
});

test("a token that needs a refresh is not refreshed to sign in", async () => {
  handler = (_, response) => json(response, 200, { status: "verification_sent" });
  storeOldToken();
  await client.send("post", "/api/v1/auth/resend-verification", { email: USER.email });
  expect(requests.map(({ url }) => url)).toEqual(["/api/v1/auth/resend-verification"]);
});

test("the error envelope becomes a typed error", async () => {
  handler = (_, response) => respondError(response, 429, "rate_limited", { retry_after: 9 });
  expect(await failure(client.send("post", "/api/v1/user/personalize", {}))).toMatchObject({
    code: "rate_limited",
    message: "No.",
    retryAfter: 9,
    requestId: "1a2b",
  });
});

test.each([
  [500, "unexpected"],
  [502, "unreachable"],
  [504, "unreachable"],
])("a %i that is no envelope is %s, with its request id", async (status, code) => {
  handler = (_, response) => response.writeHead(status, { "X-Request-ID": "3c4d" }).end("<h1>");
  expect(await failure(client.send("get", "/api/v1/user/export"))).toMatchObject({
    code,
    requestId: "3c4d",
  });
});

test("an API that does not answer is unreachable", async () => {
  handler = (request) => request.socket.destroy();
  expect((await failure(client.send("get", "/api/v1/user/export"))).code).toBe("unreachable");
});

test("a reader without a network is offline, and nothing else is tried", async () => {
  handler = (request) => request.socket.destroy();
  vi.stubGlobal("navigator", { onLine: false });
  expect((await failure(client.send("get", "/api/v1/user/export"))).code).toBe("offline");
  expect(requests).toHaveLength(1);
  expect(console.error).not.toHaveBeenCalled();
});

test("without a network the longest delay stands before an attempt, and none is the last", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("navigator", { onLine: false });
  Object.assign(client.patience!, { delays: [1, 30] });
  const ended = vi.fn();
  void client.patience!.pause(2, new AbortController().signal)!.then(ended);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ended).toHaveBeenCalled();
});

test("an API that answers others only refuses this origin", async () => {
  handler = (request, response) =>
    request.method === "HEAD" ? response.end() : request.socket.destroy();
  vi.stubGlobal("location", new URL("https://docs.example.com"));
  expect((await failure(client.send("get", "/api/v1/user/export"))).code).toBe("origin_refused");
  expect(requests.at(-1)).toMatchObject({ method: "HEAD", url: "/widget/chatkit-widget.js" });
  expect(console.error).toHaveBeenCalledWith(expect.stringContaining("CORS_ORIGINS"));
});

test("an answer arrives event by event", async () => {
  handler = (_, response) => {
    response.write(
      'event: sources\ndata: {"sources":[]}\n\nevent: token\ndata: {"content":"a"}\n\n',
    );
    response.end('event: done\ndata: {"metadata":{},"citations":[]}\n\n');
  };
  expect(await ask()).toMatchObject([
    { type: "sources", sources: [] },
    { type: "token", content: "a" },
    { type: "done" },
  ]);
});

test("a stream is read to its end, so that no request is cut off", async () => {
  let ended: boolean | undefined;
  handler = (_, response) => {
    response.write('event: done\nid: 1\ndata: {"metadata":{}}\n\n');
    response.on("close", () => (ended = response.writableFinished));
    setTimeout(() => response.end(), 50);
  };
  await ask();
  await vi.waitFor(() => expect(ended).toBe(true), 30_000);
});

test("what breaks after the answer is complete is no failure", async () => {
  handler = (_, response) => {
    response.write('event: done\nid: 1\ndata: {"metadata":{}}\n\n');
    setTimeout(() => response.destroy(), 20);
  };
  expect((await ask()).map(({ type }) => type)).toEqual(["done"]);
  expect(requests).toHaveLength(1);
});

test("an event that cannot be read breaks the stream without its words", async () => {
  handler = (_, response) => response.end("event: token\ndata: {ada@example.com\n\n");
  const error = await failure(ask());
  expect([error.code, error.message]).toEqual(["stream_broken", ""]);
});

test("an error event ends the answer with the envelope's error", async () => {
  handler = (_, response) =>
    response.end(
      'event: error\ndata: {"detail":{"error":"service_unavailable","message":"Later.","request_id":"1"}}\n\n',
    );
  expect(await failure(ask())).toMatchObject({ code: "service_unavailable", message: "Later." });
});

test.each([
  ["ends early", (response: ServerResponse) => response.end()],
  ["is cut", (response: ServerResponse) => response.destroy()],
])("a stream that %s is broken", async (_, end) => {
  handler = (_request, response) => {
    response.write('event: token\ndata: {"content":"a"}\n\n');
    setTimeout(() => end(response), 20);
  };
  expect((await failure(ask())).code).toBe("stream_broken");
});

test("an answer whose connection broke is resumed after its latest event", async () => {
  handler = (request, response) => {
    if (request.url!.endsWith("/stream")) {
      response.write('event: token\nid: 1\ndata: {"content":"a"}\n\n');
      setTimeout(() => response.destroy(), 20);
    } else {
      response.write('event: token\nid: 2\ndata: {"content":"b"}\n\n');
      response.end('event: done\nid: 2\ndata: {"metadata":{}}\n\n');
    }
  };
  const events = await ask();
  expect(events.map(({ type }) => type)).toEqual(["token", "waiting", "token", "done"]);
  expect(
    requests.map(({ url, body }) => [url.split("/").pop(), JSON.parse(body).message_id]),
  ).toEqual([
    ["stream", MESSAGE],
    ["resume", MESSAGE],
  ]);
  expect(resumedAfter).toEqual([undefined, "1"]);
});

test("a connection that breaks again and again is given up only when nothing new came", async () => {
  handler = (request, response) => {
    const next = Number(request.headers["last-event-id"] ?? 0) + 1;
    response.write(`event: token\nid: ${next}\ndata: {"content":"a"}\n\n`);
    if (next > delays.length + 2) response.end("event: done\ndata: {}\n\n");
    else setTimeout(() => response.destroy(), 20);
  };
  expect((await ask()).at(-1)).toMatchObject({ type: "done" });
});

test("an answer that never began is not asked for again", async () => {
  handler = (request) => request.socket.destroy();
  expect((await failure(ask())).code).toBe("unreachable");
  expect(requests.filter(({ url }) => url.endsWith("/stream"))).toHaveLength(1);
});

test("an answer that a reload interrupted is resumed", async () => {
  handler = (_, response) => response.end('event: done\nid: 9\ndata: {"metadata":{}}\n\n');
  await ask({ message_id: MESSAGE, last_event_id: "9" });
  expect([requests[0]!.url.split("/").pop(), resumedAfter[0]]).toEqual(["resume", "9"]);
});

test("an answer that the server no longer has is not waited for", async () => {
  handler = (_, response) => respondError(response, 404, "not_found");
  expect((await failure(ask({ message_id: MESSAGE, last_event_id: "9" }))).code).toBe("not_found");
  expect(requests).toHaveLength(1);
});

test("stopping ends the request without a ChatKitError", async () => {
  let closed = false;
  handler = (request, response) => {
    response.write('event: token\ndata: {"content":"a"}\n\n');
    request.socket.on("close", () => (closed = true));
  };
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of client.ask(QUESTION, { message_id: MESSAGE }, stop.signal)) stop.abort();
  })();
  await expect(reading).rejects.not.toBeInstanceOf(ChatKitError);
  await vi.waitFor(() => expect(closed).toBe(true), 30_000);
});

test("stopping before anything has come is no failure of the API", async () => {
  const stop = new AbortController();
  handler = () => stop.abort();
  const reading = client.ask(QUESTION, { message_id: MESSAGE }, stop.signal).next();
  await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  expect(console.error).not.toHaveBeenCalled();
});

test("a token in the second half of its life is refreshed before the call", async () => {
  handler = rotating;
  storeOldToken();
  await client.send("get", "/api/v1/auth/session-check");
  expect(requests.map(({ url, token }) => [url.split("/").pop(), token])).toEqual([
    ["refresh-token", "old"],
    ["session-check", "new"],
  ]);
  expect(access.session.stored.user).toEqual(USER);
});

test("many calls at once refresh the token once", async () => {
  handler = rotating;
  storeOldToken();
  await Promise.all([1, 2, 3].map(() => client.send("get", "/api/v1/auth/session-check")));
  expect(requests.filter(({ url }) => url.endsWith("/refresh-token"))).toHaveLength(1);
});

test("a token that is refreshed while the reader logs out is not kept", async () => {
  handler = (request, response, body) => {
    access.session.leave();
    rotating(request, response, body);
  };
  storeOldToken();
  await client.send("get", "/api/v1/auth/session-check").catch(() => {});
  expect(access.session.stored.token).toBeUndefined();
});

test("a token that cannot be stored is used all the same, and refreshed once", async () => {
  handler = rotating;
  storeOldToken();
  vi.spyOn(localStorage, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  await client.send("get", "/api/v1/auth/session-check");
  await client.send("get", "/api/v1/auth/session-check");
  expect(requests.map(({ token }) => token)).toEqual(["old", "new", "new"]);
});

test("who signs in another one's place makes that one leave", async () => {
  handler = (_, response) =>
    json(response, 200, { session_token: "new", expires_at: hours(24), user_profile: USER });
  access.session.setToken("other", hours(24), { ...USER, email: "bob@example.com" });
  await access.signIn("/api/v1/auth/verify", { token: "link" });
  const { left } = access.session.stored;
  expect(left).toBeTypeOf("number");
  await access.signIn("/api/v1/auth/verify", { token: "link" });
  expect(access.session.stored).toMatchObject({ token: "new", user: USER, left });
});

test("a network failure while refreshing is tried once more", async () => {
  let blips = 1;
  handler = (request, response, body) =>
    blips-- > 0 ? request.socket.destroy() : rotating(request, response, body);
  storeOldToken();
  expect(await client.send("get", "/api/v1/auth/session-check")).toMatchObject({ valid: true });
});

test("a network failure never signs out", async () => {
  handler = (request) => request.socket.destroy();
  storeOldToken();
  expect((await failure(client.send("get", "/api/v1/user/export"))).code).toBe("unreachable");
  expect(access.session.stored.token).toBe("old");
});

test.each(["session_expired", "unauthorized"])("%s clears the token", async (code) => {
  handler = (_, response) => respondError(response, 401, code);
  access.session.setToken("token", hours(24), USER);
  expect((await failure(client.send("get", "/api/v1/user/export"))).code).toBe(code);
  expect(access.session.stored.token).toBeUndefined();
});

test("a link that is used up does not sign out who is signed in", async () => {
  handler = (_, response) => respondError(response, 401, "invalid_token");
  access.session.setToken("token", hours(24), USER);
  await failure(access.signIn("/api/v1/auth/verify", { token: "used" }));
  expect(access.session.stored.token).toBe("token");
});

test("a token that another tab refreshed meanwhile is used instead", async () => {
  handler = (request, response, body) => {
    access.session.setToken("new", hours(24));
    rotating(request, response, body);
  };
  access.session.setToken("old", hours(24), USER);
  await client.send("get", "/api/v1/auth/session-check");
  expect(requests.map(({ token }) => token)).toEqual(["old", "new"]);
});

test.each([
  ["is refused", hours(24)],
  ["is refreshed", hours(1)],
])("nothing is sent for another who signed in while a token %s", async (_, expires) => {
  handler = (_, response) => {
    access.session.setToken("bob", hours(24), { ...USER, email: "bob@example.com" });
    respondError(response, 401, "session_expired");
  };
  access.session.setToken("old", expires, USER);
  if (expires === hours(1)) access.session.update({ since: 0 });
  expect((await failure(client.send("get", "/api/v1/user/export"))).code).toBe("session_expired");
  expect(requests.map(({ token }) => token)).toEqual(["old"]);
  expect(access.session.stored.token).toBe("bob");
});

test("an answer that is no JSON is an error without its words", async () => {
  handler = (_, response) => response.end("<html>ada@example.com");
  const failure = await client.send("get", "/api/v1/chat/saved").catch((error) => error);
  expect(failure).toBeInstanceOf(ChatKitError);
  expect(failure).toMatchObject({ code: "unexpected" });
  expect(failure.message).not.toContain("ada@");
});
