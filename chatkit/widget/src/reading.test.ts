// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Client } from "./client.ts";
import type { LocalMessage } from "./messages.ts";
import { Reading } from "./reading.ts";

const BASE = "https://chat.example.com";
const MESSAGE = "7d3c1a52-1f5e-4f0b-8c9d-2b6a4e8f0c13";

let answer: LocalMessage;
let reading: Reading;
let requests: string[];
/** Sends a piece of the stream to the reader. */
let send: (text: string) => void;
let cut: AbortSignal;
/** What the stream is answered with. */
let begin: () => Promise<Response>;

beforeEach(() => {
  requests = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      send = (text) => controller.enqueue(new TextEncoder().encode(text));
    },
  });
  begin = () => Promise.resolve(new Response(body));
  vi.stubGlobal("fetch", (url: string, { signal }: { signal: AbortSignal | null }) => {
    requests.push(url.slice(BASE.length));
    if (url.endsWith("/chat/stop")) return Promise.resolve(new Response(null, { status: 204 }));
    cut = signal!;
    return begin();
  });
  answer = { role: "assistant", content: "", state: "searching" };
  Object.assign(answer, { asked: { message: "Why?" }, progress: { message_id: MESSAGE } });
  reading = new Reading(new Client(BASE), answer, () => {});
});
afterEach(() => {
  reading.abandon();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const SOURCES = 'id: 0\nevent: sources\ndata: {"sources":[]}\n\n';
const TOKEN = 'id: 1\nevent: token\ndata: {"content":"It"}\n\n';

test("an answer of which something has come is stopped there at once", async () => {
  void reading.run(() => {});
  send(SOURCES);
  await vi.waitFor(() => expect(answer.state).toBe("reading"));
  reading.stop();
  expect(answer.state).toBe("stopped");
  expect(requests).toEqual(["/api/v1/chat/stream", "/api/v1/chat/stop"]);
});

test("an answer that the server may not know yet is stopped there, once, when something of it has come", async () => {
  void reading.run(() => {});
  reading.stop();
  expect(answer.state).toBe("stopped");
  expect(requests).toEqual(["/api/v1/chat/stream"]);
  send(SOURCES + TOKEN);
  await vi.waitFor(() => expect(requests).toHaveLength(2));
  send(TOKEN.replace("1", "2"));
  await new Promise((done) => setTimeout(done));
  expect(requests).toEqual(["/api/v1/chat/stream", "/api/v1/chat/stop"]);
  expect(answer).toMatchObject({ state: "stopped", content: "" });
  expect(cut.aborted).toBe(false);
});

test("a stopped answer of which nothing comes is cut off in the end", async () => {
  vi.useFakeTimers();
  void reading.run(() => {});
  reading.stop();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(cut.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(cut.aborted).toBe(true);
  expect(requests).toEqual(["/api/v1/chat/stream"]);
});

test("an unsent question is sent where nobody tells that there is a network", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("navigator", { onLine: false });
  const open = begin;
  let getThrough: () => void;
  begin = () => Promise.reject(new TypeError("Failed to fetch"));
  void reading.run(() => {});
  await vi.waitFor(() => expect(answer.state).toBe("offline"));
  begin = () => new Promise((resolve) => (getThrough = () => resolve(open())));
  await vi.advanceTimersByTimeAsync(15_000);
  // It is not said each time.
  expect(answer.state).toBe("offline");
  expect(requests).toEqual(["/api/v1/chat/stream", "/api/v1/chat/stream"]);
  getThrough!();
  send(SOURCES);
  await vi.waitFor(() => expect(answer.state).toBe("reading"));
});
