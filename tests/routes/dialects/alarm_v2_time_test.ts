import { deepStrictEqual as equal } from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import { alertTime } from "../../../routes/dialects/alarm_v2_time.ts";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { testRelay } from "../../kit/relay.ts";

const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const AT = Date.UTC(2018, 8, 11, 11, 24, 45);
const TIMES: [text: string, expected: number | null][] = [
  ["2018-09-11 19:24:45", AT],
  [" 2018-9-11 19:24:45 ", AT],
  ["2018/09/11 19:24:45", AT],
  ["2018年9月11日 19:24:45", AT],
  ["2018-09-11T19:24:45", AT],
  ["2018-09-11T19:24:45.123", AT],
  ["2018-09-11T11:24:45Z", AT],
  ["2018-09-11 12:24:45+01:00", AT],
  ["2018-09-11 12:24:45 +0100", AT],
  ["1536665085", AT],
  ["1536665085000", AT],
  ["2018-09-11 19:24", AT - 45_000],
  ["2018-01-1 01:01:01", Date.UTC(2017, 11, 31, 17, 1, 1)],
  ["2026-11-20 11:14:59", NOW + 14 * 60_000 + 59_000],
  ["2026-11-20 11:15:01", null],
  ["2999-01-01 00:00:00", null],
  ["2026-02-30 10:00:00", null],
  ["2026-13-01 10:00:00", null],
  ["2026-01-01 25:00:00", null],
  ["2026-01-01 10:00:00+99:99", null],
  ["1969-01-01 00:00:00", null],
  ["19:24:45", null],
  ["刚才", null],
  ["", null],
  ["9".repeat(13), null],
];

for (const [text, expected] of TIMES) {
  Deno.test(`alert_time ${JSON.stringify(text)} is ${expected === null ? "only a text" : "a time"}`, () => {
    equal(alertTime(text, { now: NOW, timezone: "Asia/Shanghai" }), expected);
  });
}

Deno.test("alert_host is the instance and alert_time the start, and both are shown as they came", async () => {
  await using house = await testRelay({ yaml: `${ALARM_V2_YAML}      - { channel: inbox, config: {} }\n` });
  const send = async (changes: object): Promise<Alert> => {
    const body = JSON.stringify(alarmV2({ ...changes }));
    equal((await (await house.request("/alarm_v2", { method: "POST", body })).json()).code, 0);
    return (await house.relay.store.log.newest(1))[0]!.alert as Alert;
  };
  const { labels, startsAt } = await send({ alert_host: "du-ftp-qd-2", alert_ip: "10.27.23.65" });
  equal([labels.instance, labels.alert_host, startsAt], [
    "du-ftp-qd-2",
    "du-ftp-qd-2",
    Date.UTC(2017, 11, 31, 17, 1, 1),
  ]);
  equal((await send({ alert_ip: "10.27.23.65" })).labels.instance, "10.27.23.65");
  const bare = await send({ alert_time: "刚才" });
  equal([bare.labels.instance, bare.startsAt], [undefined, null]);
  await house.settle();
  const [last] = await house.relay.store.caches.newest("inbox", 1) as { body: string }[];
  equal(last!.body.split("\n").includes("告警时间:刚才"), true);
  await house.advance(5 * 60_000);
  await send({ alert_host: "du-ftp-qd-2", alert_ip: "10.27.23.65" }); // the same alert_time: code 0 all the same
});

Deno.test("the instance is no part of what makes two calls the same", async () => {
  await using house = await testRelay({ yaml: `${ALARM_V2_YAML}      - { channel: inbox, config: {} }\n` });
  for (const changes of [{ alert_host: "a" }, { alert_host: "b" }, { alert_host: "a" }]) {
    await house.request("/alarm_v2", { method: "POST", body: JSON.stringify(alarmV2(changes)) });
  }
  const prints = (await house.relay.store.log.newest(3)).map(({ fingerprint }) => fingerprint);
  equal([new Set(prints).size, prints[0]], [2, prints[2]]);
});
