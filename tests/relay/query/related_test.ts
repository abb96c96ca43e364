import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { countingKv } from "../../kit/counting_kv.ts";
import { scene } from "../../kit/duty.ts";
import { testRelay } from "../../kit/relay.ts";
import { DAY, HOUR, MINUTE } from "../../../relay/base/duration.ts";

const disk = { labels: { alertname: "DiskFull", host: "db-1" } };
const other = { labels: { alertname: "DiskFull", host: "db-2" } };
const down = { labels: { alertname: "Down", host: "db-1" } };
const resolved = { status: "resolved" } as const;

type House = Awaited<ReturnType<typeof scene>>;

/** One incident that lasts some minutes. */
async function once(house: House, alert: typeof disk, minutes: number): Promise<void> {
  await house.fire(alert);
  house.house.clock.advance(minutes * MINUTE);
  await house.fire({ ...alert, ...resolved });
  house.house.clock.advance(HOUR);
}

/** The newest message of the inbox. */
async function lastMessage(house: House): Promise<string> {
  const [kept] = await house.house.relay.store.caches.newest("inbox", 1) as { readonly body: string }[];
  return kept!.body;
}

for (const exclusive of [true, false]) {
  const where = exclusive ? "on a file" : "on a shared store";
  Deno.test(`${where}, an incident names earlier ones of the same alert, the same name, and the same object`, async () => {
    await using house = await scene({ exclusive });
    for (const minutes of [30, 20, 25]) await once(house, disk, minutes);
    await once(house, other, 5);
    await once(house, down, 7);
    await house.restart();
    await house.fire(disk);
    const { body: { incidents: [incident] } } = await api(house.house, "GET", "incidents");
    const { status, body } = await api(house.house, "GET", `incidents/${incident.id}/related?limit=2`);
    equal(status, 200);
    equal(
      // deno-lint-ignore no-explicit-any -- an answer
      body.relations.map(({ relation, earlier, usualMs, incidents }: any) => [
        relation,
        earlier,
        usualMs,
        // deno-lint-ignore no-explicit-any -- an answer
        incidents.map(({ title }: any) => title),
      ]),
      [
        ["alert", 3, 25 * MINUTE, ["DiskFull", "DiskFull"]],
        ["name", 1, undefined, ["DiskFull"]],
        ["place", 1, undefined, ["Down"]],
      ],
    );
    equal(body.since, house.house.clock.now() - 30 * DAY);
  });
}

Deno.test("the message of a lone alert says how often it came, and how long it usually lasts", async () => {
  await using house = await scene({});
  await once(house, disk, 30);
  await house.fire(disk);
  doesNotMatch(await lastMessage(house), /天内/, "twice is no pattern");
  house.house.clock.advance(20 * MINUTE);
  await house.fire({ ...disk, ...resolved });
  house.house.clock.advance(HOUR);
  await house.fire(disk);
  match(await lastMessage(house), /^30 天内第 3 次$/m);
  house.house.clock.advance(25 * MINUTE);
  await house.fire({ ...disk, ...resolved });
  doesNotMatch(await lastMessage(house), /天内/, "it is over");
  house.house.clock.advance(HOUR);
  await house.fire(disk);
  match(await lastMessage(house), /^30 天内第 4 次，通常约 25 分钟恢复$/m);
  house.house.clock.advance(MINUTE);
  await house.fire({ ...disk, ...resolved });
  house.house.clock.advance(31 * DAY);
  await house.fire(disk);
  doesNotMatch(await lastMessage(house), /天内/, "it was long ago");
});

Deno.test("alerts that share a message, and reopened incidents, are not counted twice", async () => {
  await using house = await scene({});
  for (let index = 0; index < 3; index++) await once(house, disk, 10);
  await house.house.fire(disk, other);
  doesNotMatch(await lastMessage(house), /天内/);
});

Deno.test("accepting a firing alert neither writes nor reads the index", async () => {
  const kv = await Deno.openKv(":memory:");
  const { kv: counted, asked } = countingKv(kv);
  {
    await using house = await testRelay({ kv: counted });
    const ofIndex = (): string[] => asked.keys.filter((key) => /\["(?:ended|response)"/.test(key));
    const stored = async (): Promise<number> =>
      (await Array.fromAsync(kv.list({ prefix: ["ended"] }))).length;
    await house.relay.courier.stop({ grace: 0 }); // a message reads it once
    await house.accept(disk, other);
    equal([ofIndex(), await stored()], [[], 0]);
    await house.accept({ ...disk, ...resolved });
    equal(await stored(), 3, "one key a relation");
    equal(ofIndex().filter((key) => key.startsWith("list") || key.startsWith("get")), []);
  }
  kv.close();
});

Deno.test("incidents that end in one commit share the keys of their name and their object", async () => {
  await using house = await testRelay();
  const hosts = Array.from({ length: 20 }, (_, index) => ({
    labels: { alertname: "DiskFull", host: "db-1", device: `sd${index}` },
  }));
  await house.accept(...hosts);
  await house.accept(...hosts.map((one) => ({ ...one, ...resolved })));
  const keys = (await Array.fromAsync(house.kv.list({ prefix: ["ended"] }))).map(({ key }) => String(key[1]));
  const of = (kind: string): number => keys.filter((key) => key.startsWith(kind)).length;
  equal([of("a-"), of("n-")], [20, 1]);
});
