import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";
import { api } from "../../kit/api.ts";
import { complaintText, type Config, parseConfig, tableFilesIn } from "../../../relay/config/mod.ts";

const channels = await discover();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The configuration with these files next to it, or its errors. */
async function read(
  enrich: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Config | string[]> {
  const parsed = await parseConfig({
    env: {},
    yaml: `enrich:\n${enrich}`,
    secrets: SECRETS,
    channels,
    beside: (name) =>
      files[name] === undefined
        ? Promise.reject(new Deno.errors.NotFound(name))
        : Promise.resolve(bytes(files[name])),
  });
  return parsed.ok ? parsed.config : parsed.complaints.map(complaintText);
}

const CSV =
  '\uFEFFhost,service,runbook_url\r\ndb-1,"orders, ""main""",https://wiki.example.com/?a=1#x\r\n\r\ndb-2,,\r\n';

for (
  const [name, enrich, files] of [
    [
      "rows",
      `  - match: [host]
    annotations: [runbook_url]
    rows:
      - { host: db-1, service: 'orders, "main"', runbook_url: "https://wiki.example.com/?a=1#x" }
      - { host: db-2 }`,
      {},
    ],
    ["CSV", "  - { match: [host], file: t/hosts.csv, annotations: [runbook_url] }", { "t/hosts.csv": CSV }],
    ["YAML", "  - { match: [host], file: hosts.yaml, annotations: [runbook_url] }", {
      "hosts.yaml":
        `# of the inventory\n- { host: db-1, service: 'orders, "main"', runbook_url: "https://wiki.example.com/?a=1#x" }\n- host: db-2\n`,
    }],
  ] as const
) {
  Deno.test(`a table is read from ${name}`, async () => {
    const config = await read(enrich, files);
    ok(!Array.isArray(config), String(config));
    const [table] = config.enrich;
    equal([...table!.rows], [
      ["db-1", {
        labels: { service: 'orders, "main"' },
        annotations: { runbook_url: "https://wiki.example.com/?a=1#x" },
      }],
      ["db-2", { labels: {}, annotations: {} }],
    ]);
  });
}

const csv = "  - { match: [host], file: a.csv }";

for (
  const [enrich, complaint, text] of [
    ["  - { match: [host] }", "enrich[0]: has no rows: write rows, or name a file"],
    ["  - { match: [host], rows: [], file: a.csv }", "enrich[0]: has rows and a file: use one of them"],
    [
      "  - { match: [host], rows: [{ hosts: a, b: c }] }",
      'enrich[0].rows[0]: has no "host"; each row needs the labels of match; did you mean "hosts"?',
    ],
    [
      "  - { match: [host], rows: [{ host: a, b: c }, { host: a, b: d }] }",
      "enrich[0].rows[1]: is a duplicate: rows[0] has the same host",
    ],
    [
      "  - { match: [host], rows: [{ host: a, severity: critical }] }",
      `enrich[0].rows[0]: cannot set "severity": the sender's value has already been read`,
    ],
    [
      "  - { match: [host], rows: [{ host: a, runbook: x }], annotations: [runboook] }",
      'enrich[0].annotations[0]: no row has "runboook"; did you mean "runbook"?',
    ],
    [csv, 'enrich[0].file: cannot read "a.csv": there is no such file'],
    [
      "  - { match: [host], file: ../a.csv }",
      "enrich[0].file: must be a .csv or .yaml file in the folder of the configuration",
    ],
    [
      "  - { match: [host], file: /etc/passwd }",
      "enrich[0].file: must be a .csv or .yaml file in the folder of the configuration",
    ],
    [csv, "enrich[0].file: line 3: has a different number of fields than the header", "host,b\nx,1\ny\n"],
    [csv, "enrich[0].file: line 2: a quote is not closed", 'host,b\nx,"1\n'],
    [csv, 'enrich[0].file: line 1: there are two columns "b"', "host,b,b\nx,1,2\n"],
    [csv, "enrich[0].file: has no header: its first line names the columns", ""],
    [csv, "enrich[0].file: line 4: is a duplicate: line 2 has the same host", "host,b\nx,1\n\nx,2\n"],
    [csv, 'enrich[0].file: line 2: has no "host"; each row needs the labels of match', "b,c\n1,2\n"],
    [
      csv,
      "enrich[0].file: line 2: b must have at most 1000 bytes",
      `host,b\nx,${"y".repeat(1_001)}\n`,
    ],
    [
      "  - { match: [host], file: a.yaml }",
      'enrich[0].file: "a.yaml" must be a list of mappings',
      "host: x\n",
    ],
    [
      "  - { match: [host], file: a.yaml }",
      'enrich[0].file: "a.yaml" is no valid YAML: bad indentation of a mapping entry at line 2, column 5',
      "- host: x\n   b: : c\n",
    ],
  ] as const
) {
  Deno.test(`${enrich.trim()}${text === undefined ? "" : ` with ${JSON.stringify(text.slice(0, 30))}`}: ${complaint}`, async () => {
    equal(await read(enrich, text === undefined ? {} : { "a.csv": text, "a.yaml": text }), [complaint]);
  });
}

Deno.test("a configuration of the console cannot make the relay read a file", async () => {
  await using house = await testRelay();
  const { status, body } = await api(house, "PUT", "config/enrich", {
    body: [{ match: ["host"], file: "fenghuo.yaml" }],
  });
  equal(status, 422);
  ok(JSON.stringify(body).includes("write the rows here"), JSON.stringify(body));
});

Deno.test("rules, silences and the trial see what a table adds; the fingerprint stays", async () => {
  await using house = await testRelay({
    yaml: `
groups:
  - { owner: dba, level: default, destinations: [{ channel: inbox }] }
  - { owner: web, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ['service="orders"'], group: dba/default }
  - { match: ['service!="orders"'], group: web/default }
`,
  });
  const labels = { alertname: "Down", host: "db-1" };
  const logged = async (): Promise<{ group: string; fingerprint: string; labels: object }> => {
    await house.fire({ labels });
    const [alert] = await house.relay.store.log.newest(1);
    const stored = await house.relay.query.alerts.get(alert!.incident!);
    return {
      group: alert!.routing[0]!.group,
      fingerprint: alert!.fingerprint,
      labels: "labels" in stored!.alert ? stored!.alert.labels : {},
    };
  };
  const before = await logged();
  equal(before.group, "web/default");
  await house.fire({ labels, status: "resolved" });
  const { status } = await api(house, "PUT", "config/enrich", {
    body: [{ match: ["host"], rows: [{ host: "db-1", service: "orders" }] }],
  });
  equal(status, 200);
  const after = await logged();
  equal(after, { ...before, group: "dba/default", labels: { ...labels, service: "orders" } });
  const { body } = await api(house, "POST", "rules/test", { body: { labels } });
  equal(body.labels.service, "orders");
  equal(body.routed[0].group, "dba/default");
});

Deno.test("the files that a start must be allowed to read", () => {
  equal(
    tableFilesIn(`
enrich:
  - { match: [host], file: hosts.csv }
  - match: [job]
    file: "tables/jobs of ours.yaml" # the inventory
  - { file: ../secrets.csv }
  - { file: /etc/x.csv, match: [a] }
  - file: notes.txt
`),
    ["hosts.csv", "tables/jobs of ours.yaml"],
  );
});
