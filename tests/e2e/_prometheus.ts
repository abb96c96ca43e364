import { eventually } from "../kit/eventually.ts";
import { collect } from "../kit/output.ts";
import { freePort } from "../kit/program.ts";

/** The name of Debian's package, and of its program. */
export const PROMETHEUS = "prometheus";

/** The settings of a Prometheus. */
export interface PrometheusOptions {
  /** Its data folder; another one that is started there continues. */
  readonly folder: string;
  /** The relay in place of an Alertmanager, and the intake token. */
  readonly relay: { readonly url: string; readonly intakeToken: string };
  /** The address of the exporter. */
  readonly target: string;
  /** The rules: `alert` and `expr`. */
  readonly rules: readonly Readonly<Record<string, unknown>>[];
  /** Seconds between two sends of an alert; its end is four times as far ahead. */
  readonly resend: number;
}

/** A running Prometheus. */
export interface Prometheus extends AsyncDisposable {
  readonly url: string;
  /** Its log so far. */
  log(): string;
}

/** Start a Prometheus that scrapes and evaluates every second. The configuration is JSON, which is YAML. */
export async function startPrometheus(
  { folder, relay, target, rules, resend }: PrometheusOptions,
): Promise<Prometheus> {
  await Deno.mkdir(folder, { recursive: true });
  const [config, ruleFile] = [`${folder}/prometheus.yml`, `${folder}/rules.yml`];
  await Deno.writeTextFile(ruleFile, JSON.stringify({ groups: [{ name: "test", rules }] }));
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [ruleFile],
      scrape_configs: [{ job_name: "test", static_configs: [{ targets: [new URL(target).host] }] }],
      alerting: {
        alertmanagers: [{
          authorization: { credentials: relay.intakeToken },
          static_configs: [{ targets: [new URL(relay.url).host] }],
        }],
      },
    }),
  );
  const address = `127.0.0.1:${freePort()}`;
  const child = new Deno.Command(PROMETHEUS, {
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
      `--rules.alert.resend-delay=${resend}s`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = collect(child.stderr);
  const prometheus: Prometheus = {
    url: `http://${address}`,
    log: () => output.text,
    async [Symbol.asyncDispose](): Promise<void> {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await Promise.all([output.ended, child.status]);
    },
  };
  try {
    await eventually("Prometheus to be ready", async () => {
      const response = await fetch(`${prometheus.url}/-/ready`);
      await response.body?.cancel();
      return response.ok;
    }, { within: 20_000 });
  } catch (error) {
    await prometheus[Symbol.asyncDispose]();
    throw new Error(`${(error as Error).message}\n${output.text}`);
  }
  return prometheus;
}

/** An exporter whose gauge `trouble` has a sample for each host. */
export interface Exporter extends AsyncDisposable {
  readonly url: string;
  /** The hosts, and whether each is in trouble. */
  readonly hosts: Map<string, boolean>;
  /** The number of scrapes: one a second by {@linkcode startPrometheus}. */
  readonly scrapes: number;
}

/** Start an exporter. */
export function startExporter(): Exporter {
  const hosts = new Map<string, boolean>();
  let scrapes = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    scrapes++;
    return new Response(
      [...hosts].map(([host, isInTrouble]) => `trouble{host="${host}"} ${isInTrouble ? 1 : 0}\n`).join(""),
      { headers: { "content-type": "text/plain; version=0.0.4" } },
    );
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    hosts,
    get scrapes(): number {
      return scrapes;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
