import { eventually } from "../kit/eventually.ts";
import { collect } from "../kit/output.ts";
import { freePort } from "../kit/program.ts";

/** The name of Debian's package, and of its program. */
export const PROGRAM = "prometheus-alertmanager";

/** The options of an Alertmanager's start. */
export interface AlertmanagerOptions {
  /** Its working folder. */
  readonly folder: string;
  /** The address of the webhook, and the token for it, if it wants one. */
  readonly webhook: { readonly url: string; readonly token?: string };
  /** The labels by which it groups alerts. Default: the name. */
  readonly groupBy?: readonly string[];
  /** The gossip address of this one, and of another one of the same cluster. None: it is alone. */
  readonly cluster?: { readonly listen: string; readonly peer?: string };
}

/** A running Alertmanager. */
export interface Alertmanager extends AsyncDisposable {
  readonly url: string;
  /** Its log so far. */
  log(): string;
  /** Send alerts to its API v2. */
  send(...alerts: readonly ApiAlert[]): Promise<void>;
  /** The fingerprints of the alerts that it knows. */
  fingerprints(): Promise<string[]>;
  /** The alerts that it considers firing. */
  firing(): Promise<ApiAlert[]>;
}

/** An alert of Alertmanager's API v2. */
export interface ApiAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** Start an Alertmanager that waits for at most a second, and also sends resolved alerts to the webhook. */
export async function startAlertmanager(
  { folder, webhook, cluster, groupBy = ["alertname"] }: AlertmanagerOptions,
): Promise<Alertmanager> {
  const credentials = webhook.token === undefined ? "" : `        http_config:
          authorization: { type: Bearer, credentials: ${JSON.stringify(webhook.token)} }
`;
  const config = `
route:
  receiver: fenghuo
  group_by: ${JSON.stringify(groupBy)}
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: fenghuo
    webhook_configs:
      - url: ${webhook.url}
        send_resolved: true
${credentials}`;
  return await launchAlertmanager({ folder, config, cluster });
}

/** Start an Alertmanager with this configuration. */
export async function launchAlertmanager(
  { folder, config, cluster }: {
    readonly folder: string;
    /** The content of its configuration file. */
    readonly config: string;
    readonly cluster?: AlertmanagerOptions["cluster"] | undefined;
  },
): Promise<Alertmanager> {
  await Deno.mkdir(folder, { recursive: true });
  const file = `${folder}/alertmanager.yml`;
  await Deno.writeTextFile(file, config);
  const address = `127.0.0.1:${freePort()}`;
  const child = new Deno.Command(PROGRAM, {
    args: [
      `--config.file=${file}`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=${address}`,
      `--cluster.listen-address=${cluster?.listen ?? ""}`,
      ...cluster
        ? [
          `--cluster.advertise-address=${cluster.listen}`,
          "--cluster.settle-timeout=1s",
          "--cluster.peer-timeout=1s",
        ]
        : [],
      ...cluster?.peer ? [`--cluster.peer=${cluster.peer}`] : [],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = collect(child.stderr);
  const url = `http://${address}`;
  const call = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(`${url}${path}`, init);
    if (!response.ok) throw new Error(`Alertmanager answers ${response.status}: ${await response.text()}`);
    return response;
  };
  const alertmanager: Alertmanager = {
    url,
    log: () => output.text,
    async send(...alerts): Promise<void> {
      const body = JSON.stringify(alerts);
      await (await call("/api/v2/alerts", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }))
        .body?.cancel();
    },
    async fingerprints(): Promise<string[]> {
      const alerts: { fingerprint: string }[] = await (await call("/api/v2/alerts")).json();
      return alerts.map(({ fingerprint }) => fingerprint);
    },
    firing: async () => await (await call("/api/v2/alerts")).json(),
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
    await eventually("Alertmanager to be ready", async () => {
      await (await call("/-/ready")).body?.cancel();
      return true;
    }, { within: 15_000 });
  } catch (error) {
    await alertmanager[Symbol.asyncDispose]();
    throw new Error(`${(error as Error).message}\n${output.text}`);
  }
  return alertmanager;
}
