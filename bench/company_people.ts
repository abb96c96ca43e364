/**
 * The actions of people in the company: they silence, acknowledge, change things and read the inbox.
 *
 * @module
 */
import { ulid } from "../relay/base/ulid.ts";
import { Events } from "../relay/events.ts";
import { systemClock } from "../relay/base/clock.ts";
import { Silencing } from "../relay/commands/silencing.ts";
import type { Filling } from "./filling.ts";
import { HOUR } from "../relay/base/duration.ts";

/** The number of each kind of action. */
const SILENCES = 300;
const ACKNOWLEDGED = 1_000;
const CHANGES = 5_000;
const MESSAGES = 500;

/** Silences, most of them over. @returns the id of one that covers a tenth of the firing alerts */
export async function makeSilences({ store }: Filling, now: number): Promise<string> {
  const silencing = new Silencing({ store, events: new Events(systemClock) });
  let newest = "";
  for (let number = SILENCES; number > 0; number--) {
    const from = now - number * HOUR;
    const draft = {
      matchers: number === 1
        ? ['alertname="NodeHighCpuLoad"']
        : ['alertname="DiskReadLatency"', `instance=~"node-0*${number}[.].*"`],
      from,
      until: from + (number % 6 === 1 ? 1_000 : 2) * HOUR,
      author: "li.lei",
      comment: "新机器上线",
    };
    ({ id: newest } = await silencing.make(draft, { by: "admin", now: from }));
  }
  return newest;
}

/** All other actions. `about`: the alert that messages are about */
export async function livePeople(
  filling: Filling,
  { now, about }: { now: number; about: string },
): Promise<void> {
  await acknowledgeSome(filling, now);
  await changeSome(filling);
  await tellInbox(filling, { now, about });
}

async function acknowledgeSome({ store: { incidents }, writer }: Filling, now: number): Promise<void> {
  const open = await incidents.newest("open", 10 * ACKNOWLEDGED);
  const some = open.filter((_, index) => index % 10 === 0);
  const action = { kind: "acknowledge", text: "换盘中" } as const;
  const options = { by: "han.meimei", account: "admin", now };
  await writer.update(some.map((incident) => ({
    kind: "action",
    fingerprint: incident.fingerprint,
    incident,
    action,
    options,
    targets: [],
    decided: () => {},
  })));
}

/** Separate changes, as people make them, but many of them in a commit. */
async function changeSome({ kv, store: { audit } }: Filling): Promise<void> {
  for (let number = 0; number < CHANGES;) {
    const atomic = kv.atomic();
    for (let together = 0; together < 500; together++, number++) {
      const what = `members/member-${number % 120}`;
      const by = number % 3 === 0 ? "li.lei" : "admin";
      const before = { name: `成员 ${number}`, mobile: "13800000000" };
      audit.add(atomic, [{
        by,
        action: "changed",
        what,
        before,
        after: { ...before, mobile: "13900000000" },
      }]);
    }
    await atomic.commit();
  }
}

/** The messages in the form in which the inbox channel stores them. */
async function tellInbox(
  { store }: Filling,
  { now, about }: { now: number; about: string },
): Promise<void> {
  const inbox = store.caches.of("inbox");
  for (let number = 0; number < MESSAGES; number++) {
    const at = now - (MESSAGES - number) * 60_000;
    const message = {
      id: ulid(at),
      at,
      group: "default/default",
      title: "NodeHighCpuLoad node-17",
      body: "Filesystem on /dev/nvme0n1p1 has only 4.21% available space left\n".repeat(5),
      severity: "warning",
      status: "firing",
      reason: "first",
      alerts: 1,
      about: [{ id: about, reason: "first", folded: 0 }],
    };
    await inbox.set(message.id, message, { until: now + 7 * 24 * HOUR });
  }
}
