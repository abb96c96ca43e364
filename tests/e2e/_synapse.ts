/** A real Matrix homeserver on loopback, which federates with no other. */
import { createHmac } from "node:crypto";
import { eventually } from "../kit/eventually.ts";
import { temporaryFolder } from "../kit/process.ts";
import { freePort } from "../kit/program.ts";

/** The path of the program; the name is that of the Python package matrix-synapse's program. */
export const PROGRAM = Deno.env.get("SYNAPSE") ?? "synapse_homeserver";

const REGISTRATION_SECRET = "shared";

/** An account. */
export interface Account {
  readonly id: string;
  readonly token: string;
}

/** A running homeserver. */
export interface Synapse extends AsyncDisposable {
  readonly url: string;
  register(name: string): Promise<Account>;
  /** Call the client-server API. */
  call(method: string, path: string, options: { token: string; body?: unknown }): Promise<Answer>;
}

/** An answer's JSON. */
// deno-lint-ignore no-explicit-any -- a test looks at what it expects
export type Answer = any;

/** Start one, with a database of its own. */
export async function startSynapse(): Promise<Synapse> {
  const folder = await temporaryFolder();
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = `${folder.path}/homeserver.yaml`;
  await Deno.writeTextFile(config, configOf(folder.path, port));
  const run = (args: readonly string[]): Deno.ChildProcess =>
    new Deno.Command(PROGRAM, { args: ["-c", config, ...args], stdout: "null", stderr: "null" }).spawn();
  await run(["--generate-keys"]).status;
  const process = run([]);
  const call: Synapse["call"] = async (method, path, { token, body }) => {
    const response = await fetch(`${url}/_matrix/client/v3/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    return await response.json();
  };
  const stop = async (): Promise<void> => {
    process.kill("SIGTERM");
    await process.status;
    await folder[Symbol.asyncDispose]();
  };
  await eventually("the homeserver", async () => {
    await (await fetch(`${url}/health`)).body?.cancel();
    return true;
  }, { within: 60_000 }).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    url,
    call,
    register: async (name) => {
      const { nonce } = await (await fetch(`${url}/_synapse/admin/v1/register`)).json();
      const mac = createHmac("sha1", REGISTRATION_SECRET)
        .update([nonce, name, "password", "notadmin"].join("\0")).digest("hex");
      const response = await fetch(`${url}/_synapse/admin/v1/register`, {
        method: "POST",
        body: JSON.stringify({ nonce, username: name, password: "password", admin: false, mac }),
      });
      const { user_id, access_token } = await response.json();
      return { id: user_id, token: access_token };
    },
    [Symbol.asyncDispose]: stop,
  };
}

function configOf(folder: string, port: number): string {
  const log = { version: 1, disable_existing_loggers: true };
  Deno.writeTextFileSync(`${folder}/log.yaml`, JSON.stringify(log));
  return JSON.stringify({
    server_name: "localhost",
    listeners: [{
      port,
      type: "http",
      bind_addresses: ["127.0.0.1"],
      resources: [{ names: ["client"] }],
    }],
    database: { name: "sqlite3", args: { database: `${folder}/homeserver.db` } },
    media_store_path: `${folder}/media`,
    signing_key_path: `${folder}/signing.key`,
    log_config: `${folder}/log.yaml`,
    registration_shared_secret: REGISTRATION_SECRET,
    macaroon_secret_key: "macaroon",
    form_secret: "form",
    report_stats: false,
    trusted_key_servers: [],
  });
}
