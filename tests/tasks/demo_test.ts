/** `deno task demo` as people start it, and its relay's account of the day. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { inherited, ROOT, temporaryFolder } from "../kit/process.ts";
import { runTask } from "../kit/task.ts";

/** The demo as a process. */
class Demo implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #printed = "";
  #code: number | undefined;

  constructor(seconds: number) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=demo", "tasks/demo.ts", "--port", "0", "--seconds", String(seconds)],
      cwd: ROOT,
      clearEnv: true,
      env: { ...inherited(), FENGHUO_LOCALE: "en", FENGHUO_TZ: "UTC" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#child = child;
    this.#reading = Promise.all([
      (async (): Promise<void> => {
        for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) this.#printed += text;
      })(),
      child.status.then(({ code }) => this.#code = code),
    ]);
  }

  get printed(): string {
    return this.#printed;
  }

  get url(): string {
    return /(http:\/\/127\.0\.0\.1:\d+)\/$/m.exec(this.#printed)![1]!;
  }

  get link(): string {
    return /^ {2}(http:\/\/\S+\/demo\/\S+)$/m.exec(this.#printed)![1]!;
  }

  async prints(words: string): Promise<void> {
    await eventually(words, () => this.#printed.includes(words) || this.#code !== undefined, {
      within: 150_000,
    });
    ok(this.#printed.includes(words), this.#printed);
  }

  // deno-lint-ignore no-explicit-any -- each answer has its own shape
  async ask(path: string): Promise<any> {
    const headers = { authorization: "Bearer demo-password" };
    const response = await fetch(this.url + path, { headers });
    const text = await response.text();
    ok(response.ok, `${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** As Ctrl-C does. @returns the exit code */
  async stop(): Promise<number> {
    if (this.#code === undefined) this.#child.kill("SIGINT");
    await this.#reading;
    return this.#code!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

Deno.test("the demo's day ends as its story says, by what the relay itself answers", async (t) => {
  await using demo = new Demo(0);
  await demo.prints("Ctrl-C ends it.\n");

  await t.step(
    "everything adds up: nothing waits, nothing was lost, and no vendor was asked too often",
    async () => {
      const { total, addsUp, verified } = await demo.ask("/api/ledger?verify=1");
      equal([total.pending, total.dead, addsUp, verified.agrees], [0, 0, true, true]);
      ok(total.delivered > 300, String(total.delivered));
      match(demo.printed, /\d+ messages to the groups, 0 refused by a vendor for coming too fast/);
    },
  );

  await t.step(
    "an outage of 30 nodes, seen twice and repeated, is one message when it begins and one when it ends",
    async () => {
      const { incidents } = await demo.ask("/api/incidents?state=closed&text=rack-4&limit=100");
      equal(incidents.length, 30);
      for (const { title, known, knownBy, count } of incidents) {
        equal([title, known, knownBy], ["NodeDown", true, "li.lei"]);
        ok(count >= 24, `${count} alerts`);
      }
      const messages = await messagesTo(demo, "ops/default/robot", /^rack-4/);
      equal(messages.map(({ reason, alerts }) => [reason, alerts]), [["first", 30], ["resolved", 30]]);
    },
  );

  await t.step(
    "a disk that changes 24 times makes eight messages, of which the last says that it is calm",
    async () => {
      const messages = await messagesTo(demo, "ops/default/robot", /^web-7/);
      equal(messages.length, 8);
      equal(messages.slice(-2).map(({ reason }) => reason), ["flapping", "settled"]);
      const { heard } = await demo.ask("/api/ledger");
      equal(heard.suppressed.flapping, 24 - 7);
    },
  );

  await t.step(
    "a burst of 120 alerts to a robot that takes 20 messages a minute is delivered, most of it in a digest",
    async () => {
      const { destinations } = await demo.ask("/api/ledger");
      const { routed, delivered } = destinations["shop/default/robot"];
      equal([routed, delivered], [240, 240]);
      const messages = await messagesTo(demo, "shop/default/robot", /^shop-/);
      ok(messages.length <= 40, `${messages.length} messages`);
      ok(messages.some(({ alerts }) => alerts > 50));
    },
  );

  await t.step(
    "while a robot is gone its fallback is notified, and once it is back it is used again",
    async () => {
      const { destinations } = await demo.ask("/api/ledger");
      const robot = destinations["dba/default/robot"];
      ok(robot.suppressed >= 3 && robot.delivered >= 3, JSON.stringify(robot));
      ok(destinations["dba/default/duty"].delivered >= robot.suppressed);
      const { incidents } = await demo.ask("/api/incidents?state=all&dialect=fenghuo");
      equal(incidents.map(({ closedAt }: { closedAt: number | null }) => closedAt !== null), [true]);
      const { deliveries } = await demo.ask("/api/deliveries?destination=dba/default/robot&limit=2");
      for (const { state, attempts } of deliveries) {
        equal([state, attempts.length], ["delivered", 1], "the newest go to the robot");
      }
    },
  );

  await t.step("a planned upgrade notifies nobody", async () => {
    equal((await demo.ask("/api/ledger")).heard.suppressed.silence, 8 * 3 + 3);
    equal(await messagesTo(demo, "ops/default/robot", /^test-/), []);
  });

  await t.step("what the evening brought is open, and part of it acknowledged", async () => {
    const { incidents } = await demo.ask("/api/incidents");
    const open = incidents.map(({ title, known }: { title: string; known: boolean }) => [title, known]);
    equal(open, [["HighCPU", false], ["DiskWillFill", true], ["CertExpiresSoon", false], ["payment", false]]);
  });

  await t.step("the link opens the console, signed in; another address does not", async () => {
    const answer = await fetch(demo.link, { redirect: "manual" });
    await answer.body?.cancel();
    equal([answer.status, answer.headers.get("location")], [303, "/"]);
    const [cookie] = answer.headers.get("set-cookie")!.split(";");
    const page = await fetch(demo.url, { headers: { cookie: cookie!, accept: "text/html" } });
    match(await page.text(), /db-3/);
    const other = await fetch(`${demo.link}x`, { redirect: "manual" });
    await other.body?.cancel();
    equal([other.status, other.headers.get("set-cookie")], [404, null]);
  });

  await t.step(
    "afterwards it is a relay of this moment, and takes the alert that it offers to send",
    async () => {
      const [, body] = /^ {2}-d '(.*)'$/m.exec(demo.printed)!;
      const response = await fetch(`${demo.url}/webhook`, {
        method: "POST",
        headers: { authorization: "Bearer demo-token" },
        body: body!,
      });
      equal(await response.json(), { accepted: 1, duplicates: 0, notifications: 1 });
      await eventually("the message", async () => {
        const { messages } = await demo.ask("/inbox");
        const [{ title, at }] = messages;
        return /laptop/.test(title) && Math.abs(Date.now() - at) < 60_000;
      });
    },
  );

  equal(await demo.stop(), 0);
});

Deno.test("Ctrl-C ends the demo in the middle of its day", async () => {
  await using demo = new Demo(3_600);
  await demo.prints("A day passes in fast motion");
  equal(await demo.stop(), 0);
  ok(!demo.printed.includes("The day is over"));
});

Deno.test("an option of the demo that cannot be is refused before anything starts", async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await runTask("demo", ["--seconds", "soon"], { folder: folder.path });
  equal([code, stdout], [2, ""]);
  match(stderr, /^Cannot start the demo: --seconds is "soon": it must be a number from 0 to 86400\n/);
});

/** The messages that carried alerts about some instance or service to a destination, the oldest first. */
async function messagesTo(
  demo: Demo,
  destination: string,
  about: RegExp,
): Promise<{ reason: string; alerts: number }[]> {
  const messages = new Map<string, { at: number; reason: string; alerts: number }>();
  let from = "";
  for (;;) {
    const query = new URLSearchParams({ destination, limit: "100", ...from && { from } });
    const { deliveries, next } = await demo.ask(`/api/deliveries?${query}`);
    for (const { about: where, attempts, reason, id } of deliveries) {
      if (!about.test(where)) continue;
      const { at, together = 1 } = attempts.at(-1);
      messages.set(together === 1 ? id : `${at} ${together}`, { at, reason, alerts: together });
    }
    if (!next) break;
    from = next;
  }
  return [...messages.values()].sort((a, b) => a.at - b.at).map(({ reason, alerts }) => ({ reason, alerts }));
}
