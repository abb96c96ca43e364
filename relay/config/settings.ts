import type { Complaint } from "./complaint.ts";
import { DURATION_HELP, isTimeZone, TIMEZONE_HELP } from "./fields.ts";
import { parseDuration } from "../base/duration.ts";
import { type Locale, LOCALES } from "../base/locale.ts";
import { weaknessOf, withoutLineEnd } from "./secret_text.ts";
import { type Network, parseNetworks } from "../access/network.ts";
import { readSignIn, type SignInSettings } from "./sign_in_settings.ts";

/** The environment's variables. An empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The three secrets that a local start generates, and that must be set on Deno Deploy. */
export interface Secrets {
  /** Seals secrets and sessions. */
  readonly key: string;
  /** The password of the console's account `admin`. */
  readonly adminPassword: string;
  /** The token of the webhooks. */
  readonly intakeToken: string;
}

/** A file of this machine, this process's memory, a KV Connect server, or the database that Deno Deploy assigned. */
export type KvKind = "file" | "memory" | "remote" | "platform";

/** The settings that are needed before the channels are loaded. */
export interface Settings {
  /** Whether this is Deno Deploy. */
  readonly deploy: boolean;
  /** A path, or the URL of a KV Connect server; `undefined` = the database that Deno Deploy assigned. */
  readonly kv: string | undefined;
  readonly kvKind: KvKind;
  /** Whether this is Deno Deploy without a database: stored data is lost with the instance. */
  readonly ephemeral: boolean;
  readonly configPath: string;
  /** Whether `configPath` was set explicitly, so that its absence is an error. */
  readonly configRequired: boolean;
  /** The second folder of channels. */
  readonly channels: string | undefined;
  /** The second folder of templates. */
  readonly templates: string | undefined;
}

/** The settings of the environment beyond {@linkcode Settings} and {@linkcode Secrets}. */
export interface EnvironmentConfig extends SignInSettings {
  /** 0 = any free port. */
  readonly port: number;
  readonly host: string;
  /** Whether the webhooks accept alerts without the token. */
  readonly openIntake: boolean;
  /** The user who may send as OCP; unset = any user, with the intake token as password. */
  readonly ocp: { readonly user: string | undefined; readonly password: string | undefined };
  /** Set when the runtime exports traces: the fraction of alerts that are traced. */
  readonly tracing: { readonly ratio: number } | undefined;
  /** Whether the log is JSON, one object a line. */
  readonly jsonLog: boolean;
  /** Whether anybody may read `/metrics`, and the token that lets its bearer read nothing else. */
  readonly metrics: { readonly open: boolean; readonly token: string | undefined };
  /** Addresses that are called each minute while the relay works; each may contain a secret. */
  readonly heartbeatUrls: readonly string[];
  /** The proxies whose `X-Forwarded-…` headers are trusted. */
  readonly proxies: readonly Network[];
  /** Without a trailing slash. */
  readonly publicUrl: string | undefined;
  /** An IANA time zone. */
  readonly timezone: string;
  readonly locale: Locale;
  /** The longest wait of alarm_v2 for first attempts, in milliseconds. */
  readonly alarmWait: number;
  /** The maximum age of alarm_v2's `alert_time`, in milliseconds; `undefined` = not checked. */
  readonly alarmMaxAge: number | undefined;
  /** Whether accepted alerts are delivered or only stored; `undefined` = the timeline and the database decide. */
  readonly deliver: boolean | undefined;
  /** The app's timeline on Deno Deploy, such as `production` or `git-branch/main`. */
  readonly timeline: string | undefined;
}

const YES = ["1", "true", "yes", "on"];
const NO = ["0", "false", "no", "off"];

