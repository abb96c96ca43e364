import { deepStrictEqual as equal, match } from "node:assert/strict";
import { temporaryFolder } from "../kit/process.ts";
import { listening } from "../kit/listening.ts";
import { SECRETS, testRelay } from "../kit/relay.ts";
import { type Ran, runTask } from "../kit/task.ts";

const YAML = `
members: [{ id: li.lei, name: 李雷 }, { id: han.mm }]
groups:
  - { owner: default, level: default, members: [han.mm], destinations: [{ channel: inbox }] }
  - { owner: ops, level: default, members: [li.lei], destinations: [{ channel: inbox }] }
rules: [{ match: ['team="ops"'], group: ops/default }]`;

Deno.test("incidents are listed, shown and acted on from a terminal, by id and by filter", async () => {
  await using folder = await temporaryFolder();
  const house = await testRelay({ yaml: YAML });
  await using relay = listening(house);
  for (const [host, team] of [["a", "ops"], ["b", "ops"], ["c", "web"]] as const) {
    await house.fire({ labels: { alertname: "Disk", instance: host, team } });
  }
  const ids = new Map(
    (await house.relay.query.incidents.newest("open", 10)).map(({ id }, index) => ["cba"[index]!, id]),
  );
  const run = (...words: string[]): Promise<Ran> =>
    runTask("incident", [...words.map((word) => ids.get(word) ?? word), "--to", relay.url], {
      folder: folder.path,
      env: { FENGHUO_ADMIN_PASSWORD: SECRETS.adminPassword },
    });
  const table: [words: string[], code: number, says: RegExp][] = [
    [["list"], 0, /^\S+ +warning +open for .* ×1 +Disk \(c\) +· unacknowledged\n(.*\n){2}$/],
    [["list", "--filter", 'team="ops"', "--filter", "instance=~a|c"], 0, /^\S+ .*Disk \(a\).*\n$/],
    [["list", "--state", "closed"], 0, /^There are none\.\n$/],
    [["list", "--limit", "1"], 0, /Disk \(c\).*\nThere are more/],
    [["list", "--state", "half"], 2, /^Cannot list incidents: 422: state: must be one of/],
    [["list", "--filter", "team=~("], 2, /^Cannot list incidents: 422: matchers: /],
    [
      ["ack", "a", "--for", "2h", "--text", "looking"],
      0,
      /: Disk · acknowledged by admin until 2\S+Z\n1 changed\n$/,
    ],
    [
      ["ack", "a", "--for", "2h"],
      1,
      /^0 changed, 1 not changed\n\S+: Nothing was changed: admin has already ack/,
    ],
    [["take", "a", "--by", "Li Lei"], 0, /· taken by Li Lei\n1 changed\n$/],
    [["assign", "a", "--who", "li.lei"], 0, /· assigned to 李雷 by admin\n/],
    [
      ["assign", "a", "--who", "li.le"],
      2,
      /^Cannot assign the incident: 422: to: there is no member .*did you mean "li\.lei"\?/,
    ],
    [
      ["assign", "a"],
      2,
      /^Cannot assign the incident: --who is needed\nSee deno task incident assign --help\n$/,
    ],
    [["list", "--holder", "李雷"], 0, /^\S+ .*Disk \(a\) .*assigned to 李雷 by admin\n$/],
    [["note", "a", "b"], 2, /--text is needed/],
    [["note", "a", "b", "--text", "a new disk"], 0, /2 changed\n$/],
    [
      ["show", "a"],
      0,
      /^Disk \(a\)\n.*\nFirst alert .*\nAssigned to 李雷.*\nNotified: ops\/default\nNote: a new disk\n\n(.*\n)*.*a new disk(.*\n)*$/,
    ],
    [["show", "nothing-000"], 1, /^404: There is no incident/],
    [["snooze", "b"], 2, /--for or --until is needed/],
    [["snooze", "b", "--until", "2020-01-01T00:00:00Z"], 1, /that time has passed/],
    [["snooze", "b", "--for", "30m"], 0, /· snoozed by admin until/],
    [["unack", "b"], 0, /· unacknowledged\n1 changed\n$/],
    [["unack", "b"], 0, /^0 changed, 1 not changed\n\S+: Nothing was changed: the incident is already/],
    [["close", "--filter", "team=ops", "--text", "replaced"], 0, /2 changed\n$/],
    [["close", "--filter", "team=ops"], 0, /^0 changed\n$/],
    [
      ["take", "a", "nothing-000"],
      1,
      /^0 changed, 2 not changed\n.*admin has already closed .*\nnothing-000: There is no/,
    ],
    [["reopen", "--search", "disk"], 0, /2 changed\n$/],
    [["reopen", "a"], 1, /the incident is not closed/],
    [["close"], 2, /at least one id is needed, or a filter/],
    [["close", "a", "--search", "disk"], 2, /give ids, or a filter, not both/],
    [["unack", "a", "--text", "x"], 2, /unknown option '--text'/],
  ];
  for (const [words, code, says] of table) {
    const ran = await run(...words);
    equal(ran.code, code, `${words}: ${ran.stdout}${ran.stderr}`);
    match(ran.stdout + ran.stderr, says, String(words));
  }
  const unknown = await runTask("incident", ["explode"], { folder: folder.path });
  equal(unknown.code, 2);
  match(unknown.stderr, /there is no command "explode": use one of list, show, ack/);
  const json = JSON.parse((await run("take", "c", "--json")).stdout);
  equal([json.acted, json.results[0].incident.holder], [1, "admin"]);
});

Deno.test("what a sender writes cannot steer the terminal, and is whole as JSON", async () => {
  await using folder = await temporaryFolder();
  const house = await testRelay({ yaml: YAML });
  await using relay = listening(house);
  const alertname = "\x1b[31mRED\x1b]0;owned\x07 \u202ecod.exe";
  await house.fire({ labels: { alertname } });
  const [incident] = await house.relay.query.incidents.newest("open", 1);
  const run = (...words: string[]): Promise<Ran> =>
    runTask("incident", [...words, "--to", relay.url], {
      folder: folder.path,
      env: { FENGHUO_ADMIN_PASSWORD: SECRETS.adminPassword },
    });
  for (const words of [["list"], ["show", incident!.id], ["take", incident!.id]]) {
    const { code, stdout } = await run(...words);
    equal(code, 0);
    match(stdout, /␛\[31mRED␛\]0;owned␇ �cod\.exe/);
    equal(["\x1b", "\x07", "\u202e"].filter((char) => stdout.includes(char)), [], String(words));
  }
  equal(JSON.parse((await run("list", "--json")).stdout).incidents[0].title, alertname);
});
