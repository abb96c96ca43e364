/**
 * The composition root: cron → channels → config → kv → relay → app → serve, and the shutdown in reverse order.
 *
 * @module
 */
import { BUILT_IN } from "./channels.ts";
import { ChannelFaults } from "./relay/channel/channel_faults.ts";
import { findChannels, folderUrl } from "./relay/channel/discovery.ts";
import { watchUnhandledErrors } from "./relay/channel/unhandled_errors.ts";
import {
  complaintText,
  type Environment,
  hasSecrets,
  knownSecrets,
  namesIn,
  proxiesToForget,
  readEnvironment,
  type Settings,
  settings,
} from "./relay/config/mod.ts";
import { ConfigFile } from "./relay/config/config_file.ts";
import { ensureLocalSecrets, SECRETS_PATH } from "./relay/config/local_secrets.ts";
import { HiddenVariables } from "./relay/config/hidden_variables.ts";
import { readVariables, VARIABLES, withFile } from "./relay/config/variables.ts";
import { BuiltInAccount } from "./relay/access/built_in_account.ts";
import { createRelay, type Relay, StoreAwayError } from "./relay/relay.ts";
import { explainDatabase, watchDamage } from "./relay/store/damage.ts";
import type { SharedLink } from "./relay/store/link.ts";
import { openWhenUp } from "./relay/store/open_when_up.ts";
import { lockDatabase } from "./relay/store/lock.ts";
import { makePrivate } from "./relay/store/private_files.ts";
import { loadTemplates } from "./relay/message/templates.ts";
import { checkRuntime } from "./relay/base/version.ts";
import { systemClock } from "./relay/base/clock.ts";
import { once } from "./relay/base/once.ts";
import { withTimeout } from "./relay/base/timeout.ts";
import { createApp } from "./routes/app.ts";
import { Gate } from "./routes/gate.ts";
import type { Handler } from "./routes/http/remote_address.ts";
import { greeting } from "./routes/greeting.ts";
import type { Log } from "./routes/json_log.ts";
import type { RequestIds } from "./routes/http/request_id.ts";
import { withoutBasePath } from "./routes/http/base_path.ts";
import { listen } from "./routes/http/listen.ts";
import { serve } from "./routes/serve.ts";
import type { StandInOptions } from "./routes/stand_in.ts";

/** Deno Deploy and most supervisors kill a process five seconds after the request to stop. */
const GRACE = 4_000;

/**
 * Milliseconds after the grace period in which results are written; after that, an unresponsive database is given up.
 */
const WRITE_GRACE = 500;

/** Milliseconds after the shutdown in which the process should end. */
const LINGER = 500;

/** The reason why a relay without a lasting database accepts nothing, and the remedy. */
const EPHEMERAL =
  "No database is attached to this app, so alerts would be lost with the instance: assign a Deno KV database to it";

/** The delay of work that a first request does not need, in milliseconds after the start. */
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
const [print, complain] = [(line: string) => console.log(line), (line: string) => console.error(line)];
let log: Log = { say: print, warn: complain, report: complain };

/** The running relay; `undefined` when the configuration is wrong, and the process only reports the error. */
const running = Promise.withResolvers<Relay | undefined>();
const crons = new AbortController();
const environment = new HiddenVariables(Deno.env);

