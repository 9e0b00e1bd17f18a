// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "./session.ts";

const ORIGIN = "https://chat.example.com";
const USER = { email: "ada@example.com", tier: "lightweight" };
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("reading stores nothing", () => {
  const session = new Session(ORIGIN);
  expect([session.stored.token, session.stored.anonymous, session.needsRefresh]).toEqual([
    undefined,
    undefined,
    false,
  ]);
  expect(localStorage).toHaveLength(0);
});

test("everything is stored under one key of the API's origin", () => {
  const session = new Session(ORIGIN);
  session.anonymousId();
  session.setToken("token", inHours(24), USER);
  expect(Object.keys(localStorage)).toEqual([`chatkit:${ORIGIN}`]);
});

test("two APIs do not see each other's sessions", () => {
  new Session(ORIGIN).setToken("token", inHours(24), USER);
  expect(new Session("https://other.example.com").stored.token).toBeUndefined();
});

test("the anonymous id is a UUID of version 4, and stays", () => {
  const id = new Session(ORIGIN).anonymousId();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Session(ORIGIN).anonymousId()).toBe(id);
});

test("a token that another tab rotated is seen at once", () => {
  const session = new Session(ORIGIN);
  session.setToken("old", inHours(24), USER);
  new Session(ORIGIN).setToken("new", inHours(24));
  expect(session.stored).toMatchObject({ token: "new", user: USER });
});

test("a token needs a refresh once less than half of its life remains", () => {
  vi.useFakeTimers();
  const session = new Session(ORIGIN);
  session.setToken("token", inHours(24), USER);
  vi.advanceTimersByTime(11.9 * 3_600_000);
  expect(session.needsRefresh).toBe(false);
  vi.advanceTimersByTime(0.2 * 3_600_000);
  expect(session.needsRefresh).toBe(true);
});

test("clearing the token keeps the anonymous id", () => {
  const session = new Session(ORIGIN);
  const id = session.anonymousId();
  session.setToken("token", inHours(24), USER);
  session.clearToken();
  expect(session.stored).toMatchObject({ anonymous: id });
  expect(localStorage.getItem(session.key)).not.toMatch(/token|ada@/);
});

test.each([
  ["no list", "[]"],
  ["no UUID", '{"anonymous":"1","browser_id":"../x"}'],
  ["no words", '{"anonymous":null,"prompted":"yes","left":"now"}'],
  ["a token without whose it is", '{"token":"t","expires_at":"2030-01-01T00:00:00Z","since":1}'],
  ["a user without a token", '{"user":{"email":"ada@example.com","tier":"full"}}'],
  ["a user of another shape", '{"token":"t","user":"ada"}'],
  ["a token that is none", '{"token":{"a":1},"user":{"email":"ada@example.com","tier":"full"}}'],
])("%s is dropped", (_, text) => {
  localStorage.setItem(`chatkit:${ORIGIN}`, text);
  const session = new Session(ORIGIN);
  expect(session.stored).toEqual({});
  expect(session.anonymousId()).toMatch(/^[0-9a-f-]{36}$/);
});

test("a token of which nobody knows how long it lasts is refreshed", () => {
  const session = new Session(ORIGIN);
  session.setToken("token", "tomorrow", USER);
  expect(session.needsRefresh).toBe(true);
});

test("leaving forgets the person, and says when", () => {
  const session = new Session(ORIGIN);
  session.anonymousId();
  session.browserId();
  session.update({ prompted: true });
  session.setToken("token", inHours(24), USER);
  session.leave();
  const { left, ...rest } = session.stored;
  expect(rest).toEqual({ prompted: true });
  session.leave();
  expect(session.stored.left).toBeGreaterThan(left!);
  expect(localStorage.getItem(session.key)).not.toContain("ada@");
});
