import { deepStrictEqual as equal } from "node:assert/strict";
import { SECRETS, testRelay, webhook } from "../../kit/relay.ts";

const ALERTMANAGER = JSON.stringify(webhook({}));
const DOORS: [path: string, body: string][] = [
  ["/", ALERTMANAGER],
  ["/webhook", ALERTMANAGER],
  ["/dingtalk/ops/send", ALERTMANAGER],
  ["/prometheusalert?type=dd", ALERTMANAGER],
  ["/ocp/dba/default", "磁盘已满"],
  ["/api/v2/alarm/alarms", '{"alarmType":"ob_down","target":"host=a"}'],
  ["/robot/send?access_token=whatever", '{"msgtype":"text","text":{"content":"x"}}'],
  ["/cgi-bin/webhook/send?key=whatever", '{"msgtype":"text","text":{"content":"x"}}'],
  ["/open-apis/bot/v2/hook/whatever", '{"msg_type":"text","content":{"text":"x"}}'],
];

const BASIC = `Basic ${btoa(`any:${SECRETS.intakeToken}`)}`;

/** A browser's additions to a page's request, and a sender's form of the token; whether the alert is accepted. */
const SENDERS: [who: string, headers: Record<string, string>, taken: boolean][] = [
  ["a program without a token", {}, true],
  ["a page of another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, false],
  ["a page of another port", { origin: "http://localhost:1234", "sec-fetch-site": "same-site" }, false],
  ["a page without an origin", { origin: "null" }, false],
  ["a page of a plain site, whose browser names its origin only", { origin: "http://evil.example" }, false],
  ["a page whose name leads here", { origin: "http://localhost", "sec-fetch-site": "same-origin" }, false],
  [
    "a page, with the password that the browser keeps,",
    { origin: "https://evil.example", authorization: BASIC },
    false,
  ],
];

for (const [who, headers, taken] of SENDERS) {
  Deno.test(`where the intake is open, ${who} is ${taken ? "accepted" : "refused"} at every door`, async () => {
    await using house = await testRelay({ env: { FENGHUO_OPEN_INTAKE: "1" } });
    for (const [index, [path, body]] of DOORS.entries()) {
      const response = await house.request(path, {
        method: "POST",
        body,
        headers: { authorization: "", "content-type": "text/plain", ...headers },
      });
      const text = await response.text();
      const isRobot = /^\/(?:robot|cgi-bin|open-apis)\//.test(path);
      equal(response.status, taken || isRobot ? 200 : 403, `${path} ${text}`);
      const { errcode, code = errcode } = isRobot ? JSON.parse(text) : {};
      if (isRobot) equal(code === 0, taken);
      if (taken) equal((await house.relay.store.log.newest(100)).length, index + 1, path);
    }
    if (!taken) equal(await house.relay.store.log.newest(10), []);
  });
}

Deno.test("a page that shows the token itself is heard: no browser adds it to another's page", async () => {
  await using house = await testRelay();
  const page = { origin: "https://tool.example", "sec-fetch-site": "cross-site" };
  for (
    const [path, headers, status] of [
      ["/webhook", { ...page, authorization: `Bearer ${SECRETS.intakeToken}` }, 200],
      [`/webhook?token=${SECRETS.intakeToken}`, { ...page, authorization: "" }, 200],
      ["/webhook", { ...page, authorization: BASIC }, 403],
      ["/webhook", { authorization: BASIC }, 200],
    ] as const
  ) {
    const response = await house.request(path, { method: "POST", body: ALERTMANAGER, headers });
    equal(response.status, status, await response.text());
  }
});
