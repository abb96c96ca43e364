/** The addresses of other products: their senders change a host name and nothing else. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const TOKEN = SECRETS.intakeToken;
const ROBOT = "robot-token-of-ops";
const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: ops, level: dba, aliases: [disks], robot_token: ${ROBOT}, destinations: [{ channel: inbox }] }
  - { owner: signed, level: only, robot_token: signed-token, robot_secret: SEC, destinations: [{ channel: inbox }] }`;

/** A request as a client of the product sends it. */
interface Sent {
  readonly path: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (body: unknown): string => JSON.stringify(body);

const pagerDuty = (event: Record<string, unknown>, key = TOKEN): Sent => ({
  path: "/v2/enqueue",
  body: json({
    routing_key: key,
    event_action: "trigger",
    payload: { summary: "Disk is full", source: "db-1", severity: "critical" },
    ...event,
  }),
});
const opsgenie = (path: string, body: unknown, key = TOKEN): Sent => ({
  path: `/v2/alerts${path}`,
  body: json(body),
  headers: { authorization: `GenieKey ${key}` },
});

/** Each product: a message with a token, and its whole answer. */
const ACCEPTED: [
  name: string,
  sent: (token: string) => Sent,
  status: number,
  answer: RegExp,
  alert: Partial<Alert>,
][] = [
  [
    "pagerduty",
    (token) => pagerDuty({ dedup_key: "k1", links: [{ href: "https://a.example.com/" }] }, token),
    202,
    /^\{"status":"success","message":"Event processed","dedup_key":"k1"\}$/,
    {
      title: "Disk is full",
      severity: "critical",
      links: [{ kind: "source", url: "https://a.example.com/" }],
    },
  ],
  [
    "opsgenie",
    (token) =>
      opsgenie(
        "",
        { message: "Disk is full", alias: "a1", priority: "P1", details: { host: "db-1" } },
        token,
      ),
    202,
    /^\{"result":"Request will be processed","took":[\d.]+,"requestId":"[\w-]{36}"\}$/,
    { title: "Disk is full", severity: "critical" },
  ],
  [
    "gotify",
    (token) => ({
      path: "/message",
      body: json({ title: "Disk", message: "is full", priority: 8 }),
      headers: { "x-gotify-key": token },
    }),
    200,
    /^\{"id":1,"appid":1,"message":"is full","title":"Disk","priority":8,"date":"/,
    { title: "Disk", text: "is full", severity: "critical" },
  ],
  [
    "gotify",
    (token) => ({
      path: `/message?token=${token}`,
      body: "message=is+full",
      headers: { authorization: "none", "content-type": "application/x-www-form-urlencoded" },
    }),
    200,
    /"message":"is full"/,
    { title: "is full", severity: "info" },
  ],
  [
    "bark",
    (token) => ({
      path: "/push",
      body: json({
        device_key: token,
        title: "Disk",
        body: "is full",
        level: "critical",
        url: "https://a.example.com/",
      }),
    }),
    200,
    /^\{"code":200,"message":"success","timestamp":\d+\}$/,
    { title: "Disk", text: "is full", severity: "critical" },
  ],
  [
    "apprise",
    (token) => ({
      path: `/notify/${token}`,
      body: json({ title: "Disk", body: "is full", type: "failure" }),
    }),
    200,
    /^\{"error":null\}$/,
    { title: "Disk", severity: "critical" },
  ],
];

async function send(
  house: TestRelay,
  { path, body, headers = {} }: Sent,
): Promise<{ status: number; text: string }> {
  const response = await house.request(path, { method: "POST", body, headers });
  return { status: response.status, text: await response.text() };
}

for (const [name, sent, status, answer, expected] of ACCEPTED) {
  Deno.test(`${name}: ${sent("…").path} is accepted, in its own words, with the intake token, a robot's or an API token`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const { text: token } = await house.relay.commands.access.issueToken(
      { name: "t", scope: "intake", doors: ["in"], lasts: 60_000 },
      { by: "admin", now: house.clock.now() },
    );
    for (const [key, group] of [[TOKEN, "default/default"], [ROBOT, "ops/dba"], [token, "default/default"]]) {
      const answered = await send(house, sent(key!));
      equal(answered.status, status, answered.text);
      match(answered.text.replace(/"id":\d+/, '"id":1'), answer);
      const [logged] = await house.relay.store.log.newest(1);
      equal(logged!.routing.map(({ group }) => group), [group]);
    }
    const alerts = (await house.relay.store.log.newest(3)).map(({ alert }) => alert as Alert).filter((
      alert,
    ) => "title" in alert && alert.text !== undefined);
    const { dialect, ...rest } = alerts.at(-1)!;
    equal(dialect, name);
    for (const [field, value] of Object.entries(expected)) {
      equal(rest[field as keyof typeof rest], value, field);
    }
    equal(house.reports, []);
  });
}

const REFUSED: [what: string, sent: Sent, status: number, answer: RegExp][] = [
  [
    "pagerduty with an unknown key",
    pagerDuty({}, "wrong"),
    400,
    /"status":"invalid event".*routing_key is unknown/,
  ],
  ["pagerduty without a key", pagerDuty({ routing_key: undefined }), 400, /routing_key is missing/],
  [
    "pagerduty with the token of a robot that must sign",
    pagerDuty({}, "signed-token"),
    400,
    /routing_key is unknown/,
  ],
  ["pagerduty with an unknown action", pagerDuty({ event_action: "x" }), 400, /event_action: /],
  ["pagerduty without a summary", pagerDuty({ payload: {} }), 400, /payload\.summary: /],
  [
    "pagerduty that resolves nothing by name",
    pagerDuty({ event_action: "resolve" }),
    400,
    /dedup_key is missing/,
  ],
  ["pagerduty with garbage", { path: "/v2/enqueue", body: "x" }, 400, /invalid event.*not JSON/],
  ["pagerduty with null", { path: "/v2/enqueue", body: "null" }, 400, /routing_key is missing/],
  [
    "opsgenie with an unknown key",
    opsgenie("", { message: "x" }, "wrong"),
    401,
    /"message":"The API key is unknown/,
  ],
  ["opsgenie without a message", opsgenie("", {}), 422, /"message":"message: /],
  ["opsgenie with a list", opsgenie("", []), 422, /"message":"body: /],
  [
    "gotify without a token",
    { path: "/message", body: json({ message: "x" }), headers: { authorization: "none" } },
    401,
    /"error":"Unauthorized","errorCode":401/,
  ],
  [
    "gotify without a message",
    { path: `/message?token=${TOKEN}`, body: "{}" },
    400,
    /"errorDescription":"Field 'message'/,
  ],
  [
    "bark without a key",
    { path: "/push", body: json({ title: "x" }) },
    400,
    /"message":"device key is empty"/,
  ],
  [
    "bark with one wrong key of two",
    { path: "/push", body: json({ device_keys: [TOKEN, "wrong"], title: "x" }) },
    400,
    /failed to get device token/,
  ],
  [
    "bark without any words",
    { path: "/push", body: json({ device_key: TOKEN }) },
    400,
    /title and body are empty/,
  ],
  [
    "apprise with an unknown key",
    { path: "/notify/wrong", body: json({ body: "x" }) },
    404,
    /"error":"There is no configuration/,
  ],
  [
    "apprise without a body",
    { path: `/notify/${TOKEN}`, body: "{}" },
    400,
    /"error":"Bad FORM Payload provided: body/,
  ],
];

for (const [what, sent, status, answer] of REFUSED) {
  Deno.test(`${what} is refused in the product's own words, and accepts nothing`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const answered = await send(house, sent);
    equal(answered.status, status, answered.text);
    match(answered.text, answer);
    equal(await house.relay.store.log.newest(1), []);
    equal(house.reports, []);
  });
}

async function open(house: TestRelay): Promise<[title: string, known: boolean][]> {
  await house.settle();
  return (await house.relay.store.incidents.newest("open", 5)).map(({ title, known }) => [title, known]);
}

Deno.test("an event of PagerDuty is triggered once, acknowledged and resolved by its key", async () => {
  await using house = await testRelay({ yaml: YAML });
  equal((await send(house, pagerDuty({ dedup_key: "k" }))).status, 202);
  equal(
    (await send(
      house,
      pagerDuty({
        dedup_key: "k",
        payload: { summary: "Disk is fuller", source: "db-1", severity: "critical" },
      }),
    )).status,
    202,
  );
  equal(await open(house), [["Disk is fuller", false]]);
  equal(
    (await send(house, pagerDuty({ event_action: "acknowledge", dedup_key: "k", payload: undefined })))
      .status,
    202,
  );
  equal(await open(house), [["Disk is fuller", true]]);
  equal(
    (await send(house, pagerDuty({ event_action: "acknowledge", dedup_key: "other", payload: undefined })))
      .status,
    202,
  );
  equal(
    (await send(house, pagerDuty({ event_action: "resolve", dedup_key: "k", payload: undefined }))).status,
    202,
  );
  equal(await open(house), []);
  const [last] = await house.relay.store.log.newest(1);
  equal((last!.alert as Alert).title, "Disk is fuller");
});

Deno.test("an event without a key has one that later events of the same have, too, and hears it", async () => {
  await using house = await testRelay({ yaml: YAML });
  const keys = [];
  for (let count = 0; count < 2; count++) {
    keys.push(JSON.parse((await send(house, pagerDuty({}))).text).dedup_key);
  }
  equal(keys[0], keys[1]);
  equal((await open(house)).length, 1);
  await send(house, pagerDuty({ event_action: "resolve", dedup_key: keys[0] }));
  equal(await open(house), []);
});

Deno.test("an alert of Opsgenie is acknowledged, noted and closed by its alias", async () => {
  await using house = await testRelay({ yaml: YAML });
  const alias = "disk db-1/é";
  const path = `/${encodeURIComponent(alias)}`;
  const act = async (name: string, body: unknown): Promise<void> => {
    equal((await send(house, opsgenie(`${path}/${name}?identifierType=alias`, body))).status, 202);
  };
  await send(house, opsgenie("", { message: "Disk is full", alias }));
  equal(await open(house), [["Disk is full", false]]);
  await act("acknowledge", { user: "li.lei" });
  equal(await open(house), [["Disk is full", true]]);
  await act("unacknowledge", {});
  equal(await open(house), [["Disk is full", false]]);
  await act("notes", { note: "a bigger disk is on its way", user: "li.lei" });
  const [incident] = await house.relay.store.incidents.newest("open", 1);
  equal(incident!.memo, "a bigger disk is on its way");
  await act("close", { note: "replaced" });
  equal(await open(house), []);
  await act("close", {});
  equal(await house.relay.store.incidents.newest("open", 1), []);
});

Deno.test("a topic of ntfy is a group's alias or owner; any other path stays what it was", async () => {
  await using house = await testRelay({ yaml: YAML });
  const publish = async (
    path: string,
    init: RequestInit,
  ): Promise<{ status: number; json: Record<string, unknown> }> => {
    const response = await house.request(path, { method: "POST", body: "is full", ...init });
    return { status: response.status, json: await response.json() };
  };
  const headers = {
    title: "=?UTF-8?B?56OB55uY?=",
    priority: "urgent",
    tags: "disk",
    click: "https://a.example.com/",
  };
  const { status, json } = await publish("/disks", { headers });
  equal([status, json.event, json.topic, json.title, json.message], [
    200,
    "message",
    "disks",
    "磁盘",
    "is full",
  ]);
  const [logged] = await house.relay.store.log.newest(1);
  const { title, severity, labels, links } = logged!.alert as Alert;
  equal([title, severity, labels.topic, labels.tags, links[0]!.url], [
    "磁盘",
    "critical",
    "disks",
    "disk",
    "https://a.example.com/",
  ]);
  equal(logged!.routing[0]!.group, "ops/dba");
  equal((await publish("/ops", { method: "PUT" })).status, 200);
  const auth = btoa(`Basic ${btoa(`:${TOKEN}`)}`).replaceAll("=", "");
  equal((await publish(`/ops?auth=${auth}`, { headers: { authorization: "" } })).status, 200);
  equal((await publish("/ops", { headers: { authorization: "none" } })).status, 401);
  equal((await publish("/nobodys-topic", {})).status, 404);
  equal(house.reports, []);
});
