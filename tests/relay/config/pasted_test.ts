/**
 * People's typical mistakes in fenghuo.yaml: text pasted from a vendor's page, from another program's file, or
 * changed by an editor.
 *
 * @module
 */
import assert from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { complaintText, decodeFile, parseConfig, proxiesToForget } from "../../../relay/config/mod.ts";
import { readYaml, writeYaml } from "../../../relay/config/file.ts";
import type { Config } from "../../../relay/config/mod.ts";
import { SECRETS } from "../../kit/relay.ts";

async function read(yaml: string, env = {}): Promise<{ config: Config | undefined; complaints: string[] }> {
  const parsed = await parseConfig({ env, yaml, secrets: SECRETS, channels: await discover() });
  return parsed.ok
    ? { config: parsed.config, complaints: [] }
    : { config: undefined, complaints: parsed.complaints.map(complaintText) };
}

function destination(channel: string, config: string): string {
  return `groups: [{ owner: a, level: b, destinations: [{ channel: ${channel}, config: { ${config} } }] }]`;
}

const AT = "groups[0].destinations[0]";

const MISTAKES: [what: string, yaml: string, complaint: string][] = [
  [
    "DingTalk's whole address",
    destination("dingtalk_robot", 'token: "https://oapi.dingtalk.com/robot/send?access_token=abc"'),
    `${AT}.config.token: is a whole address: only what follows access_token= belongs here`,
  ],
  [
    "WeCom's whole address",
    destination("wecom_robot", 'key: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"'),
    `${AT}.config.key: is a whole address: only what follows key= belongs here`,
  ],
  [
    "Feishu's whole address",
    destination("feishu_robot", 'token: "https://open.feishu.cn/open-apis/bot/v2/hook/abc"'),
    `${AT}.config.token: is a whole address: only its last part, after /hook/, belongs here`,
  ],
  [
    "a signing secret that is none of DingTalk's",
    destination("dingtalk_robot", "token: abc, secret: abc"),
    `${AT}.config.secret: must begin with "SEC": copy it from the robot's security settings, where a signature is chosen`,
  ],
  [
    "a variable without braces",
    destination("dingtalk_robot", 'token: "$DING_TOKEN"'),
    `${AT}.config.token: is the name of a variable: only fenghuo.yaml reads them, as \${NAME} with braces; elsewhere write the value itself`,
  ],
  [
    "a mail server with its port",
    destination("email", 'host: "smtp.163.com:465", from: ops@example.com'),
    `${AT}.config.host: must be the name or the address of a server, without its port: that is a setting of its own`,
  ],
  [
    "the vendor instead of its channel",
    destination("dingtalk", ""),
    `${AT}.channel: there is no channel "dingtalk"; did you mean "dingtalk_card" or "dingtalk_chat" or "dingtalk_ding" or "dingtalk_robot"?`,
  ],
  [
    "a mistake in defaults that nobody uses",
    "defaults: { email: { prot: 465 } }",
    'defaults.email.prot: is not a setting; did you mean "port"?',
  ],
  [
    "a wrong value in defaults that nobody uses",
    "defaults: { email: { port: 70000 } }",
    "defaults.email.port: must be at most 65535",
  ],
];

for (const [what, yaml, complaint] of MISTAKES) {
  Deno.test(`${what} is refused with the cure`, async () => {
    assert.deepEqual((await read(yaml)).complaints, [complaint]);
  });
}

Deno.test("a private deployment of DingTalk may have other signing secrets", async () => {
  const yaml = destination("dingtalk_robot", "token: abc, secret: abc, base: 'https://ding.example.com'");
  assert.deepEqual((await read(yaml)).complaints, []);
});

Deno.test("defaults may leave out what each destination says for itself", async () => {
  assert.deepEqual((await read("defaults: { email: { host: smtp.example.com } }")).complaints, []);
});

Deno.test("unknown groups and members are named together with whatever else is wrong", async () => {
  const { complaints } = await read(`
members: [{ id: li }]
groups: [{ owner: a, level: b, members: [lee, li], window: soon }]
rules: [{ match: ['team'], group: a/c }]
`);
  assert.deepEqual(complaints.map((complaint) => complaint.split(": ")[0]), [
    "groups[0].window",
    "groups[0].members[0]",
    "rules[0].match[0]",
    "rules[0].group",
  ]);
});

Deno.test("keys that begin with x- hold what others refer to, and << takes it in", async () => {
  const { config, complaints } = await read(`
x-inbox: &inbox { channel: inbox, config: {} }
.x-group: &group
  window: 10m
  locale: en
x-unused: "\${NOT_SET}"
groups:
  - { <<: *group, owner: a, level: b, destinations: [*inbox] }
  - { <<: *group, owner: a, level: c, window: 1m, destinations: [{ <<: *inbox, name: other }] }
`);
  assert.deepEqual(complaints, []);
  const shown = ["a/b", "a/c"].map((id) => {
    const { window, locale, destinations } = config!.groups.get(id)!;
    return [window, locale, destinations.map(({ name }) => name)];
  });
  assert.deepEqual(shown, [[600_000, "en", ["inbox"]], [60_000, "en", ["other"]]]);
});

Deno.test("a file that is not UTF-8 is refused with the command that converts it", () => {
  const gbk = new Uint8Array([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xc0, 0xee, 0xc0, 0xd7]);
  assert.throws(
    () => decodeFile(gbk, "fenghuo.yaml"),
    /"fenghuo\.yaml" is not UTF-8: .*iconv -f GB18030 -t UTF-8/,
  );
  const utf16 = new Uint8Array([0xff, 0xfe, 0x61, 0x00]);
  assert.throws(() => decodeFile(utf16, "fenghuo.yaml"), /iconv -f UTF-16/);
  assert.throws(() => decodeFile(utf16, "hosts.csv"), /"hosts\.csv" > new\.csv$/);
  assert.equal(decodeFile(new TextEncoder().encode("name: 李雷"), "fenghuo.yaml"), "name: 李雷");
  assert.equal(
    decodeFile(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), "fenghuo.yaml"),
    "a",
    "a mark of UTF-8 is dropped",
  );
});

Deno.test("what YAML 1.1 would read as something else is quoted when it is written", async () => {
  const tree = {
    quiet: { from: "22:00", to: "08:00" },
    id: "007",
    yes: "yes",
    day: "2026-01-31",
    mobile: "+86138",
  };
  const text = await writeYaml(tree);
  for (const value of ["22:00", "08:00", "007", "yes", "2026-01-31"]) {
    assert.match(text, new RegExp(`['"]${value}['"]`), text);
  }
  assert.deepEqual(await readYaml(text, "x"), { tree });
});

Deno.test("NO_PROXY=* means that no proxy is used", () => {
  const proxies = { HTTP_PROXY: "http://p:1", https_proxy: "http://p:1", ALL_PROXY: "http://p:1" };
  for (const NO_PROXY of ["*", "localhost, *"]) {
    assert.deepEqual(proxiesToForget({ ...proxies, NO_PROXY }), ["HTTP_PROXY", "https_proxy", "ALL_PROXY"]);
  }
  for (const NO_PROXY of [undefined, "", "*.example.com"]) {
    assert.deepEqual(proxiesToForget({ ...proxies, NO_PROXY }), []);
  }
});
