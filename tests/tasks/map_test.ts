import { deepStrictEqual as equal, match } from "node:assert/strict";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { type Ran, runTask } from "../kit/task.ts";

const EXAMPLE = ["--in", `${ROOT}examples/doors/zabbix.yaml`];
const PAYLOAD = `${ROOT}examples/doors/payloads/zabbix.json`;

Deno.test("deno task map shows the alerts of a payload, and says what cannot be read", async () => {
  await using folder = await temporaryFolder();
  const map = (...args: string[]): Promise<Ran> => runTask("map", args, { folder: folder.path });
  const write = (name: string, text: string): Promise<void> =>
    Deno.writeTextFile(`${folder.path}/${name}`, text);

  const shown = await map("zabbix", PAYLOAD, ...EXAMPLE);
  equal([shown.code, shown.stderr], [0, ""]);
  match(
    shown.stdout,
    /^alert 0\n {2}status {4}firing\n {2}severity {2}critical\n {2}title {5}MySQL: Replication lag/,
  );
  match(shown.stdout, /host="db-1"/);
  const json = await map("zabbix", PAYLOAD, "--json", ...EXAMPLE);
  equal(JSON.parse(json.stdout).alerts.length, 1);

  await write("list.json", '[{"name":"A","value":"1"},{"value":"1"},{"name":"C","value":"??"}]');
  const partly = await map("zabbix", "list.json", ...EXAMPLE);
  equal(partly.code, 1);
  match(partly.stdout, /title {5}A/);
  match(
    partly.stderr,
    /alert 1 cannot be read: title: finds nothing.*\nalert 2 cannot be read: status: finds "\?\?"/,
  );

  // The secrets of a door are seldom set in the environment of a trial of its mapping.
  await write(
    "typed.yaml",
    'doors: [{ name: g, type: grafana, secret: "${UNSET}" }, { name: e, type: cloudevents }, { name: w, type: grafana }]',
  );
  await write("webhook.json", '{"alerts":[{"status":"firing","labels":{"alertname":"From Grafana"}}]}');
  await write(
    "event.json",
    '{"specversion":"1.0","id":"1","source":"/x","type":"t","data":{"title":"An event"}}',
  );
  match((await map("g", "webhook.json", "--in", "typed.yaml")).stdout, /title {5}From Grafana/);
  match((await map("w", "webhook.json", "--in", "typed.yaml")).stdout, /title {5}From Grafana/);
  match((await map("e", "event.json", "--in", "typed.yaml")).stdout, /title {5}An event/);

  await write("wecom.json", '{"msgtype":"text","text":{"content":"host=db-1 已恢复"}}');
  const patterns = ["--key", "host=(\\S+)", "--resolved", "已恢复"];
  const message = await map("wecom", "wecom.json", ...patterns);
  equal(message.code, 0, message.stderr);
  match(message.stdout, /status {4}resolved[^]*key {7}key="db-1"/);

  await write("wrong.yaml", 'doors: [{ name: x, title: "$.a[", statu: $.s }]');
  const wrong: [string[], number, RegExp][] = [
    [["zabix", PAYLOAD, ...EXAMPLE], 2, /has no door "zabix".*"zabbix"/],
    [["x", PAYLOAD, "--in", "wrong.yaml"], 1, /doors\[0\]\.title: must be a text, a path.*at character 4/],
    [[], 2, /the name of a door is missing/],
    [["x", PAYLOAD], 1, /fenghuo\.yaml/],
    [["wecom", PAYLOAD], 1, /wrong or missing: msgtype/],
    [["feishu", PAYLOAD], 1, /the type of the message is unknown/],
    [["wecom", "wecom.json", "--key", "("], 2, /--key: the regular expression is not in RE2's syntax/],
  ];
  for (const [args, code, words] of wrong) {
    const ran = await map(...args);
    equal(ran.code, code, ran.stderr);
    match(ran.stderr, words);
  }
});
