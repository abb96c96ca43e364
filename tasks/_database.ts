import { settings } from "../relay/config/settings.ts";

/** The secrets that a first local start made. */
export const SECRETS_PATH = "./data/secrets.json";

/** Where FENGHUO_KV says that the database is. */
export interface Place {
  /** A path, or the address of a KV Connect server. */
  readonly path: string;
  readonly isRemote: boolean;
  /** Without what may be secret in an address. */
  readonly shown: string;
}

/** The database of the relay that would start here. @throws Error when only the platform knows it */
export function databaseHere(): Place {
  const { kv: path } = settings(Deno.env.toObject()).settings;
  if (path === undefined) throw new Error("FENGHUO_KV is not set: give it the address of the database");
  const isRemote = /^https?:/i.test(path);
  return { path, isRemote, shown: isRemote ? new URL(path).origin : path };
}

/** Whether there is a file or a folder. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
