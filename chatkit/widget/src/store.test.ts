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

test("where storage is full the record lives as long as the page", () => {
  const setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  vi.stubGlobal("localStorage", { getItem: () => null, setItem });
  const store = makeStore();
  store.update({ one: 1 });
  expect(store.stored).toEqual({ one: 1 });
});

test("a damaged record counts as none", () => {
  localStorage.setItem("key", "{");
  expect(makeStore().stored).toEqual({});
});
