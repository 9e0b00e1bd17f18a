// What each widget is measured by: answers that come from nowhere, and waits for what is shown.

/** How the next answers are written: so many words, each in a task of its own, or all at once. */
export const answer = { words: 1, apart: false };

const task = () => new Promise((resolve) => setTimeout(resolve));

/** The pieces of an answer: paragraphs of forty words, with a little Markdown. */
export async function* pieces() {
  for (let word = 0; word < answer.words; word++) {
    if (answer.apart) await task();
    yield word % 40 === 39 ? "**end**.\n\n" : word % 20 === 10 ? "`code` " : "lighthouse ";
  }
}

/** A conversation of so many messages, questions and answers in turn, as `message` makes them. */
export function history(count, message) {
  const text = (n) => (n % 2 ? `The lighthouse **shines** every \`${n}\` seconds.` : `Where is ${n}?`);
  return Array.from({ length: count }, (_, n) => message(n % 2 === 1, text(n), n));
}

/** Resolves once a condition holds, looked at after every task and not only when a frame is drawn. */
export async function shown(condition) {
  while (!condition()) await task();
}

const routes = [];
const { fetch } = window;

/** Answers requests in place of a server, as a stream in the widget's own format. */
export function answers(path, type, format) {
  routes.push({ path, type, format });
}

window.fetch = async (input, options) => {
  const { pathname } = new URL(input.url ?? input, location.href);
  const route = routes.find(({ path }) => path.test(pathname));
  if (!route) return fetch(input, options);
  const { first, piece, last } = route.format;
  const stored = route.format.stored?.(`${options?.body}`);
  if (stored) return Response.json(stored);
  const encoder = new TextEncoder();
  window.answered = false;
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode(first()));
      for await (const text of pieces()) controller.enqueue(encoder.encode(piece(text)));
      controller.enqueue(encoder.encode(last()));
      controller.close();
      window.answered = true;
    },
  });
  return new Response(body, { headers: { "Content-Type": route.type } });
};

/** Time in which nothing else could happen. */
const long = { seconds: 0 };
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) long.seconds += duration / 1000;
}).observe({ type: "longtask" });

/** Does something and waits until it is drawn; returns the milliseconds that took, and of long tasks. */
export async function timed(work) {
  const before = performance.now();
  const { seconds } = long;
  await work();
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return { wall: performance.now() - before, long: (long.seconds - seconds) * 1000 };
}
