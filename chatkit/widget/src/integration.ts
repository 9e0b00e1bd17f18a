/**
 * The integration harness: nine checks of this server and the real widget. Each row of the page is
 * `<li data-check="1..9" data-state="idle|running|passed|failed">`. What has been found, and what is
 * still to run, lives in sessionStorage, because a check may reload the page.
 */
import { scriptBase } from "./api-base.ts";
import { LOCAL_NOTICE } from "./attributes.ts";
import { Access } from "./access.ts";
import { Client } from "./client.ts";
import { ChatKitError } from "./errors.ts";
import { h } from "./dom.ts";
import type { ChatKitWidget } from "./element.ts";

const FIXTURE_TOKEN = "integration-test-session-token-12345";
const FIXTURE_USER = { email: "test@integration.local", tier: "lightweight" };
const DAY_MS = 86_400_000;
const RESTART_WAIT_MS = 120_000;
const ANSWER_WAIT_MS = 30_000;
const QUESTION = "How do I put the widget on my site?";
const MESSAGES = [
  { role: "user" as const, content: QUESTION },
  { role: "assistant" as const, content: "With a script and an element." },
];

type CheckState = "idle" | "running" | "passed" | "failed";

interface Check {
  name: string;
  /** Does the check; returns what was seen, or throws what was wrong. */
  run: () => Promise<string>;
}

/** What survives a reload. */
interface HarnessState {
  results: { state: CheckState; sentence: string }[];
  queue: number[];
  /** Set while the page reloads for the check of persistence. */
  reloading?: boolean;
  /** When the server had started before it was restarted. */
  startedAt?: string;
  /** The ids of the person's messages then. */
  messageIds?: string[];
}

/** One line of the console, as it was recorded. */
interface ConsoleLine {
  kind: string;
  text: string;
}

const lines: ConsoleLine[] = [];
const client = new Client(scriptBase());
const { session } = new Access(client);
/** The latest answer to a save, whoever sent it. */
let lastSave: Response | undefined;

recordConsole();
recordSaves();
addEventListener("DOMContentLoaded", start);

function recordConsole(): void {
  const record = (kind: string, text: string) => {
    lines.push({ kind, text });
    document.querySelector("#log")?.append(`${kind}: ${text}\n`);
  };
  for (const kind of ["error", "warn", "info", "log"] as const) {
    const original = console[kind];
    console[kind] = (...words: unknown[]) => {
      original.apply(console, words);
      record(kind, words.map(String).join(" "));
    };
  }
  addEventListener("error", ({ message }) => record("error", message));
  addEventListener("unhandledrejection", ({ reason }) => record("error", String(reason)));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    record("error", `${violatedDirective} forbids ${blockedURI}`),
  );
}

/** Notes the headers that the client has no use for. */
function recordSaves(): void {
  const send = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await send(input, init);
    if (response.url.endsWith("/chat/save")) lastSave = response;
    return response;
  };
}

