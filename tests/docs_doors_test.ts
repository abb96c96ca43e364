import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { descriptionsIn } from "./kit/described.ts";
import { doorsOf, withDoors } from "./kit/doors_table.ts";
import { ROOT } from "./kit/process.ts";
import { SECRETS, testRelay } from "./kit/relay.ts";

const YAML = `
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
doors: [{ name: zabbix, title: $.name }]
heartbeats: [{ name: backup, every: 1d }]`;

const oneLine = (text: string): string => text.replace(/\s+/g, " ");

Deno.test("the README lists every door and every ready-made one: deno task doors", async () => {
  await using house = await testRelay();
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  equal(oneLine(readme), oneLine(await withDoors(readme, house)));
});

Deno.test("every address that accepts alerts belongs to a listed door", async () => {
  await using house = await testRelay();
  const all = [...await descriptionsIn(house)].map(([route, description]) => ({ route, ...description }));
  const listed = all.filter(({ door }) => door !== undefined).map(({ route }) => route);
  const unlisted = all.filter(({ route, security = "api", door }) =>
    /^POST /.test(route) && ["intake", "robot", "signed", "ocp"].includes(security) && door === undefined &&
    !listed.some((one) => route.startsWith(`${one}/`))
  );
  ok(listed.length > 15);
  equal(unlisted.map(({ route }) => route), []);
});

Deno.test("the pasted address of each door is an address of the relay", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (const { name, paste } of await doorsOf(house)) {
    const [, path] = /http:\/\/\S*?fenghuo:8000([^\s,"}]*)/.exec(paste) ?? [];
    ok(path !== undefined, `${name}: ${paste}`);
    const address = name === "another Fenghuo" ? "/relay" : path;
    const sent = address.replace(/YOUR-(?:INTAKE|ROBOT)-TOKEN/, SECRETS.intakeToken).replace(
      "YOUR-TOPIC",
      "default",
    );
    const response = await house.request(sent, { method: "POST", body: "{}" });
    const answer = `${name}: ${sent}: ${response.status} ${await response.text()}`;
    ok(response.status !== 404 && response.status !== 405, answer);
    ok(!answer.includes("token is not exist"), answer);
  }
});
