import { deepStrictEqual as equal, match } from "node:assert/strict";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const INBOX = `${ALARM_V2_YAML}      - { channel: inbox, config: {} }\n`;

async function call(
  house: TestRelay,
  body: unknown,
): Promise<{ code: number; message?: string; pending?: string[] }> {
  const response = await house.request("/alarm_v2", { method: "POST", body: JSON.stringify(body) });
  return await response.json();
}

Deno.test("an alert that a silence covers is answered 1010: it was taken, and is not sent", async () => {
  await using house = await testRelay({ yaml: INBOX });
  await api(house, "POST", "silences", { body: { matchers: ["alert_level=高"], duration: "1h" } });
  const { code, message } = await call(house, alarmV2());
  equal(code, 1010);
  match(message!, /^A silence covers the alert: it is counted and not sent$/);
  equal((await call(house, alarmV2({ alert_level: "低" }))).code, 0);
});

Deno.test("a repeat that somebody has acknowledged is answered 1010", async () => {
  await using house = await testRelay({ yaml: INBOX });
  equal((await call(house, alarmV2())).code, 0);
  const [incident] = await house.relay.store.incidents.newest("open", 1);
  await api(house, "POST", `incidents/${incident!.id}/ack`);
  await house.advance(6 * 60_000);
  const { code, message } = await call(house, alarmV2());
  equal(code, 1010);
  match(message!, /acknowledged/);
});

Deno.test("an alert that waits for the end of quiet hours is answered at once, as pending", async () => {
  const yaml = INBOX.replace("    level: 3\n", '    level: 3\n    quiet: { from: "22:00", to: "08:00" }\n');
  const clock = new TestClock(Date.parse("2026-11-20T23:30:00+08:00"));
  await using house = await testRelay({ yaml, clock });
  equal(await call(house, alarmV2({ alert_level: "中" })), { code: 0, pending: ["inbox"] });
  equal(await call(house, alarmV2({ alert_level: "高" })), { code: 0 });
});
