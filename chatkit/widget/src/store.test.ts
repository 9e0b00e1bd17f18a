// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Store } from "./store.ts";

beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function makeStore(): Store<{ one: number; two: number }> {
  return new Store("localStorage", "key", (stored) => stored);
}

test("an update changes only what it names, and undefined removes", () => {
  makeStore().update({ one: 1, two: 2 });
  makeStore().update({ one: undefined });
  expect(makeStore().stored).toEqual({ two: 2 });
});

test("what another tab stored is seen at once", () => {
  const store = makeStore();
  store.update({ one: 1 });
  localStorage.setItem("key", '{"one":2}');
  expect(store.stored).toEqual({ one: 2 });
});

test("where storage is blocked the record lives as long as the page", () => {
  vi.spyOn(globalThis, "localStorage", "get").mockImplementation(() => {
    throw new DOMException("blocked", "SecurityError");
  });
  const store = makeStore();
  store.update({ one: 1 });
  expect(store.stored).toEqual({ one: 1 });
});

/** Lets every write fail, as a full storage does. */
function fill(): void {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
}

test("where storage is full, what could not be written counts for more than what stands there", () => {
  const store = makeStore();
  store.update({ one: 1 });
  fill();
  store.update({ one: 2 });
  expect(store.stored).toEqual({ one: 2 });
  store.update({ two: 3 });
  expect(store.stored).toEqual({ one: 2, two: 3 });
});

test("what another tab writes after that counts again, and what can be written is", () => {
  const store = makeStore();
  store.update({ one: 1 });
  fill();
  store.update({ one: 2 });
  vi.restoreAllMocks();
  localStorage.setItem("key", '{"one":3}');
  expect(store.stored).toEqual({ one: 3 });
  store.update({ two: 4 });
  expect(makeStore().stored).toEqual({ one: 3, two: 4 });
});

test.each(["{", "null", "1", '"text"', "true", "", "undefined", "{]"])(
  "%s counts as nothing",
  (text) => {
    localStorage.setItem("key", text);
    expect(makeStore().stored).toEqual({});
    makeStore().update({ one: 1 });
    expect(makeStore().stored).toEqual({ one: 1 });
  },
);

test("only what was sifted is kept", () => {
  localStorage.setItem("key", '{"one":"many","two":2}');
  const store = new Store<{ two: number }>("localStorage", "key", ({ two }) =>
    typeof two === "number" ? { two } : {},
  );
  expect(store.stored).toEqual({ two: 2 });
});

test("a record of which everything is forgotten leaves nothing", () => {
  const store = makeStore();
  store.update({ one: 1 });
  store.update({ one: undefined });
  expect(localStorage).toHaveLength(0);
});
