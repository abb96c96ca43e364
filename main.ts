/**
 * The composition root: cron → channels → config → kv → relay → app → serve, and the way down again.
 *
 * @module
 */
import { BUILT_IN } from "./channels.ts";
import { findChannels } from "./relay/channel/discovery.ts";
import {
  complaintText,
  decodeFile,
  type Environment,
  hasSecrets,
  namesIn,
  parseConfig,
  proxiesToForget,
  readEnvironment,
  settings,
} from "./relay/config/mod.ts";
import { ensureLocalSecrets, SECRETS_PATH } from "./relay/config/local_secrets.ts";
import { readVariables, VARIABLES, withFile } from "./relay/config/variables.ts";
import { createRelay, EPHEMERAL, type Relay } from "./relay/relay.ts";
import { explainDatabase, watchDamage } from "./relay/store/damage.ts";
import { lockDatabase } from "./relay/store/lock.ts";
import { makePrivate } from "./relay/store/private_files.ts";
import { loadTemplates } from "./relay/message/templates.ts";
import { checkRuntime } from "./relay/base/version.ts";
import { createApp, createUnconfiguredApp } from "./routes/app.ts";
import { greeting } from "./routes/greeting.ts";
import { withoutBasePath } from "./routes/http/base_path.ts";
import { listen } from "./routes/http/listen.ts";
import { serve } from "./routes/serve.ts";

/** Deno Deploy and most supervisors kill a process five seconds after they asked it to stop. */
const GRACE = 4_000;

/** What a first request does not need is left until then, in milliseconds after the start. */
const SETTLED = 1_000;

const START_HELP = `deno task start

Starts the relay. It takes no arguments; its settings are in the environment:

  PORT, HOST                 8000, all interfaces
  FENGHUO_KV                 the database: a path (./data/fenghuo.db) or the address of a KV Connect server
  FENGHUO_CONFIG             ./fenghuo.yaml where it exists
  FENGHUO_KEY, FENGHUO_ADMIN_PASSWORD, FENGHUO_INTAKE_TOKEN
                             made at the first start, and kept in data/secrets.json

docs/deploy.md has them all.`;

// deno-lint-ignore no-console -- the log of a service is its standard output and error
const log = { say: (words: string) => console.log(words), report: (words: string) => console.error(words) };

/** The relay once it runs; `undefined` when the configuration is wrong, and the process only says so. */
const running = Promise.withResolvers<Relay | undefined>();
const crons = new AbortController();

// Picks up work that no running instance has a timer for. It comes first: Deno Deploy collects crons while it evaluates the
// top level, and refuses a cron that is registered after a server listens.
Deno.cron("tidy", "* * * * *", { signal: crons.signal }, async () => {
  const relay = await running.promise;
  await relay?.tidy().catch((error) => log.report(String(error)));
});

