/** Messages to a robot whose group has patterns: they fold by their key, and end when one matches the end. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const TOKEN = "0123-abcd";

const yaml = (patterns: string, destination = "{ channel: inbox }"): string => `
groups:
  - owner: ops
    level: default
    robot_token: ${TOKEN}
${patterns}
    destinations: [${destination}]
  - owner: web
    level: default
    robot_token: other-token
${patterns}
    destinations: [{ channel: inbox }]`;

const BOTH = `    robot_key_pattern: '(?:实例|host)[:=]\\s*(\\S+)'
    robot_resolved_pattern: '已恢复|RESOLVED'`;
const RESOLVED_ONLY = "    robot_resolved_pattern: '\\[OK\\]|已恢复'";

/** The request of each vendor's programs that posts a text. */
const VENDORS:
  readonly (readonly [name: string, (text: string, token?: string) => { path: string; body: object }])[] = [
    ["dingtalk", (content, token = TOKEN) => ({
      path: `/robot/send?access_token=${token}`,
      body: { msgtype: "text", text: { content } },
    })],
    ["dingtalk markdown", (text, token = TOKEN) => ({
      path: `/robot/send?access_token=${token}`,
      body: { msgtype: "markdown", markdown: { title: "CPU", text: `## **${text}**` } },
    })],
    ["wecom", (content, token = TOKEN) => ({
      path: `/cgi-bin/webhook/send?key=${token}`,
      body: { msgtype: "markdown", markdown: { content: `<font color="warning">${content}</font>` } },
    })],
    ["feishu", (content, token = TOKEN) => ({
      path: `/open-apis/bot/v2/hook/${token}`,
      body: {
        msg_type: "interactive",
        card: {
          header: { title: { content: "CPU" } },
          elements: [{ tag: "markdown", content: `**${content}**` }],
        },
      },
    })],
  ];

async function send(house: TestRelay, { path, body }: { path: string; body: object }): Promise<void> {
  const response = await house.request(path, { method: "POST", body: JSON.stringify(body) });
  equal(response.status, 200);
  const { errcode, code } = await response.json();
  equal(errcode ?? code, 0);
  await house.settle();
}

/** The status and the outcome of each alert in the log, the oldest first. */
async function outcomes(house: TestRelay): Promise<string[]> {
  return (await house.relay.store.log.newest(20)).toReversed().map(({ alert, routing: [routed] }) => {
    const outcome = routed!.outcome as { kind: string; reason?: string; by?: string };
    return [(alert as Alert).status, outcome.kind, outcome.reason ?? outcome.by].filter(Boolean).join(" ");
  });
}

for (const [vendor, message] of VENDORS) {
  Deno.test(`${vendor}: messages with the same key are one incident, which a resolved one ends`, async () => {
    await using house = await testRelay({ yaml: yaml(BOTH) });
    for (
      const text of ["host=db-1 CPU 91 %", "host=db-1 CPU 97 %", "host=db-2 CPU 93 %", "host=db-1 已恢复"]
    ) {
      await send(house, message(text));
    }
    equal(await outcomes(house), [
      "firing told first",
      "firing folded",
      "firing told first",
      "resolved told resolved",
    ]);
    await send(house, message("host=db-1 CPU 95 %"));
    await send(house, message("host=db-3 已恢复"));
    equal((await outcomes(house)).slice(4), ["firing told first", "resolved suppressed nothing_open"]);
  });
}

Deno.test("the key of a group is its own, and without a match the title is the key", async () => {
  await using house = await testRelay({ yaml: yaml(BOTH) });
  const [, message] = VENDORS[0]!;
  await send(house, message("host=db-1"));
  await send(house, message("host=db-1 RESOLVED", "other-token"));
  await send(house, message("disk of a machine\n97 %"));
  await send(house, message("disk of a machine\n98 %"));
  await send(house, message("disk of a machine 已恢复\n20 %"));
  equal(await outcomes(house), [
    "firing told first",
    "resolved suppressed nothing_open",
    "firing told first",
    "firing folded",
    "resolved told resolved",
  ]);
});

Deno.test("with a resolved pattern alone the title without its words is the key", async () => {
  await using house = await testRelay({ yaml: yaml(RESOLVED_ONLY) });
  const [, message] = VENDORS[0]!;
  for (const text of ["disk of db-1", "[OK]  disk of db-1", "[OK]"]) await send(house, message(text));
  equal(await outcomes(house), [
    "firing told first",
    "resolved told resolved",
    "resolved suppressed nothing_open",
  ]);
});

Deno.test("a group without patterns has the text as the key, as before", async () => {
  await using house = await testRelay({ yaml: yaml("") });
  const [, message] = VENDORS[0]!;
  for (const text of ["host=db-1 1", "host=db-1 2", "host=db-1 已恢复"]) await send(house, message(text));
  equal(await outcomes(house), Array(3).fill("firing told first"));
  const [logged] = await house.relay.store.log.newest(1);
  equal((logged!.alert as Alert).statusAssumed, true);
});

Deno.test("the end arrives as its sender wrote it", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "t" }] });
  const destination = `{ channel: dingtalk_robot, config: { token: t, base: "${dingtalk.url}" } }`;
  await using house = await testRelay({ yaml: yaml(BOTH, destination) });
  const [, message] = VENDORS[0]!;
  for (const text of ["host=db-1 CPU 91 %", "host=db-1 已恢复"]) await send(house, message(text));
  const texts = dingtalk.robot("t").messages.map(({ request }) =>
    (request as { text: { content: string } }).text.content
  );
  equal(texts, ["host=db-1 CPU 91 %", "host=db-1 已恢复"]);
});
