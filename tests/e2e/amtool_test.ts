import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { type Greeting, postTo, type RelayProcess, startRelay, temporaryFolder } from "../kit/process.ts";
import { isInstalled } from "../kit/program.ts";

const PROGRAM = "amtool";

const ignore = !(await isInstalled(PROGRAM));

const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: db, level: oncall, group_by: [cluster], group_wait: 1m30s, destinations: [{ channel: inbox }] }
  - { owner: web, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ["team=db", 'severity=~"critical|error"'], group: db/oncall }
inhibit:
  - { source: [severity=critical, team=db], target: [severity=warning, team=db], equal: [instance] }
`;

/** The output of amtool. */
interface Printed {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs amtool against a relay, whose token is the password in the address. */
async function amtool(url: string, ...args: readonly string[]): Promise<Printed> {
  const { code, stdout, stderr } = await new Deno.Command(PROGRAM, {
    args: [`--alertmanager.url=${url}`, "--no-version-check", ...args],
    stdin: "null",
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  return { code, out, errors };
}

/** The same, which must work. */
async function right(url: string, ...args: readonly string[]): Promise<string> {
  const { code, out, errors } = await amtool(url, ...args);
  equal([code, errors], [0, ""], args.join(" "));
  return out;
}

/** A test of a relay with three active alerts; `url` holds a token of this scope. */
function test(
  name: string,
  run: (url: string, relay: RelayProcess & Greeting) => Promise<void>,
  { scope = "operate" } = {},
): void {
  Deno.test({
    name: `${name} (needs ${PROGRAM})`,
    ignore,
    async fn(): Promise<void> {
      await using folder = await temporaryFolder();
      await using relay = await startRelay({ folder: folder.path, yaml: YAML });
      const response = await fetch(`${relay.url}/api/tokens`, {
        method: "POST",
        headers: { authorization: `Bearer ${relay.adminPassword}` },
        body: JSON.stringify({ name: "amtool", scope }),
      });
      const { token } = await response.json();
      await postTo(
        relay,
        {
          labels: { alertname: "DiskFull", team: "db", severity: "critical" },
          annotations: { summary: "full" },
        },
        { labels: { alertname: "Latency", team: "web", severity: "warning" } },
        { labels: { alertname: "Ping", severity: "info" } },
      );
      const url = new URL(relay.url);
      url.username = "anybody";
      url.password = token;
      await run(url.href, relay);
    },
  });
}

/** The alert names in amtool's simple table. */
function namesIn(table: string): string[] {
  return table.trim().split("\n").slice(1).map((line) => line.split(/\s+/)[0]!).sort();
}

test("amtool alert query shows the open incidents, by matchers, receiver and state", async (url) => {
  const asked: [args: readonly string[], names: string[]][] = [
    [[], ["DiskFull", "Latency", "Ping"]],
    [["DiskFull"], ["DiskFull"]],
    [["severity=~critical|warning"], ["DiskFull", "Latency"]],
    [["alertname!=Ping", "team!=web"], ["DiskFull"]],
    [["--receiver=db/.*"], ["DiskFull"]],
    [["--silenced"], []],
    [["--inhibited"], []],
  ];
  for (const [args, names] of asked) {
    equal(namesIn(await right(url, "alert", "query", ...args)), names, args.join(" "));
  }
  const [alert] = JSON.parse(await right(url, "-o", "json", "alert", "query", "DiskFull"));
  equal([alert.labels.alertname, alert.annotations.summary, alert.status.state, alert.receivers], [
    "DiskFull",
    "full",
    "active",
    [{ name: "db/oncall" }],
  ]);
  match(await right(url, "-o", "extended", "alert", "query"), /Labels.*Annotations.*Starts At/);
});

test("amtool alert add adds an alert, also one with an end", async (url) => {
  await right(url, "alert", "add", "Backup", "instance=db-2", "--annotation=summary=late");
  const end = new Date(Date.now() + 3_600_000).toISOString();
  await right(url, "alert", "add", "Restore", `--end=${end}`, "--generator-url=http://ci.example.com/1");
  const alerts = JSON.parse(await right(url, "-o", "json", "alert", "query", "alertname=~Backup|Restore"));
  equal(
    alerts.map(({ labels, annotations }: { labels: object; annotations: object }) => [labels, annotations]),
    [
      [{ alertname: "Backup", instance: "db-2" }, { summary: "late" }],
      [{ alertname: "Restore" }, {}],
    ],
  );
  equal(alerts[1].endsAt, end);
  await right(url, "alert", "add", "Restore", `--end=${new Date().toISOString()}`);
  equal(namesIn(await right(url, "alert", "query", "Restore")), []);
});

test(
  "amtool silence add, query, update, expire and import work on the relay's silences",
  async (url, relay) => {
    const id = (await right(
      url,
      ...["silence", "add", "--author=li.lei", "--comment=换盘", "--duration=2h"],
      ...["alertname=DiskFull", "instance!~test-.*"],
    )).trim();
    const response = await fetch(`${relay.url}/api/silences/${id}`, {
      headers: { authorization: `Bearer ${relay.adminPassword}` },
    });
    const { silence } = await response.json();
    equal([silence.matchers, silence.author, silence.comment, silence.state], [
      ['alertname="DiskFull"', 'instance!~"test-.*"'],
      "li.lei",
      "换盘",
      "active",
    ]);
    equal(namesIn(await right(url, "alert", "query", "--silenced")), ["DiskFull"]);
    equal(namesIn(await right(url, "alert", "query")), ["Latency", "Ping"]);
    match(await right(url, "silence", "query", "DiskFull"), new RegExp(id));
    equal(namesIn(await right(url, "silence", "query", "Ping")), []);

    // amtool counts the new duration from the silence's start.
    match(await right(url, "silence", "update", "--duration=3h", "--comment=longer", id), new RegExp(id));
    const [changed] = JSON.parse(await right(url, "-o", "json", "silence", "query"));
    equal([changed.id, changed.comment, changed.createdBy], [id, "longer", "li.lei"]);
    equal(Date.parse(changed.endsAt) - Date.parse(changed.startsAt), 3 * 3_600_000);

    await right(url, "silence", "expire", id);
    equal(namesIn(await right(url, "silence", "query")), []);
    match(await right(url, "silence", "query", "--expired"), new RegExp(id));

    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(
      file,
      JSON.stringify([{
        matchers: [{ name: "alertname", value: "Ping", isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: "han",
        comment: "imported",
      }]),
    );
    await right(url, "silence", "import", file);
    await Deno.remove(file);
    match(await right(url, "silence", "query", "Ping"), /imported/);
  },
);

test("amtool prints why a request is refused", async (url) => {
  const refused: [args: readonly string[], errors: RegExp][] = [
    [["silence", "expire", "unknown"], /404/],
    [["alert", "query", "--receiver=("], /failed to parse receiver param/],
    [["silence", "add", "--author=a", "--comment=", "--no-require-comment", "a="], /empty/],
  ];
  for (const [args, words] of refused) {
    const { code, errors } = await amtool(url, ...args);
    ok(code !== 0, args.join(" "));
    match(errors, words);
  }
});

test("amtool config shows the routing, which its own checks and its routing test can read", async (url) => {
  const shown = await right(url, "config", "show");
  match(shown, /receiver: "db\/oncall"\n.*\n +group_by: \["cluster"\]\n +group_wait: 1m30s\n/);
  const file = await Deno.makeTempFile({ suffix: ".yml" });
  await Deno.writeTextFile(file, shown);
  match(await right(url, "check-config", file), /SUCCESS.*\n.*- 1 inhibit rules\n.*- 3 receivers/s);
  await Deno.remove(file);
  match(await right(url, "config", "routes"), /default\/default/);
  const routed: [labels: readonly string[], receivers: string][] = [
    [["team=db", "severity=critical"], "db/oncall"],
    [["team=web"], "web/default"],
    [["team=nobody"], "default/default"],
  ];
  for (const [labels, receivers] of routed) {
    equal(
      (await right(url, "config", "routes", "test", ...labels)).trim().split(",")[0],
      receivers,
      labels.join(),
    );
  }
});

test("amtool with a token that may only read cannot make a silence", async (url) => {
  equal(namesIn(await right(url, "alert", "query")).length, 3);
  const { code, errors } = await amtool(
    url,
    ...["silence", "add", "--author=a", "--comment=b", "alertname=DiskFull"],
  );
  ok(code !== 0);
  match(errors, /403/);
}, { scope: "read" });