// Picks up work that no running instance has a timer for. It comes first: Deno Deploy collects crons while it evaluates the
// top level, and refuses a cron that is registered after a server listens.
Deno.cron("tidy", "* * * * *", { signal: crons.signal }, async () => {
  const relay = await running.promise;
  await relay?.tidy().catch((error) => {
    if (!(error instanceof StoreAwayError)) log.report(String(error)); // the link reports an outage once a minute
  });
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
  const ids = env.FENGHUO_LOG?.toLowerCase() === "json" ? await beginJsonLog() : undefined;
  const { settings: early } = settings(env);
  const { deploy, kv: kvPath, kvKind } = early;
  // At once: a remote database connects while the rest is read.
  const link = early.ephemeral ? undefined : await linkTo(early);

  const faults = new ChannelFaults((words) => log.report(words));
  let secretsOf = (): readonly string[] | undefined => undefined;
  watchUnhandledErrors({
    folders: {
      relay: new URL("./", import.meta.url),
      channels: [BUILT_IN.url, ...early.channels ? [folderUrl(early.channels)] : []],
    },
    faults,
    secrets: () => secretsOf(),
    fatal: () => environment.restore(),
  });
  const plugins = early.channels
    ? (await import("./relay/channel/plugin_watch.ts")).watchPlugins(folderUrl(early.channels), {
      faults,
      report: log.report,
      secrets: () => secretsOf(),
    })
    : undefined;
  const channels = findChannels(BUILT_IN, {
    folder: early.channels,
    report: log.report,
    faults,
    watch: plugins?.loop,
  });

  const secrets = deploy || hasSecrets(env) ? undefined : await ensureLocalSecrets(SECRETS_PATH);
  const file = new ConfigFile(early, {
    env: (text) => ({ ...variables(namesIn(text).flatMap(withFile)), ...env }),
    channels,
    secrets,
  });
  const parsed = await file.read();
  if (!parsed.ok) {
    const complaints = parsed.complaints.map(complaintText);
    log.report(["Cannot start: the configuration is wrong", ...complaints].join("\n  "));
    if (!deploy) Deno.exit(1);
    link?.stop();
    // If the process ended, the platform would answer only "502"; this process names the missing setting.
    const { environment: { host, port } } = readEnvironment(env);
    const reason = "The relay is not configured";
    const handler = standIn({ reason, details: { complaints }, retryAfter: 60 });
    listen({ hostname: host, port }, (at) => serve(handler, at));
    running.resolve(undefined);
    return;
  }
  const { config } = parsed;
  secretsOf = () => knownSecrets(config);
  const { host: hostname, port, proxies, publicUrl } = config;
  const admin = new BuiltInAccount(() => config.adminPassword);
  if (early.ephemeral) {
    log.report(EPHEMERAL);
    const reason = "The relay has no database, so it accepts no alerts";
    const handler = standIn({ reason, unready: { parts: () => ({ store: EPHEMERAL }), admin, proxies } });
    listen({ hostname, port }, (at) => serve(withoutBasePath(handler, publicUrl), at));
    running.resolve(undefined);
    return;
  }

  const databaseFile = kvKind === "file" ? kvPath : undefined;
  const explained = (error: unknown): never => {
    throw databaseFile === undefined ? error : explainDatabase(databaseFile, error);
  };
  const exposed = databaseFile
    ? await makePrivate(databaseFile, { ownFolder: !env.FENGHUO_KV }).catch(explained)
    : [];
  for (const problem of exposed) log.report(problem);
  const unlock = databaseFile ? await lockDatabase(databaseFile).catch(explained) : () => {};
  const kv = link ? undefined : await Deno.openKv(kvPath).catch(explained);
  const watched = databaseFile ? watchDamage(kv!, { path: databaseFile, report: log.report }) : undefined;

  const templates = await loadTemplates({
    builtIn: new URL("./templates/", import.meta.url),
    override: early.templates,
  });
  for (const problem of templates.problems) log.report(problem);
  let fromFile = config;
  let opened = config;
  const open = (): Promise<Relay> => {
    opened = fromFile;
    return createRelay({
      config: { ...fromFile }, // a start that fails half-way has changed its own
      kv: link ?? watched?.kv ?? kv!,
      databaseProblem: watched?.problem,
      exclusive: link === undefined,
      channels,
      templates,
      report: log.report,
      warn: log.warn,
    });
  };
  let relay = link ? undefined : await open().catch(explained);

  const readAgain = async (): Promise<void> => {
    const read = await file.read().catch((error: unknown) => ({
      ok: false as const,
      words: [error instanceof Error ? error.message : String(error)],
    }));
    if (read.ok) {
      fromFile = read.config;
      relay?.commands.configuration.live.replaceFile(read.config);
      log.say(`Read "${early.configPath}" again: it is in use`);
    } else {
      const words = "words" in read ? read.words : read.complaints.map(complaintText);
      const action = `Cannot use "${early.configPath}": what was read before stays in use`;
      const problem = [action, ...words].join("\n  ");
      relay?.commands.configuration.live.keepFile(problem);
      log.report(problem);
    }
  };
  // Windows has no such signal, and on Deno Deploy no file changes.
  const canReadAgain = !deploy && Deno.build.os !== "windows";
  if (canReadAgain) Deno.addSignalListener("SIGHUP", readAgain);

  const stopping = new AbortController();
  // Channels without a destination: a broken one is reported soon, and does not delay the first alert.
  const others = setTimeout(() => channels.load(), SETTLED);
  const stop = async (): Promise<void> => {
    if (canReadAgain) Deno.removeSignalListener("SIGHUP", readAgain);
    Deno.removeSignalListener("SIGINT", stop);
    Deno.removeSignalListener("SIGTERM", stop);
    log.say("Stopping: what is under way is finished first");
    environment.restore();
    clearTimeout(others);
    crons.abort();
    stopping.abort();
    const finish = async (): Promise<void> => {
      await Promise.all([server.stop({ grace: GRACE }), relay?.stop({ grace: GRACE })]);
      await relay?.stop({ grace: 0 }); // what the last requests brought
    };
    const finished = finish();
    if (link) await withTimeout(finished, GRACE + WRITE_GRACE, () => {});
    link?.stop(); // what still waits for it fails, and is found again at the next start
    await finished;
    plugins?.loop.stop();
    kv?.close();
    unlock();
    if (kvKind === "platform") Deno.exit(); // nothing ends the requests of a client in this isolate
    endAnyway(plugins?.timersLeft);
  };
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);

  const serveBy = (relay: Relay): void => {
    secretsOf = () => knownSecrets(relay.query.config);
    gate.open(withoutBasePath(createApp(relay, log).fetch, publicUrl));
    running.resolve(relay);
  };
  const reason = "The relay cannot reach its database yet: send it again in a moment";
  const parts = (): Record<string, string> => ({ store: link?.outage?.because ?? "it is being opened" });
  const gate = new Gate(withoutBasePath(standIn({ reason, unready: { parts, admin, proxies } }), publicUrl));
  if (relay) serveBy(relay);

  // The greeting comes last: its reader may stop the relay at once.
  const server = listen({ hostname, port }, (at) =>
    serve(ids?.wrap(gate.handle) ?? gate.handle, {
      ...at,
      onListen: (address) => log.say(greeting({ address, config, env, secretsPath: SECRETS_PATH })),
    }));

  if (!link) return;
  relay = await openWhenUp(link, open, { stopping: stopping.signal, report: log.report });
  if (!relay) return;
  // The file was read again while the relay was being opened with the earlier one.
  if (fromFile !== opened) relay.commands.configuration.live.replaceFile(fromFile);
  if (stopping.signal.aborted) await relay.stop({ grace: 0 });
  else serveBy(relay);
}

