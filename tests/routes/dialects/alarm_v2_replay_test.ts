import { deepStrictEqual as equal, match } from "node:assert/strict";
import { alarmV2String } from "../../../relay/domain/signature.ts";
import { Database } from "../../../relay/store/database.ts";
import { setSignature, Signatures } from "../../../relay/store/signatures.ts";
import type { SignatureUse } from "../../../relay/domain/signature.ts";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { TestClock } from "../../kit/clock.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { type TestRelay, testRelay, type TestRelayOptions } from "../../kit/relay.ts";
import { DAY } from "../../../relay/base/duration.ts";

/** Two groups of which the id and the level join to the same text. */
const YAML = `${ALARM_V2_YAML}      - { channel: inbox, config: {} }
  - { owner: chenmin3, level: "3", destinations: [{ channel: inbox, config: {} }] }
  - { owner: chenmin, level: "33", destinations: [{ channel: inbox, config: {} }] }
`;

const house = (options: TestRelayOptions = {}): Promise<TestRelay> => testRelay({ yaml: YAML, ...options });

async function call(relay: TestRelay, body: unknown): Promise<{ code: number; message?: string }> {
  const response = await relay.request("/alarm_v2", {
    method: "POST",
    headers: { authorization: "" },
    body: JSON.stringify(body),
  });
  return await response.json();
}

const SEEN = alarmV2({ level: "33", notes: "备注", exception_spec: "a", alert_host: "host" });

/** Changes by an attacker who does not have the secret. */
const CHANGED: [what: string, changes: Record<string, string | undefined>][] = [
  ["another group", { id: "chenmin3", level: "3" }],
  ["a character moved from one value to the next", {
    alert_business: "陈敏测试",
    alert_function: "alert_business陈敏测试alert_function",
  }],
  ["another name for a value", { notes: undefined, others: "备注" }],
  ["an empty value more", { alert_ip: "" }],
];

for (const [what, changes] of CHANGED) {
  Deno.test(`a signature that was seen is refused with ${what}, and the call it came with is still a retry`, async () => {
    await using relay = await house();
    const changed: Record<string, unknown> = { ...SEEN, ...changes };
    for (const name of Object.keys(changed)) if (changed[name] === undefined) delete changed[name];
    equal(
      alarmV2String(changed as Record<string, string>),
      alarmV2String(SEEN as Record<string, string>),
      "it signs the same string",
    );
    equal((await call(relay, SEEN)).code, 0);
    const { code, message } = await call(relay, changed);
    equal(code, 2000);
    match(message!, /other parameters/);
    equal((await call(relay, { ...changed, sign: String(changed.sign).toUpperCase() })).code, 2000);
    equal((await call(relay, SEEN)).code, 1010, "the same call again is folded");
    equal((await call(relay, Object.fromEntries(Object.entries(SEEN).reverse()))).code, 1010, "in any order");
    equal((await relay.relay.store.log.newest(9)).length, 3);
    await relay.settle();
    equal(relay.reports, []);
  });
}

Deno.test("of sixty calls at once with one signature only those with its first parameters are taken", async () => {
  await using relay = await house();
  const changed = { ...SEEN, id: "chenmin3", level: "3" };
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => call(relay, index % 2 ? changed : SEEN)),
  );
  const codes = answers.map(({ code }) => code).toSorted((a, b) => a - b);
  equal(codes, [0, ...Array(29).fill(1010), ...Array(30).fill(2000)]);
  await relay.settle();
});

Deno.test("a restarted relay and another instance on the same store know the signature, too", async () => {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const changed = { ...SEEN, id: "chenmin3", level: "3" };
  {
    await using first = await house({ kv, clock });
    equal((await call(first, SEEN)).code, 0);
    await first.settle();
  }
  {
    await using restarted = await house({ kv, clock });
    equal((await call(restarted, changed)).code, 2000);
    equal((await call(restarted, SEEN)).code, 1010);
  }
  {
    await using one = await house({ kv, clock, exclusive: false });
    await using other = await house({ kv, clock, exclusive: false });
    const fresh = alarmV2({ level: "33", alert_time: "2018-01-1 02:02:02" });
    equal((await call(one, fresh)).code, 0);
    equal((await call(other, { ...fresh, id: "chenmin3", level: "3" })).code, 2000);
    await one.settle();
    await other.settle();
  }
  kv.close();
});