/** Reads the settings that are needed before the channels and the file, and their complaints. */
export function settings(env: Environment): { settings: Settings; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const deploy = isDeploy(env);
  const kv = env.FENGHUO_KV || (deploy ? undefined : "./data/fenghuo.db");
  const kvKind = kindOf(kv);
  if (kvKind === "remote" && !URL.canParse(kv!)) {
    complaints.push({
      path: "FENGHUO_KV",
      message: 'must be a path, or a URL such as "https://kv.example.com/"',
    });
  }
  return {
    settings: {
      deploy,
      kv,
      kvKind,
      // The name of a database that Deno Deploy assigned; without one it silently opens a store in memory.
      ephemeral: deploy && kv === undefined && kindOf(env.DENO_KV_DEFAULT_PATH) !== "remote",
      configPath: env.FENGHUO_CONFIG || "./fenghuo.yaml",
      configRequired: Boolean(env.FENGHUO_CONFIG),
      channels: env.FENGHUO_CHANNELS || undefined,
      templates: env.FENGHUO_TEMPLATES || undefined,
    },
    complaints,
  };
}

/** Reads the rest of the environment, and its complaints. An invalid setting gets its default. */
export function readEnvironment(
  env: Environment,
): { environment: EnvironmentConfig; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const read = <T>(name: string, fallback: T, parse: (text: string) => T | undefined, help: string): T => {
    const text = env[name];
    if (text === undefined || text === "") return fallback;
    const value = parse(text);
    if (value === undefined) complaints.push({ path: name, message: help });
    return value ?? fallback;
  };
  const environment: Omit<EnvironmentConfig, keyof SignInSettings> = {
    port: read("PORT", 8000, parsePort, "must be a port from 0 to 65535"),
    host: env.HOST || "::",
    openIntake: read("FENGHUO_OPEN_INTAKE", false, parseSwitch, "must be 1 or 0"),
    ocp: {
      user: env.FENGHUO_OCP_USER || undefined,
      password: withoutLineEnd(env.FENGHUO_OCP_PASSWORD ?? "") || undefined,
    },
    tracing: tracingOf(env),
    jsonLog: read("FENGHUO_LOG", false, (text) => LOGS[text.toLowerCase()], "must be text or json"),
    metrics: {
      open: read("FENGHUO_OPEN_METRICS", false, parseSwitch, "must be 1 or 0"),
      token: withoutLineEnd(env.FENGHUO_METRICS_TOKEN ?? "") || undefined,
    },
    heartbeatUrls: read<readonly string[]>(
      "FENGHUO_HEARTBEAT_URL",
      [],
      parseAddresses,
      'must be a URL such as "https://hc-ping.com/…", or several with spaces between them',
    ),
    proxies: read<readonly Network[]>(
      "FENGHUO_PROXIES",
      // The platform's own proxies are in a private network, and no other client can connect from there.
      isDeploy(env) ? parseNetworks("private")! : [],
      parseProxies,
      'must be addresses or networks, such as "127.0.0.1, 10.0.0.0/8", or "private"',
    ),
    publicUrl: read<string | undefined>(
      "FENGHUO_PUBLIC_URL",
      undefined,
      parseBase,
      'must be a URL such as "https://fenghuo.example.com/"',
    ),
    timezone: read(
      "FENGHUO_TZ",
      "Asia/Shanghai",
      (text) => isTimeZone(text) ? text : undefined,
      TIMEZONE_HELP,
    ),
    locale: read<Locale>(
      "FENGHUO_LOCALE",
      "zh",
      (text) => LOCALES.find((locale) => locale === text),
      `must be one of ${LOCALES.join(", ")}`,
    ),
    alarmWait: read("FENGHUO_ALARM_WAIT", 5_000, parseDuration, DURATION_HELP),
    alarmMaxAge: read<number | undefined>("FENGHUO_ALARM_MAX_AGE", undefined, parseDuration, DURATION_HELP),
    deliver: read<boolean | undefined>("FENGHUO_DELIVER", undefined, parseSwitch, "must be 1 or 0"),
    timeline: env.DENO_TIMELINE || undefined,
  };
  const secrets = {
    FENGHUO_OCP_PASSWORD: environment.ocp.password,
    FENGHUO_METRICS_TOKEN: environment.metrics.token,
  };
  for (const [path, secret] of Object.entries(secrets)) {
    const weakness = secret && weaknessOf(secret);
    if (weakness) complaints.push({ path, message: weakness });
  }
  const { signIn, complaints: ofSignIn } = readSignIn(env, { ...environment, deploy: isDeploy(env) });
  return { environment: { ...environment, ...signIn }, complaints: [...complaints, ...ofSignIn] };
}

