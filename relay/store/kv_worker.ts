/**
 * The isolate of a shared database's client. Deno's client retries a request that fails for ever, and closing it cancels
 * nothing; when this isolate is ended, its requests are, too.
 *
 * @module
 */
import type { KvCall, KvChanges, KvListed, KvReply } from "./kv_messages.ts";

const relay = self as unknown as {
  onmessage: (event: MessageEvent<KvCall>) => void;
  postMessage(reply: KvReply): void;
};
let kv: Deno.Kv;
const watched = new Map<number, ReadableStreamDefaultReader<unknown>>();

relay.onmessage = async ({ data: call }) => {
  const { id } = call;
  try {
    if ("watch" in call) await watch(call.watch, id);
    else relay.postMessage({ id, result: await handle(call) });
  } catch (error) {
    relay.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

async function handle(call: Exclude<KvCall, { watch: unknown }>): Promise<unknown> {
  if ("read" in call) return await kv.getMany<unknown[]>(call.read);
  if ("write" in call) return await atomicOf(call.write).commit();
  if ("list" in call) {
    const list = kv.list(call.list, call.page);
    return { entries: await Array.fromAsync(list), cursor: list.cursor } satisfies KvListed;
  }
  if ("open" in call) kv = await Deno.openKv(call.open);
  else await watched.get(call.unwatch)?.cancel();
}

function atomicOf({ checks, changes }: KvChanges): Deno.AtomicOperation {
  const atomic = kv.atomic().check(...checks);
  for (const change of changes) {
    if ("isDeleted" in change) atomic.delete(change.key);
    else {
      const { key, value, expireIn } = change;
      atomic.set(key, value, expireIn === undefined ? {} : { expireIn });
    }
  }
  return atomic;
}

async function watch(keys: readonly Deno.KvKey[], id: number): Promise<void> {
  const reader = kv.watch<unknown[]>(keys).getReader();
  watched.set(id, reader);
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      relay.postMessage({ id, result: read.value });
    }
  } finally {
    watched.delete(id);
  }
  relay.postMessage({ id, ended: true });
}
