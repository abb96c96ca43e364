import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { ALARM_V2_YAML, alarmV2 } from "../kit/alarm_v2.ts";
import { eventually } from "../kit/eventually.ts";
import { startRelay, temporaryFolder } from "../kit/process.ts";
import { startSmtp } from "../kit/smtp.ts";

const ROBOT = { token: "group-token", secret: "SECgroup+/=&%" };
const KEY = "group-key";

/** The longest wait of the call, and the longest time of its loopback transit: milliseconds. */
const WAIT = 2_000;
const WAY = 1_000;

/** A hanging request is given up after 10 s, and tried again some 5 s later. */
const LATER = { within: 40_000 };

Deno.test("one destination hangs, one refuses: the call returns in time, the third has it, the two get it later", async () => {
  await using folder = await temporaryFolder();
  await using dingtalk = await startDingTalk({ robots: [ROBOT] });
  await using wecom = await startWeCom({ robots: [KEY] });
  await using smtp = await startSmtp({ refuseMail: "451 4.3.0 Try again later" });
  wecom.fault("hang");
  const yaml = `
members: [{ id: li.lei, name: 李雷, email: li.lei@example.com }]
${ALARM_V2_YAML.replace("    destinations:", "    members: [li.lei]\n    destinations:")}
      - { channel: dingtalk_robot, config: { token: ${ROBOT.token}, secret: "${ROBOT.secret}", base: "${dingtalk.url}" } }
      - { channel: wecom_robot, config: { key: ${KEY}, base: "${wecom.url}" } }
      - { channel: email, config: { host: 127.0.0.1, port: ${smtp.port}, tls: none, from: ops@example.com } }
`;
  const env = { FENGHUO_ALARM_WAIT: `${WAIT}ms` };
  await using relay = await startRelay({ folder: folder.path, yaml, env });
  const call = async (): Promise<Record<string, unknown>> => {
    const body = JSON.stringify(alarmV2());
    const response = await fetch(`${relay.url}/alarm_v2`, { method: "POST", body });
    equal(response.status, 200);
    return await response.json();
  };

  const started = Date.now();
  let isAnswered = false;
  const answering = call().finally(() => isAnswered = true);
  await Promise.all([dingtalk.arrived(1), wecom.arrived(1), smtp.read]);
  ok(!isAnswered, "all three were tried side by side, while the call waited for the one that hangs");
  equal(dingtalk.robot(ROBOT.token).messages.length, 1, "DingTalk has the message at once");

  const answer = await answering;
  const took = Date.now() - started;
  ok(took < WAIT + WAY, `answered after ${took} ms`);
  equal([answer.code, answer.pending], [4005, ["wecom_robot"]]);
  match(answer.message as string, /^email: .*451/);
  equal([wecom.robot(KEY).messages, smtp.mails], [[], []], "neither has it yet");

  smtp.become({});
  await eventually("the mail", () => smtp.mails.length > 0, LATER);
  await wecom.arrived(2);
  await eventually("WeCom", () => wecom.robot(KEY).messages.length > 0, LATER);
  equal(await call(), {
    code: 1010,
    message: "The same alert was sent within the window: it is counted and not sent again",
  });
  const [told, ...more] = dingtalk.robot(ROBOT.token).messages;
  const [posted, ...others] = wecom.robot(KEY).messages;
  const [mail, ...mails] = smtp.mails;
  equal([more, others, mails], [[], [], []], "each has it once");
  equal(mail!.to, ["li.lei@example.com"]);
  for (const text of [told!.text, posted!.text, `${mail!.mail.subject}${mail!.mail.text}`]) {
    match(text, /陈敏测试alert_business/);
  }
  equal((await relay.stop()).code, 0, relay.output);
});