const checks: Check[] = [
  {
    name: "The widget loads with a clean console",
    run: async () => {
      await customElements.whenDefined("chatkit-widget");
      await settle();
      assert(part("panel"), "The widget shows no panel.");
      const [first] = lines.filter(
        ({ kind, text }) => /error|warn/.test(kind) && text !== LOCAL_NOTICE,
      );
      assert(!first, `The console says: ${first?.text}`);
      return "The widget is there, and the console is silent.";
    },
  },
  {
    name: "Chat works",
    run: async () => {
      const { answer, sources } = await ask();
      return `${answer.length} characters and ${sources.length} sources arrived.`;
    },
  },
  {
    name: "The session persists over a reload",
    run: async () => {
      if (!harness.reloading) {
        signIn();
        harness.reloading = true;
        storeHarness();
        location.reload();
        return new Promise(() => {});
      }
      delete harness.reloading;
      assert(session.stored.token === FIXTURE_TOKEN, "The token is gone from localStorage.");
      return `After the reload ${await whoIsSignedIn()} is still signed in.`;
    },
  },
  {
    name: "An analytics row is written",
    run: async () => {
      signIn();
      const event = { event_type: "integration_check", event_data: { check: 4 } };
      const { event_id } = await client.send("post", "/api/v1/analytics/event", event);
      const { analytics_events } = await client.send("get", "/api/v1/user/export");
      const rows = analytics_events as { event_id: number }[];
      assert(
        rows.some((row) => row.event_id === event_id),
        `Event ${event_id} is not among the person's ${rows.length} rows.`,
      );
      return `Event ${event_id} is in the database.`;
    },
  },
  {
    name: "A restart of the backend is survived",
    run: async () => {
      signIn();
      if (!harness.startedAt) {
        // Fixtures are made anew where they are missing; what was asked can only have been kept.
        await ask();
        harness.messageIds = await messageIds();
        harness.startedAt = (await health())!;
      }
      const asked = harness.messageIds ?? [];
      assert(asked.length > 0, "No question was stored before the restart.");
      storeHarness();
      show(4, "running", "Restart the server now; this waits for it.");
      await until(
        async () => ![undefined, harness.startedAt].includes(await health()),
        RESTART_WAIT_MS,
        "The server was not restarted in time.",
      );
      delete harness.startedAt;
      delete harness.messageIds;
      const email = await whoIsSignedIn();
      const kept = await messageIds();
      assert(
        asked.every((id) => kept.includes(id)),
        "What was asked before the restart is gone: the database is another one.",
      );
      await ask();
      return `The server restarted; ${email} is still signed in, what was asked is kept, and the widget still chats.`;
    },
  },
  {
    name: "The limiter blocks the third save",
    run: async () => {
      const { saved } = await saveUntilLimited();
      assert(saved === 2, `${saved} saves were admitted.`);
      return "Two saves were admitted, the third was not.";
    },
  },
  {
    name: "The 429 says when to try again",
    run: async () => {
      const { retryAfter } = await saveUntilLimited();
      const header = lastSave!.headers.get("Retry-After");
      assert(
        Number.isInteger(retryAfter) && retryAfter >= 1,
        `retry_after is ${retryAfter}, not a whole number of seconds.`,
      );
      assert(header === `${retryAfter}`, `retry_after is ${retryAfter}, Retry-After is ${header}.`);
      return `retry_after and Retry-After both say ${retryAfter} s.`;
    },
  },
  {
    name: "The widget counts the server’s value down",
    run: async () => {
      signIn();
      if (!part("message")) await ask();
      await until(async () => !isStopped("save"), ANSWER_WAIT_MS, "Save stays disabled.");
      const { promise, resolve } = deferred<{
        action: string;
        retryAfter: number;
        first: number;
      }>();
      // What the button says then is the first that it says.
      const onLimit = ({ detail }: HTMLElementEventMap["chatkit:rate-limited"]) =>
        resolve({ ...detail, first: secondsShown() });
      widget().addEventListener("chatkit:rate-limited", onLimit, { once: true });
      await until(
        async () => {
          button("save").click();
          await pause(200);
          return isStopped("save");
        },
        ANSWER_WAIT_MS,
        "The widget was never limited.",
      );
      const { action, retryAfter, first } = await promise;
      const header = Number(lastSave!.headers.get("Retry-After"));
      assert(retryAfter === header, `The server said ${header} s, the widget ${retryAfter} s.`);
      assert(first === retryAfter, `The server said ${retryAfter} s, the button ${first} s.`);
      assert(!isStopped("send"), "Asking is disabled too.");
      assert(!isStopped("personalize"), "Personalizing is disabled too.");
      await until(
        async () => !isStopped("save") || secondsShown() < first,
        ANSWER_WAIT_MS,
        "The countdown stands still.",
      );
      return `${action}: the button counts down from the server’s ${retryAfter} s; the others work.`;
    },
  },
  {
    name: "The limit expires",
    run: async () => {
      const { retryAfter } = await saveUntilLimited();
      await pause(retryAfter * 1000);
      await client.send("post", "/api/v1/chat/save", { messages: MESSAGES });
      return `After ${retryAfter} s a save is admitted again.`;
    },
  },
];

let harness: HarnessState = {
  results: checks.map(() => ({ state: "idle", sentence: "" })),
  queue: [],
};

function start(): void {
  harness = JSON.parse(sessionStorage.getItem("chatkit:integration") ?? "null") ?? harness;
  const list = document.querySelector("#checks")!;
  checks.forEach(({ name }, index) => {
    const run = h(
      "button",
      { type: "button", id: `run-${index + 1}`, ariaLabel: `Run: ${name}` },
      "Run",
    );
    run.onclick = () => void enqueue(index);
    const row = h("li", {}, h("div", {}, h("h2", {}, name), h("p", { role: "status" })), run);
    row.dataset["check"] = `${index + 1}`;
    list.append(row);
    const { state, sentence } = harness.results[index]!;
    show(index, state, sentence);
  });
  const press = (id: string, work: () => void) => {
    document.querySelector<HTMLButtonElement>(id)!.onclick = work;
  };
  press("#run-all", () => void enqueue(...checks.keys()));
  press("#reset", () => {
    sessionStorage.clear();
    localStorage.clear();
    location.reload();
  });
  if (harness.queue.length) void work();
}

async function enqueue(...positions: number[]): Promise<void> {
  const idle = !harness.queue.length;
  for (const index of positions) show(index, "idle", "Waiting for its turn.");
  harness.queue.push(...positions);
  storeHarness();
  if (idle) await work();
}