/** End a stopped process that something keeps alive, such as a plugin's timer. */
function endAnyway(timersLeft: () => readonly string[] = () => []): void {
  const late = setTimeout(() => {
    const places = timersLeft();
    const what = places.length > 0
      ? `a plugin left a timer running at ${places.join(", ")}: clear it, or unref it`
      : "something is still open, such as a connection or a server of a plugin";
    log.report(`The process did not end by itself: ${what}`);
    Deno.exit();
  }, LINGER);
  Deno.unrefTimer(late);
}

/** The link to a shared database; `undefined` for a local one. It starts to connect at once. */
async function linkTo({ kv, kvKind }: Settings): Promise<SharedLink | undefined> {
  if (kvKind === "file" || kvKind === "memory") return undefined;
  const { GuardedLink } = await import("./relay/store/guarded_link.ts");
  const { connectByWorker, connectHere } = await import("./relay/store/connector.ts");
  const connector = kv === undefined ? connectHere(() => Deno.openKv()) : connectByWorker(kv);
  return new GuardedLink(connector, { clock: systemClock, report: log.report });
}

/** Answer requests while there is no relay. It is loaded with the first such request. */
function standIn(options: StandInOptions): Handler {
  const app = once(async () => (await import("./routes/stand_in.ts")).createStandIn(options));
  return async (request, connection) => await (await app()).fetch(request, connection);
}

/** Switch the log to JSON, with the ids of requests. */
async function beginJsonLog(): Promise<RequestIds> {
  const { jsonLog } = await import("./routes/json_log.ts");
  const { requestIds } = await import("./routes/http/request_id.ts");
  const ids = await requestIds();
  log = jsonLog({ print, complain }, ids.current);
  return ids;
}

/** The variables are read one by one, so that the process needs permission only for these. */
function variables(names: readonly string[]): Environment {
  const { env, denied } = readVariables(names, (name) => environment.get(name));
  environment.hide(env);
  if (denied.length > 0) {
    log.report(
      `Cannot read ${denied.join(", ")} of the environment: this process may not; ` +
        `start it with "deno task start", or add the names to --allow-env`,
    );
  }
  return env;
}
