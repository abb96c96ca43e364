import { MINUTE, SECOND } from "../../relay/base/duration.ts";
import type { TestClock } from "./clock.ts";
import type { TestRelay } from "./relay.ts";

/** A receiver on loopback with an address for each phone: it records the messages of each phone and their times. */
export interface Phones extends AsyncDisposable {
  /** The address of a phone. */
  url(phone: string): string;
  /**
   * The phones' messages since the last call: `10:00 cto escalation HostDown`, in the order of time. A repeated
   * delivery, as after a crash before its end was stored, is `again`.
   */
  received(): string[];
  /** Sets the status that a phone answers from now on. */
  answer(phone: string, status: number): void;
}

/** Starts the receiver. Times are minutes and seconds since the clock's present time. */
export function phones(clock: TestClock): Phones {
  const start = clock.now();
  const statuses = new Map<string, number>();
  const deliveries = new Set<string>();
  let seen: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const phone = new URL(request.url).pathname.slice(1);
    const { data } = await request.json();
    const status = statuses.get(phone) ?? 200;
    const names = data.alerts.map(({ labels }: { labels: Record<string, string> }) => labels.alertname);
    const remark = status !== 200 ? " (refused)" : deliveries.has(data.delivery) ? " (again)" : "";
    if (status === 200) deliveries.add(data.delivery);
    seen.push(`${since(clock.now() - start)} ${phone} ${data.reason} ${names.join(",")}${remark}`);
    return new Response(null, { status });
  });
  return {
    url: (phone) => `http://127.0.0.1:${server.addr.port}/${phone}`,
    received(): string[] {
      const received = seen;
      seen = [];
      return received.toSorted();
    },
    answer: (phone, status) => void statuses.set(phone, status),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function since(ms: number): string {
  const seconds = Math.floor(ms / SECOND);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/**
 * Advances the clock, timer by timer, with the cron's work of each instance in each minute.
 *
 * @param options `hasEnded`: whether the instances have ended, which stops the advance
 */
export async function pass(
  ms: number,
  { clock, relays, hasEnded = () => false }: {
    clock: TestClock;
    relays: readonly TestRelay[];
    hasEnded?: () => boolean;
  },
): Promise<void> {
  const end = clock.now() + ms;
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 2; round++) for (const one of relays) await one.settle();
  };
  await settled();
  while (clock.now() < end && !hasEnded()) {
    const minute = (Math.floor(clock.now() / MINUTE) + 1) * MINUTE;
    const next = Math.min(end, minute, Math.max(clock.now() + 1, clock.next ?? Infinity));
    clock.advance(next - clock.now());
    await settled();
    if (next !== minute || hasEnded()) continue;
    await Promise.all(relays.map(({ relay }) => relay.tidy())).catch((error: unknown) => {
      if (!hasEnded()) throw error;
    });
    await settled();
  }
}
