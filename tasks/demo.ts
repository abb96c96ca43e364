/**
 * `deno task demo`: a relay, simulated vendors, and a day of alerts in fast motion, to watch in the console.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { formatTime } from "../relay/base/time.ts";
import { FastForward } from "./demo/clock.ts";
import { companyYaml } from "./demo/company.ts";
import { dayOf, MINUTES } from "./demo/day.ts";
import { ACCESS, type DemoRelay, startDemoRelay } from "./demo/relay.ts";
import { createSenders } from "./demo/senders.ts";
import { startVendors, type Vendors } from "./demo/vendors.ts";
import { numberOf, print, runTask, stopSignal } from "./_task.ts";

const HELP = `deno task demo [--port 8000] [--seconds 90]

Starts a relay on 127.0.0.1 with strict simulated DingTalk, WeCom and Feishu robots, and plays a day to it in fast motion: a
rack loses its power, a disk flaps, a deployment causes more alerts than a robot takes, a robot is removed and comes back.
Prints a link that opens the console, what happens, and each message as a group sees it. When the day is over the relay goes
on, and takes alerts of your own. Ctrl-C ends it; nothing is stored on disk.

  --port      of the relay; 0 is any free port
  --seconds   how long the day takes

FENGHUO_LOCALE (zh or en) and FENGHUO_TZ are this machine's language and time zone by default.`;

const MINUTE = 60_000;

await runTask({
  name: "deno task demo",
  action: "start the demo",
  help: HELP,
  options: { port: { type: "string", default: "8000" }, seconds: { type: "string", default: "90" } },
  run: ({ values }) =>
    play({
      port: numberOf("port", values.port, { to: 65_535 }),
      seconds: numberOf("seconds", values.seconds, { to: 24 * 3_600 }),
    }),
});

/** @returns the exit code, when it is stopped */
async function play({ port, seconds }: { port: number; seconds: number }): Promise<number> {
  const stop = new AbortController();
  const stopped = stopSignal().then(() => stop.abort());
  const clock = new FastForward(Date.now() - MINUTES * MINUTE);
  let timezone = "UTC";
  const say = (who: string, words: string): void =>
    print(`${formatTime(clock.now(), { timezone }).slice(11, 16)}  ${who.padEnd(8)}  ${words}`);

  await using vendors = await startVendors({
    now: () => clock.now(),
    onEvent: ({ vendor, text }) => say(vendor, text.slice(0, 120)),
  });
  await using relay = await startDemoRelay({
    clock,
    port,
    yaml: companyYaml(vendors),
    report: (words) => say("relay", words),
  });
  timezone = relay.timezone;
  print(greeting(relay));
  const day = playDay({ clock, relay, vendors, seconds, say, signal: stop.signal });
  await day.catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  if (!stop.signal.aborted) {
    print(ending(relay, vendors));
    await liveOn(relay, { signal: stop.signal, report: (words) => say("relay", words) });
  }
  await stopped;
  return 0;
}

/** Play the day, and then switch to the machine's clock. */
async function playDay(
  { clock, relay, vendors, seconds, say, signal }: {
    clock: FastForward;
    relay: DemoRelay;
    vendors: Vendors;
    seconds: number;
    say: (who: string, words: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  const { url, timezone, settled } = relay;
  const senders = createSenders({ ...ACCESS, url, timezone, now: () => clock.now() });
  const events = dayOf(senders, vendors);
  const begin = clock.now();
  const began = performance.now();
  for (let minute = 0; minute < MINUTES; minute++) {
    signal.throwIfAborted();
    await clock.advance(begin + minute * MINUTE, { settled });
    while (events[0]?.minute === minute) {
      const { says, happens } = events.shift()!;
      if (says !== undefined) say("", says);
      await happens();
      await settled();
    }
    await relay.tidy();
    await settled();
    const ahead = began + seconds * 1_000 * (minute + 1) / MINUTES - performance.now();
    if (ahead > 0) await delay(ahead, undefined, { signal });
  }
  await clock.advance(Date.now(), { settled });
  clock.goLive();
}

/** The relay's cron, which `main.ts` registers with the platform. */
async function liveOn(
  relay: DemoRelay,
  { signal, report }: { signal: AbortSignal; report: (words: string) => void },
): Promise<void> {
  while (!signal.aborted) {
    await relay.tidy().catch((error) => report(String(error)));
    await delay(MINUTE, undefined, { signal }).catch(() => {});
  }
}

function greeting({ url, link }: DemoRelay): string {
  return `
The console, signed in:

  ${link}

  user admin, password ${ACCESS.adminPassword}, at ${url}/

A day passes in fast motion. Messages are what the vendors' groups see.
`;
}

function ending({ url, link }: DemoRelay, { tally }: Vendors): string {
  return `
The day is over: ${tally.messages} messages to the groups, ${tally.tooFast} refused by a vendor for coming too fast. From now on the
relay keeps this machine's time. Send an alert of your own:

curl -X POST ${url}/webhook -H "Authorization: Bearer ${ACCESS.intakeToken}" \\
  -d '{"alerts":[{"status":"firing","labels":{"alertname":"HighCPU","severity":"critical","instance":"laptop"}}]}'

See who was notified of what and why, and that every delivery is accounted for:

  ${link}

Ctrl-C ends it.
`;
}