/** Runs what is queued, one after the other: the checks share a server and its limits. */
async function work(): Promise<void> {
  for (let index; (index = harness.queue[0]) !== undefined; harness.queue.shift()) {
    show(index, "running", "Running…");
    try {
      show(index, "passed", await checks[index]!.run());
    } catch (error) {
      show(index, "failed", error instanceof Error ? error.message : String(error));
    }
  }
  storeHarness();
}

function show(index: number, state: CheckState, sentence: string): void {
  const row = document.querySelector<HTMLElement>(`[data-check="${index + 1}"]`)!;
  row.dataset["state"] = state;
  row.querySelector("p")!.textContent = sentence;
  harness.results[index] = { state, sentence };
  storeHarness();
}

function storeHarness(): void {
  sessionStorage.setItem("chatkit:integration", JSON.stringify(harness));
}

function widget(): ChatKitWidget {
  return document.querySelector("chatkit-widget")!;
}

function part(name: string): HTMLElement | null {
  return widget().shadowRoot!.querySelector<HTMLElement>(`[part~="${name}"]`);
}

function button(name: string): HTMLButtonElement {
  return part(name) as HTMLButtonElement;
}

/** Tells whether a button does nothing for now. */
function isStopped(name: string): boolean {
  return button(name).ariaDisabled === "true";
}

function secondsShown(): number {
  return Number(/(\d+) s$/.exec(button("save").textContent ?? "")?.[1]);
}

/** Signs the fixture's account in, in the widget too, which follows as if another tab had done it. */
function signIn(): void {
  if (session.stored.token === FIXTURE_TOKEN) return;
  session.setToken(FIXTURE_TOKEN, new Date(Date.now() + DAY_MS).toISOString(), FIXTURE_USER);
  dispatchEvent(new StorageEvent("storage", { key: session.key }));
}

async function whoIsSignedIn(): Promise<string> {
  const { valid, user } = await client.send("get", "/api/v1/auth/session-check");
  assert(valid, "The session is not valid.");
  return user.email;
}

/** When the server started; undefined while it is away. */
async function health(): Promise<string | undefined> {
  const response = await fetch(`${client.base}/health`).catch(() => undefined);
  return response?.ok ? (await response.json()).started_at : undefined;
}

/** Asks through the widget; waits once for a limit that an earlier check has used up. */
async function ask(mayWait = true): Promise<{ answer: string; sources: unknown[] }> {
  const { promise, resolve, reject } = deferred<{ answer: string; sources: unknown[] } | number>();
  const listening = new AbortController();
  const { signal } = listening;
  widget().addEventListener("chatkit:answer", ({ detail }) => resolve(detail), { signal });
  widget().addEventListener("chatkit:rate-limited", (e) => resolve(e.detail.retryAfter), {
    signal,
  });
  widget().addEventListener("chatkit:error", (e) => reject(new Error(e.detail.message)), {
    signal,
  });
  const late = setTimeout(() => reject(new Error("No answer came.")), ANSWER_WAIT_MS);
  void widget().ask(QUESTION);
  const reply = await promise.finally(() => {
    listening.abort();
    clearTimeout(late);
  });
  if (typeof reply === "number") {
    assert(mayWait, "The question was limited twice.");
    await pause(reply * 1000 + 100);
    return ask(false);
  }
  assert(reply.answer, "The answer is empty.");
  return reply;
}

/** Returns the ids of the messages that the server keeps of the person. */
async function messageIds(): Promise<string[]> {
  const { messages } = await client.send("get", "/api/v1/user/export");
  return (messages as { message_id: string }[]).map(({ message_id }) => message_id);
}

/** Saves in one fresh window until the limiter says no. */
async function saveUntilLimited(): Promise<{ saved: number; retryAfter: number }> {
  signIn();
  for (let saved = 0, began = 0; ; saved++) {
    if (!saved) began = performance.now();
    try {
      await client.send("post", "/api/v1/chat/save", { messages: MESSAGES });
      assert(saved < 100, "A hundred saves were admitted.");
    } catch (error) {
      if (!(error instanceof ChatKitError) || error.code !== "rate_limited") throw error;
      const { retryAfter = 0 } = error;
      const window = Number(/;w=(\d+)/.exec(lastSave!.headers.get("RateLimit-Policy")!)?.[1]);
      if (saved && performance.now() - began < window * 1000) return { saved, retryAfter };
      // An earlier check has used this window up, or a slow machine took longer than it.
      await pause(retryAfter * 1000);
      saved = -1;
    }
  }
}

function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

async function until(
  done: () => Promise<boolean>,
  withinMs: number,
  message: string,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await done())) {
    assert(performance.now() < deadline, message);
    await pause(250);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Lets scripts, styles and a first frame have their say. */
function settle(): Promise<void> {
  return pause(500);
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
