import { deepStrictEqual as equal, match } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { inboxOf, ROOT, startRelay, temporaryFolder } from "../kit/process.ts";
import { webhook } from "../kit/relay.ts";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command of a task, as a process in another folder. */
async function run(task: "ledger" | "why", args: readonly string[], folder: string): Promise<Ran> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [, ...command] = (tasks[task].command as string).split(" ");
  const script = command.pop();
  const output = await new Deno.Command(Deno.execPath(), {
    args: [...command, `--config=${ROOT}deno.json`, `${ROOT}${script}`, ...args],
    cwd: folder,
    env: { FENGHUO_ADMIN_PASSWORD: "", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout: stdout!.trim(), stderr: stderr!.replace(/^Warning .*\n/m, "").trim() };
}

Deno.test("the ledger of a real relay is printed as a table, and why its alert was told in sentences", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path });
  const response = await fetch(`${relay.url}/webhook`, {
    method: "POST",
    headers: { authorization: `Bearer ${relay.intakeToken}` },
    body: JSON.stringify(webhook({ labels: { instance: "a" } }, { labels: { instance: "a" } })),
  });
  equal(response.status, 200);
  await response.body?.cancel();
  await eventually("the message", async () => (await inboxOf(relay)).length > 0);

  const ledger = await eventually("the ledger to have it", async () => {
    const ran = await run("ledger", ["--to", relay.url, "--verify"], folder.path);
    return /pending +dead\n.* 0 +0\n/.test(ran.stdout) && ran;
  }, { within: 30_000 });
  equal([ledger.code, ledger.stderr], [0, ""]);
  match(ledger.stdout, /^2 alerts accepted; for their groups: 1 notified, 1 duplicates$/m);
  match(ledger.stdout, /^destination +routed +delivered +suppressed +pending +dead$/m);
  match(ledger.stdout, /^default\/default\/inbox +1 +1 +0 +0 +0$/m);
  match(
    ledger.stdout,
    /^Balanced: every delivery is accounted for\.\nThe records since \S+ say the same: 2 alerts, 1 deliveries\.$/m,
  );

  const json = await run("ledger", ["--to", relay.url, "--json"], folder.path);
  equal(JSON.parse(json.stdout).total.delivered, 1);

  const [message] = await inboxOf(relay);
  const id = message!.id.slice(0, 30);
  const told = await run("why", [id, "--lang", "en", "--to", relay.url], folder.path);
  equal(told.code, 0, told.stderr);
  match(
    told.stdout,
    /^Received at .*\n(.*\n)*default\/default: no rule matched, so the default group was used\.\nNotified: the first/,
  );
  const none = await run("why", ["0".repeat(32), "--to", relay.url], folder.path);
  equal(none.code, 1);
  match(none.stderr, /^404: There is no alert/);
});

Deno.test("a ledger that does not add up ends with 1, and one that cannot be asked with 2", async () => {
  await using folder = await temporaryFolder();
  const sum = {
    from: 0,
    to: 3_600_000,
    accepted: 1,
    heard: { told: 1, folded: 0, suppressed: { silence: 2 } },
    destinations: { "a/b/c": { routed: 1, delivered: 0, suppressed: 0, pending: 0, dead: 0 } },
    total: { routed: 1, delivered: 0, suppressed: 0, pending: 0, dead: 0 },
    moved: 0,
    wrong: ["a/b/c"],
    addsUp: false,
  };
  await Deno.mkdir(`${folder.path}/data`);
  await Deno.writeTextFile(`${folder.path}/data/secrets.json`, JSON.stringify({ adminPassword: "p" }));
  let seen = "";
  let to: string;
  {
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
      seen = `${new URL(request.url).search} ${request.headers.get("authorization")}`;
      return Response.json(sum);
    });
    to = `http://127.0.0.1:${server.addr.port}`;
    const ran = await run("ledger", ["--to", to, "--since", "2h"], folder.path);
    equal([ran.code, seen], [1, "?from=2h Basic YWRtaW46cA=="]);
    match(ran.stdout, /1 notified, 0 duplicates, 2 suppressed by silence\n(.*\n)*NOT balanced: a\/b\/c$/);
  }
  const gone = await run("ledger", ["--to", to], folder.path);
  equal(gone.code, 2);
  match(gone.stderr, /^Cannot ask for the ledger: http:\S+: connection refused; is the relay running\?/);
  equal((await run("ledger", ["--to", "nonsense"], folder.path)).code, 2);
  equal((await run("ledger", ["--sinc", "1h"], folder.path)).code, 2);
  equal((await run("why", [], folder.path)).code, 2);
});
