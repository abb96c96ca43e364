import { settings } from "../relay/config/mod.ts";

/** The database that FENGHUO_KV names. */
export interface DatabaseLocation {
  /** A path, or the address of a KV Connect server. */
  readonly path: string;
  readonly isRemote: boolean;
  /** For messages: only the origin of an address, because the rest may be secret. */
  readonly shown: string;
}

/** The database of a relay that starts here. @throws Error when only the platform has its location */
export function databaseHere(): DatabaseLocation {
  const { kv: path, kvKind } = settings(Deno.env.toObject()).settings;
  if (path === undefined) throw new Error("FENGHUO_KV is not set: set it to the address of the database");
  const isRemote = kvKind === "remote";
  return { path, isRemote, shown: isRemote ? new URL(path).origin : path };
}

/** Whether a file or a folder of this name exists. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
