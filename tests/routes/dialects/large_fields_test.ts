import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { HOUR } from "../../../relay/base/duration.ts";

/** Longer than a value of the database. */
const LONG = "x".repeat(70_000);

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The body with one of its texts, numbers or names replaced, for each of them. */
function* variants(body: Json, long: string): Generator<readonly [place: string, body: Json]> {
  if (typeof body !== "object" || body === null) return yield ["", long];
  if (Array.isArray(body)) {
    for (const [index, part] of body.entries()) {
      for (const [place, changed] of variants(part, long)) {
        yield [`[${index}]${place}`, body.with(index, changed)];
      }
    }
    return;
  }
  for (const [name, part] of Object.entries(body)) {
    const { [name]: _, ...rest } = body as Record<string, Json>;
    yield [`.${name} (the name)`, { ...rest, [long]: part }];
    for (const [place, changed] of variants(part, long)) {
      yield [`.${name}${place}`, { ...body, [name]: changed }];
    }
  }
}

const GRAFANA = {
  ...webhook({
    labels: { severity: "page" },
    annotations: { summary: "s", runbook_url: "https://a.example/" },
  }),
  orgId: 1,
  title: "t",
  state: "alerting",
  message: "m",
};

/** Each door, with a body that has all that it may have. */
const DOORS: readonly (readonly [path: string, body: Record<string, Json>])[] = [
  ["/webhook", GRAFANA as Record<string, Json>],
  [
    "/webhook/default/default",
    webhook({ labels: { severity: "page", team: "a" }, annotations: { description: "d" } }) as Record<
      string,
      Json
    >,
  ],
  [
    "/alarm_v2",
    alarmV2({ alert_host: "h", alert_ip: "i", notes: "n", others: "o", status: "s" }) as Record<string, Json>,
  ],
  ["/cgi-bin/webhook/send?key=test-token", {
    msgtype: "text",
    text: { content: "c", mentioned_list: ["a"], mentioned_mobile_list: ["1"] },
  }],
  ["/cgi-bin/webhook/send?key=test-token", {
    msgtype: "template_card",
    template_card: {
      card_type: "text_notice",
      main_title: { title: "t" },
      horizontal_content_list: [{ keyname: "k", value: "v", url: "https://a.example/" }],
    },
  }],
  ["/open-apis/bot/v2/hook/test-token", {
    msg_type: "interactive",
    card: { header: { title: { content: "t" } }, elements: [{ tag: "markdown", content: "c" }] },
  }],
  ["/robot/send?access_token=test-token", {
    msgtype: "text",
    text: { content: "c" },
    at: { atMobiles: ["1"] },
  }],
  ["/robot/send?access_token=test-token", { msgtype: "markdown", markdown: { title: "t", text: "x" } }],
  ["/robot/send?access_token=test-token", {
    msgtype: "link",
    link: { title: "t", text: "x", messageUrl: "https://a.example/", picUrl: "https://a.example/" },
  }],
  ["/robot/send?access_token=test-token", {
    msgtype: "actionCard",
    actionCard: { title: "t", text: "x", btns: [{ title: "b", actionURL: "https://a.example/" }] },
  }],
  ["/robot/send?access_token=test-token", {
    msgtype: "feedCard",
    feedCard: { links: [{ title: "t", messageURL: "https://a.example/", picURL: "https://a.example/" }] },
  }],
  ["/dingtalk/default/send", webhook({}) as Record<string, Json>],
  ["/prometheusalert?type=dd&tpl=t", webhook({}) as Record<string, Json>],
  ["/api/v2/alarm/alarms", {
    alarmType: "t",
    target: "host=1",
    labels: { key: "value" },
    summary: "s",
    description: "d",
    name: "n",
    level: 2,
    activeAt: "2026-01-31T08:00:00Z",
    updatedAt: "2026-01-31T08:00:00Z",
    status: "Active",
  }],
  ["/ocp/default/default", {
    alarm_name: "n",
    alarm_level: "page",
    alarm_target: "host=1",
    alarm_summary: "s",
    alarm_description: "d",
    alarm_url: "https://a.example/",
    alarm_status: "Active",
    alarm_type: "t",
    extra: "e",
  }],
];

async function post(
  house: TestRelay,
  path: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const headers: HeadersInit = path.startsWith("/api")
    ? { "content-type": "application/json", authorization: `Basic ${btoa("any:test-token")}` }
    : {};
  const response = await house.request(path, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

for (const [path, body] of DOORS) {
  const type = body.msgtype === undefined ? "" : ` (${body.msgtype})`;
  Deno.test(`whichever text of ${path}${type} is 70 KB long, it is answered, and so is everybody else`, async () => {
    await using house = await testRelay({
      yaml: `${ALARM_V2_YAML}      - { channel: inbox }`,
      fetch: () => Promise.resolve(Response.json({ errcode: 0 })),
    });
    let number = 0;
    let count = 0;
    if (path !== "/alarm_v2") await house.relay.courier.stop({ grace: 0 }); // it is about the way in
    for (const [place, changed] of variants(body, LONG)) {
      count++;
      house.clock.advance(5 * HOUR); // it is no duplicate of the one before, of which the log keeps little
      const signed = "sign" in body ? alarmV2({ ...changed as object, sign: undefined }) : changed;
      const beside = Array.from({ length: 3 }, () => house.post({ labels: { instance: `${number++}` } }));
      const [large, ...others] = await Promise.all([post(house, path, signed), ...beside]);
      ok(large.status < 500, `${place}: ${large.status} ${large.text.slice(0, 300)}`);
      ok(!/"code": ?3000|"errcode": ?-1/.test(large.text), `${place}: ${large.text.slice(0, 300)}`);
      equal(others.map(({ status }) => status), [200, 200, 200], `beside ${place}`);
    }
    await house.settle();
    ok(count > 5);
    equal(house.reports, []);
  });
}

Deno.test("a group, a token or a parameter of 70 KB in the address is no trouble of anybody else", async () => {
  await using house = await testRelay();
  const long = "x".repeat(70_000);
  for (
    const path of [
      `/webhook/${long}/default`,
      `/webhook/ops/${long}`,
      `/webhook?token=${long}`,
      `/ocp/${long}/default`,
      `/dingtalk/${long}/send`,
      `/robot/send?access_token=${long}`,
      `/prometheusalert?type=${long}`,
      `/prometheusalert?type=dd&tpl=${long}&at=${long}`,
    ]
  ) {
    const [{ status }, beside] = await Promise.all([
      post(house, path, path.includes("robot") ? { msgtype: "text", text: { content: "c" } } : webhook({})),
      house.post({ labels: { path: path.slice(0, 20) } }),
    ]);
    ok(status < 500, `${path.slice(0, 40)}: ${status}`);
    equal(beside.status, 200);
  }
  await house.settle();
  equal(house.reports, []);
});
