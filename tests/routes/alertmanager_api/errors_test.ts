import { deepStrictEqual as equal } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: ops, level: dba, destinations: [{ channel: inbox }] }`;

Deno.test("receivers are the groups, and the status tells the versions", async () => {
  await using house = await testRelay({ yaml: YAML });
  equal(await api(house, "GET", "v2/receivers"), {
    status: 200,
    body: [{ name: "default/default" }, { name: "ops/dba" }],
  });
  const { status, body } = await api(house, "GET", "v2/status");
  equal(status, 200);
  equal(body.cluster, { status: "disabled", peers: [] });
  equal(Date.parse(body.uptime), house.clock.now());
});

Deno.test("an unknown address and a wrong method are refused as Alertmanager's router does", async () => {
  await using house = await testRelay({ yaml: YAML });
  equal(await api(house, "GET", "v2/nothing"), {
    status: 404,
    body: { code: 404, message: "path /api/v2/nothing was not found" },
  });
  equal(await api(house, "DELETE", "v2/status"), {
    status: 405,
    body: { code: 405, message: "method DELETE is not allowed, but [GET] are" },
  });
});

Deno.test("reading needs a credential: as Bearer, or as the password of Basic with any user", async () => {
  await using house = await testRelay({ yaml: YAML });
  const { body: { token } } = await api(house, "POST", "tokens", { body: { name: "karma", scope: "read" } });
  const basic = (text: string): string => `Basic ${btoa(text)}`;
  const tried: [authorization: string, status: number][] = [
    [`Bearer ${token}`, 200],
    [basic(`anybody:${token}`), 200],
    [basic(`admin:${SECRETS.adminPassword}`), 200],
    ["Bearer wrong", 401],
    [`Bearer ${SECRETS.intakeToken}`, 401],
  ];
  for (const [authorization, status] of tried) {
    const response = await house.request("/api/v2/status", { headers: { authorization } });
    const body = await response.json();
    equal(response.status, status, authorization);
    if (status === 401) equal(body.code, 401);
  }
});
