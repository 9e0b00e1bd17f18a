/** Parses a `text/event-stream`. */

/** One event of a `text/event-stream`. */
export interface ServerEvent {
  event: string;
  data: string;
  /** The last id the stream named: what it is resumed after. */
  id: string;
}

/**
 * Yields the events of a stream as they become complete. Bytes may be cut anywhere, also inside a
 * line, a line end or a character; an event that the stream breaks off is dropped, as the HTML
 * standard says.
 */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = "";
  let id = "";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      // A carriage return that ends the chunk may be the first half of a CRLF: it waits.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop()!;
      for (const line of lines) {
        if (!line) {
          if (data.length) yield { event, data: data.join("\n"), id };
          event = "";
          data = [];
        }
        const [, field, content = ""] = /^(\w+)(?:: ?(.*))?$/.exec(line) ?? [];
        if (field === "event") event = content;
        if (field === "id") id = content;
        if (field === "data") data.push(content);
      }
    }
  } finally {
    // Reached on a break of the consumer's loop too: nobody reads on, so the connection may go.
    reader.cancel().catch(() => {});
  }
}
