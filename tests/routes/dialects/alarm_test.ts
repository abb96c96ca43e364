import { deepStrictEqual as equal, match } from "node:assert/strict";
import { ALARM_V2_YAML, alarmV2, DEPARTMENT_SECRET } from "../../kit/alarm_v2.ts";
import { testRelay } from "../../kit/relay.ts";

const YAML = `${ALARM_V2_YAML}      - { channel: inbox, config: {} }\n`;

for (const path of ["/alarm", "/alarm/"]) {
  Deno.test(`a POST to ${path} is answered as alarm_v2 answers it, and folds with what came there`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const send = async (path: string, body: unknown): Promise<string> =>
      await (await house.request(path, { method: "POST", body: JSON.stringify(body) })).text();
    equal(await send(path, alarmV2()), '{"code": 0}');
    match(await send("/alarm_v2", alarmV2()), /^\{"code": 1010, /);
    match(await send(path, { ...alarmV2(), sign: "nope" }), /^\{"code": 2000, /);
    match(await send(path, []), /^\{"code": 1000, /);
  });

  for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
    Deno.test(`a ${method} to ${path} is code 1003, in HTTP 200`, async () => {
      await using house = await testRelay({ yaml: YAML });
      const response = await house.request(path, { method });
      const { code, message } = await response.json();
      equal([response.status, code], [200, 1003]);
      match(message, /send a POST$/);
    });
  }
}

Deno.test("a GET to the newer path is still code 1004", async () => {
  await using house = await testRelay({ yaml: YAML });
  equal((await (await house.request("/alarm_v2")).json()).code, 1004);
});

const ENVIRONMENTS: [setting: string, env: string, code: number][] = [
  ["", "prod", 0],
  ["", "pre", 0],
  ["", "dev", 0],
  ["environments: [prod, pre]", "prod", 0],
  ["environments: [prod, pre]", "pre", 0],
  ["environments: [prod, pre]", "dev", 2003],
  ["environments: [dev]", "prod", 2003],
  ["environments: [prod, pre]", "test", 2003],
];

for (const [setting, env, code] of ENVIRONMENTS) {
  Deno.test(`a department with ${setting || "no environments named"} that sends from ${env} is answered ${code}`, async () => {
    const department = `{ name: 云端, secret: ${DEPARTMENT_SECRET}${setting && `, ${setting}`} }`;
    await using house = await testRelay({ yaml: YAML.replace(/du-srv: .*/, `du-srv: ${department}`) });
    const body = JSON.stringify(alarmV2({ env }));
    const answer = await (await house.request("/alarm_v2", { method: "POST", body })).json();
    equal(answer.code, code, answer.message);
    if (code !== 0 && env !== "test") {
      match(answer.message, /^env is not allowed for this department: it may be /);
      equal(await house.relay.store.log.newest(1), []);
    }
  });
}