/**
 * The proxy variables to delete before the first request when `NO_PROXY` has a `*`, which means "no proxy at all": Deno's
 * fetch reads them, and treats the star as a host name.
 */
export function proxiesToForget(env: Environment): string[] {
  const except = env.NO_PROXY ?? env.no_proxy ?? "";
  if (!except.split(",").some((host) => host.trim() === "*")) return [];
  return Object.keys(env).filter((name) => /^(https?|all)_proxy$/i.test(name));
}

/** Whether the environment has all three secrets, so that none needs to be generated. */
export function hasSecrets(env: Environment): boolean {
  return ["FENGHUO_KEY", "FENGHUO_ADMIN_PASSWORD", "FENGHUO_INTAKE_TOKEN"]
    .every((name) => env[name] || env[`${name}_FILE`]);
}

/** The three secrets: from the environment, otherwise those that a local start generated. */
export function readSecrets(
  env: Environment,
  generated: Partial<Secrets> = {},
  { deploy }: { deploy: boolean },
): { secrets: Secrets; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const read = (name: string, fallback: string | undefined): string => {
    const given = env[name];
    const text = withoutLineEnd(given || fallback || "");
    const weakness = given ? weaknessOf(text) : undefined; // a generated one was checked when it was read
    if (weakness !== undefined) complaints.push({ path: name, message: weakness });
    if (text === "") {
      const why = deploy
        ? "Deno Deploy has no disk to keep one on, so set it there"
        : "a secret text is needed";
      complaints.push({ path: name, message: `is missing; ${why}` });
    }
    return text;
  };
  const secrets = {
    key: read("FENGHUO_KEY", generated.key),
    adminPassword: read("FENGHUO_ADMIN_PASSWORD", generated.adminPassword),
    intakeToken: read("FENGHUO_INTAKE_TOKEN", generated.intakeToken),
  };
  return { secrets, complaints };
}

function kindOf(kv: string | undefined): KvKind {
  if (kv === undefined) return "platform";
  if (/^https?:/i.test(kv)) return "remote";
  return kv === ":memory:" ? "memory" : "file";
}

function isDeploy(env: Environment): boolean {
  return !["", ...NO].includes((env.DENO_DEPLOY ?? "").toLowerCase());
}

function parseProxies(text: string): readonly Network[] | undefined {
  const parsed = text.split(/[\s,]+/).filter((one) => one !== "").map(parseNetworks);
  return parsed.every((networks) => networks !== undefined) ? parsed.flat() : undefined;
}

function parseAddresses(text: string): readonly string[] | undefined {
  const addresses = text.split(/\s+/).filter((one) => one !== "");
  return addresses.every((one) => /^https?:$/.test(URL.parse(one)?.protocol ?? "")) ? addresses : undefined;
}

/** The formats of the log: whether it is JSON. */
const LOGS: Readonly<Record<string, boolean>> = { text: false, json: true };

/** The variables are OpenTelemetry's, which the runtime reads, too. */
function tracingOf(env: Environment): EnvironmentConfig["tracing"] {
  const { OTEL_DENO = "", OTEL_SDK_DISABLED = "", OTEL_TRACES_SAMPLER = "", OTEL_TRACES_SAMPLER_ARG } = env;
  if (!YES.includes(OTEL_DENO.toLowerCase()) || YES.includes(OTEL_SDK_DISABLED.toLowerCase())) {
    return undefined;
  }
  const ratio = OTEL_TRACES_SAMPLER.endsWith("traceidratio") ? Number(OTEL_TRACES_SAMPLER_ARG ?? 1) : 1;
  return { ratio: ratio >= 0 && ratio <= 1 ? ratio : 1 };
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function parseSwitch(text: string): boolean | undefined {
  if (YES.includes(text.toLowerCase())) return true;
  return NO.includes(text.toLowerCase()) ? false : undefined;
}

function parseBase(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    return undefined;
  }
  return url.href.replace(/\/$/, "");
}
