/**
 * A KV Connect database with deliberate faults, over a real `denokv` server if this machine has one.
 *
 * @module
 */
import {
  KV_TOKEN,
  type KvConnect,
  type KvConnectOptions,
  startKvConnect,
} from "../../simulator/kv_connect.ts";
import { findDenokv, startDenokv } from "../../tasks/_denokv.ts";
import { temporaryFolder } from "../../tasks/_start_process.ts";

/** The `denokv` program of this machine; `undefined` without one. */
export const DENOKV: string | undefined = await findDenokv();

/** The store of the keys, for the names of tests. */
export type KvStoreName = KvConnect["store"];

/** The store of this machine's tests. */
export const KV_STORE: KvStoreName = DENOKV === undefined ? "own store" : "denokv";

/** Start a proxy over a `denokv` server or over its own store. */
export async function startTestKv(
  store: KvStoreName,
  options: Omit<KvConnectOptions, "upstream" | "path"> = {},
): Promise<KvConnect> {
  if (store === "own store") return await startKvConnect(options);
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const path = `${folder.path}/kv.db`;
  const server = started.use(await startDenokv({ program: DENOKV!, path, token: KV_TOKEN }));
  const proxy = started.use(await startKvConnect({ ...options, upstream: server.url }));
  const owned = started.move();
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => owned.disposeAsync() });
}

/** Open a remote database with Deno's own client, which reads its access token from the environment. */
export async function openRemoteKv(url: string, token = KV_TOKEN): Promise<Deno.Kv> {
  const before = Deno.env.get("DENO_KV_ACCESS_TOKEN");
  Deno.env.set("DENO_KV_ACCESS_TOKEN", token);
  try {
    return await Deno.openKv(url);
  } finally {
    if (before === undefined) Deno.env.delete("DENO_KV_ACCESS_TOKEN");
    else Deno.env.set("DENO_KV_ACCESS_TOKEN", before);
  }
}
