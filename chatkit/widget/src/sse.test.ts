import { expect, test } from "vitest";
import { serverEvents, type ServerEvent } from "./sse.ts";

const WIRE = 'event: sources\nid: 7\ndata: {"a":"é€😀"}\n\n: a comment\n\ndata: one\ndata: two\n\n';
const EVENTS = [
  { event: "sources", data: '{"a":"é€😀"}', id: "7" },
  { event: "", data: "one\ntwo", id: "7" },
];

/** Reads a wire text that arrives in pieces of so many bytes. */
async function read(wire: string, size = Infinity): Promise<ServerEvent[]> {
  const bytes = new TextEncoder().encode(wire);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) {
        controller.enqueue(bytes.slice(at, Math.min(at + size, bytes.length)));
      }
      controller.close();
    },
  });
  const events = [];
  for await (const event of serverEvents(stream)) events.push(event);
  return events;
}

test.each([1, 2, 3, 5, 7, Infinity])("pieces of %d bytes give the same events", async (size) => {
  expect(await read(WIRE, size)).toEqual(EVENTS);
});

test.each(["\n", "\r\n", "\r"])("lines may end in %j", async (end) => {
  expect(await read(WIRE.replaceAll("\n", end) + end, 1)).toEqual(EVENTS);
});

test("an event that the stream breaks off is dropped", async () => {
  expect(await read("data: one\n\ndata: two\n")).toMatchObject([{ data: "one" }]);
});

test("only the first space after the colon is not content", async () => {
  expect(await read("data:  a\n\ndata:b\n\n")).toMatchObject([{ data: " a" }, { data: "b" }]);
});

test("an event without data is none", async () => {
  expect(await read("event: ping\n\ndata: a\n\n")).toMatchObject([{ event: "", data: "a" }]);
});

test("a reader who leaves ends the stream", async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of serverEvents(stream)) break;
  expect(cancelled).toBe(true);
});
