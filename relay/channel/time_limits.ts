/**
 * Plugins run in the relay's own thread, where an endless loop would stop everything. The functions of external plugins are
 * interrupted after a time limit.
 *
 * @module
 */
import type { Channel } from "./channel.ts";
import { ChannelError } from "./channel_error.ts";
import type { LoopWatch } from "./loop_watch.ts";

/** The longest run of a channel's function without a pause, in milliseconds. Nothing else runs meanwhile. */
const TIME_LIMIT = 2_000;

/** The global name under which the script finds the function to run. */
const WORK = "fenghuo: work";

type AnyFunction = (...args: readonly unknown[]) => unknown;

/**
 * A channel whose functions are interrupted when they do not return within `limit` milliseconds: they throw a
 * {@linkcode ChannelError}. The code of an asynchronous function after its first `await` is not limited.
 */
export async function withTimeLimits(
  channel: Channel,
  { limit = TIME_LIMIT, watch }: { limit?: number; watch?: Pick<LoopWatch, "begin"> | undefined } = {},
): Promise<Channel> {
  const within = await limiter(limit);
  const call = (name: string, work: () => unknown): unknown => {
    const value = within(name, work);
    if (!watch || !(value instanceof Promise)) return value;
    const end = watch.begin(`${channel.name}: ${name}`);
    return value.finally(end);
  };
  const limited = (owner: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(owner).map(([name, value]) => [
        name,
        typeof value === "function"
          ? (...args: readonly unknown[]) => call(name, () => (value as AnyFunction).apply(owner, [...args]))
          : value,
      ]),
    );
  const { markdown, target, callback } = channel;
  return {
    ...limited(channel),
    ...typeof markdown === "object" ? { markdown: limited(markdown) } : {},
    ...target ? { target: limited(target) } : {},
    ...callback ? { callback: limited(callback) } : {},
  } as unknown as Channel;
}

/** Loaded only for such plugins: it takes some milliseconds. */
async function limiter(limit: number): Promise<<T>(name: string, work: () => T) => T> {
  const { Script } = await import("node:vm");
  const key = Symbol.for(WORK);
  const slot = globalThis as unknown as { [key]: (() => void) | undefined };
  // Only a script of its own can be interrupted. A call costs about 10 µs.
  const script = new Script(`globalThis[Symbol.for(${JSON.stringify(WORK)})]()`);
  return <T>(name: string, work: () => T): T => {
    let result!: { readonly value: T } | { readonly error: unknown };
    const before = slot[key];
    slot[key] = () => {
      try {
        result = { value: work() };
      } catch (error) {
        result = { error };
      }
    };
    try {
      script.runInThisContext({ timeout: limit });
    } catch {
      throw new ChannelError(
        `${name} does not return within ${limit / 1_000} s, and the whole relay waits for it`,
      );
    } finally {
      slot[key] = before;
    }
    if ("error" in result) throw result.error;
    return result.value;
  };
}