await start().catch((error) => {
  log.report(`Cannot start: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
});

async function start(): Promise<void> {
  checkRuntime(Deno.version.deno);
  if (Deno.args.some((arg) => arg === "--help" || arg === "-h")) {
    log.say(START_HELP);
    Deno.exit(0);
  }
  const [argument] = Deno.args;
  if (argument !== undefined) {
    throw new Error(`it takes no arguments, and "${argument}" is one; its settings are in the environment`);
  }
  const env = variables(VARIABLES);
  for (const name of proxiesToForget(env)) Deno.env.delete(name);
  const { settings: early } = settings(env);
  const { deploy, kv: kvPath, kvKind } = early;

  const channels = findChannels(BUILT_IN, { folder: early.channels, report: log.report });

  const secrets = deploy || hasSecrets(env) ? undefined : await ensureLocalSecrets(SECRETS_PATH);
  // A file that disappears later is an error: without it, everything that it declares would be gone.
  let hasFile = false;
  const readConfig = async (): ReturnType<typeof parseConfig> => {
    const yaml = await readConfigFile(early.configPath, early.configRequired || hasFile);
    hasFile ||= yaml !== undefined;
    const named = variables(namesIn(yaml ?? "").flatMap(withFile));
    return await parseConfig({
      env: { ...named, ...env },
      channels,
      yaml,
      yamlPath: early.configPath,
      secrets,
    });
  };
  const parsed = await readConfig();
  if (!parsed.ok) {
    const complaints = parsed.complaints.map(complaintText);
    log.report(["Cannot start: the configuration is wrong", ...complaints].join("\n  "));
    if (!deploy) Deno.exit(1);
    // A process that ends would only be answered "502" by the platform; this one says what is missing.
    const { environment: { host, port } } = readEnvironment(env);
    listen({ hostname: host, port }, (at) => serve(createUnconfiguredApp(complaints).fetch, at));
    running.resolve(undefined);
    return;
  }
  const { config } = parsed;

  const file = kvKind === "file" ? kvPath : undefined;
  const explained = (error: unknown): never => {
    throw file === undefined ? error : explainDatabase(file, error);
  };
  const exposed = file ? await makePrivate(file, { ownFolder: !env.FENGHUO_KV }).catch(explained) : [];
  for (const problem of exposed) log.report(problem);
  const unlock = file ? await lockDatabase(file).catch(explained) : () => {};
  const kv = await Deno.openKv(kvPath).catch(explained);
  const watched = file ? watchDamage(kv, { path: file, report: log.report }) : undefined;

  const templates = await loadTemplates({
    builtIn: new URL("./templates/", import.meta.url),
    override: early.templates,
  });
  for (const problem of templates.problems) log.report(problem);
  if (early.ephemeral) log.report(EPHEMERAL);
  const relay = await createRelay({
    config,
    kv: watched?.kv ?? kv,
    databaseProblem: watched?.problem,
    exclusive: kvKind === "file" || kvKind === "memory",
    ephemeral: early.ephemeral,
    channels,
    templates,
    report: log.report,
    warn: log.report,
  }).catch(explained);

  const readAgain = async (): Promise<void> => {
    const read = await readConfig().catch((error: unknown) => ({
      ok: false as const,
      words: [error instanceof Error ? error.message : String(error)],
    }));
    if (read.ok) {
      relay.commands.configuration.live.replaceFile(read.config);
      log.say(`Read "${early.configPath}" again: it is in use`);
    } else {
      const words = "words" in read ? read.words : read.complaints.map(complaintText);
      const action = `Cannot use "${early.configPath}": what was read before stays in use`;
      const problem = [action, ...words].join("\n  ");
      relay.commands.configuration.live.keepFile(problem);
      log.report(problem);
    }
  };
  // Windows has no such signal to send, and Deno Deploy no file that changes.
  const canReadAgain = !deploy && Deno.build.os !== "windows";
  if (canReadAgain) Deno.addSignalListener("SIGHUP", readAgain);

  const stop = async (): Promise<void> => {
    if (canReadAgain) Deno.removeSignalListener("SIGHUP", readAgain);
    Deno.removeSignalListener("SIGINT", stop);
    Deno.removeSignalListener("SIGTERM", stop);
    log.say("Stopping: what is under way is finished first");
    clearTimeout(others);
    crons.abort();
    await Promise.all([server.stop({ grace: GRACE }), relay.stop({ grace: GRACE })]);
    await relay.stop({ grace: 0 }); // what the last requests brought
    kv.close();
    unlock();
  };
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);

  // The greeting comes last: its reader may stop the relay at once.
  const server = listen(
    { hostname: config.host, port: config.port },
    (at) =>
      serve(withoutBasePath(createApp(relay, log).fetch, config.publicUrl), {
        ...at,
        onListen: (address) => log.say(greeting({ address, config, env, secretsPath: SECRETS_PATH })),
      }),
  );
  running.resolve(relay);

  // Channels without a destination: a broken one is reported soon, and no first alert waits for it.
  const others = setTimeout(() => channels.load(), SETTLED);
}

/** Read one by one, so that the process needs permission for these variables only. */
function variables(names: readonly string[]): Environment {
  const { env, denied } = readVariables(names, (name) => Deno.env.get(name));
  if (denied.length > 0) {
    log.report(
      `Cannot read ${denied.join(", ")} of the environment: this process may not; ` +
        `start it with "deno task start", or add the names to --allow-env`,
    );
  }
  return env;
}

async function readConfigFile(path: string, required: boolean): Promise<string | undefined> {
  try {
    return decodeFile(await Deno.readFile(path), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !required) return undefined;
    throw new Error(
      `Cannot read the configuration "${path}": ${error instanceof Error ? error.message : error}`,
    );
  }
}