for (const exclusive of [true, false]) {
  const options = { isShared: !exclusive };
  Deno.test(`a signature is remembered for a day, across midnight${exclusive ? "" : ", on a shared store"}`, async () => {
    const kv = await Deno.openKv(":memory:");
    const at = Date.UTC(2026, 0, 31, 23, 59);
    const claim = (now: number) =>
      new Signatures(new Database(kv, { deadline: 5_000 }), options).claim("sign", "other", now);
    const signatures = new Signatures(new Database(kv, { deadline: 5_000 }), options);
    const first = await signatures.claim("sign", "first", at);
    equal([first?.parameters, first?.at], ["first", at]);
    await store(kv, first!);
    equal(await signatures.claim("sign", "first", at + 1), first, "a retry");
    equal(
      [await claim(at), await claim(at + 2 * 60_000), await claim(at + DAY - 1)],
      Array(3).fill(undefined),
    );
    equal((await claim(at + DAY))?.parameters, "other");
    equal((await signatures.claim("sign", "third", at + DAY))?.parameters, "third");
    kv.close();
  });

  Deno.test(`what is remembered in memory is bounded, and what fell out is found in the store${exclusive ? "" : ", on a shared store"}`, async () => {
    const kv = await Deno.openKv(":memory:");
    const signatures = new Signatures(new Database(kv, { deadline: 5_000 }), options);
    await store(kv, (await signatures.claim("first", "x", 0))!);
    await signatures.claim("lost", "x", 0);
    for (let index = 0; index < 10_001; index++) await signatures.claim(`${index}`, "x", 0);
    equal(
      (await signatures.claim("lost", "y", 0))?.parameters,
      "y",
      "it fell out of memory, and was never stored",
    );
    equal(await signatures.claim("first", "y", 0), undefined);
    kv.close();
  });
}

async function store(kv: Deno.Kv, use: SignatureUse): Promise<void> {
  const atomic = kv.atomic();
  setSignature(atomic, use);
  await atomic.commit();
}

Deno.test("a call that could not be stored leaves its signature to the retry, also after a restart", async () => {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  {
    const faulty = faultyKv(kv);
    await using relay = await house({ kv: faulty.kv, clock });
    faulty.onCommit = () => "is lost";
    equal((await call(relay, SEEN)).code, 3000);
    faulty.onCommit = () => undefined;
    equal((await call(relay, SEEN)).code, 0);
    await relay.settle();
  }
  {
    await using restarted = await house({ kv, clock });
    equal((await call(restarted, { ...SEEN, id: "chenmin3", level: "3" })).code, 2000);
    await restarted.settle();
  }
  kv.close();
});

Deno.test("freshness is off unless it is asked for, and then an old call or a time that is none is refused", async () => {
  const clock = new TestClock(Date.UTC(2026, 10, 20, 3, 0, 0));
  const times: [alert_time: string, code: number, words: RegExp][] = [
    ["2026-11-20 10:50:00", 0, /^$/],
    ["2026-11-20 10:49:59", 2000, /too old/],
    ["2018-01-1 01:01:01", 2000, /too old/],
    ["2026-11-20 12:00:00", 1001, /alert_time/],
    ["刚才", 1001, /alert_time/],
  ];
  await using strict = await house({ clock, env: { FENGHUO_ALARM_MAX_AGE: "10m" } });
  await using lenient = await house({ clock });
  for (const [alert_time, expected, words] of times) {
    const body = alarmV2({ alert_time, notes: alert_time });
    const { code, message = "" } = await call(strict, body);
    equal(code, expected, alert_time);
    match(message, words);
    equal((await call(lenient, body)).code, 0);
  }
  await strict.settle();
  await lenient.settle();
});
