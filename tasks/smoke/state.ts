/**
 * The relay's own report: version, readiness, database, channels.
 *
 * @module
 */
import { VERSION } from "../../relay/base/version.ts";
import { refusalOf, type RelayClient } from "../_relay.ts";
import type { Finding } from "./finding.ts";

/** The number of measurements of a time. */
const TIMES = 5;

/** Checks whether it answers, and its version. */
export async function checkVersion(relay: RelayClient): Promise<Finding> {
  const { status, json } = await relay.ask("GET", "healthz");
  const name = "version";
  if (status !== 200 || json?.alive !== true) {
    return { name, verdict: "bad", says: `${status}: this is no relay, or an old one` };
  }
  const version = json.version ?? "0.9.0 or earlier";
  return version === VERSION
    ? { name, verdict: "good", says: version }
    : { name, verdict: "poor", says: `${version}, and this checkout is ${VERSION}` };
}

/** Checks whether it is ready, and its workarounds. */
export async function checkReady(relay: RelayClient): Promise<Finding[]> {
  const name = "ready";
  const answer = await relay.ask("GET", "readyz");
  const { status, json } = answer;
  const complaints: unknown[] = json?.complaints ??
    Object.entries(json?.unready ?? {}).map((pair) => pair.join(": "));
  if (status !== 200) {
    const why = complaints.length > 0
      ? [json?.error, ...complaints].filter(Boolean).join("\n")
      : refusalOf(answer);
    return [{ name, verdict: "bad", says: why }];
  }
  if (json?.warnings === undefined) {
    return [{ name, verdict: "bad", says: "yes, but FENGHUO_ADMIN_PASSWORD is not this relay's password" }];
  }
  const warnings = (json.warnings as string[]).map((says): Finding => ({
    name: "warning",
    verdict: "poor",
    says,
  }));
  return [{ name, verdict: "good", says: "yes" }, ...warnings];
}

/** Checks its database and its runtime. */
export async function checkDatabase(
  relay: RelayClient,
  { accept }: { accept: () => Promise<void> },
): Promise<Finding[]> {
  const { text } = await relay.ask("GET", "metrics");
  const labels = Object.fromEntries(
    Array.from(
      (/^fenghuo_build_info\{(.*)\}/m.exec(text)?.[1] ?? "").matchAll(/(\w+)="([^"]*)"/g),
      ([, key, value]) => [key!, value!],
    ),
  );
  const way = await median(async () => void await relay.ask("GET", "healthz"));
  const stored = await median(accept);
  const kinds: Record<string, string> = {
    local: "a file of its own",
    shared: "shared by its instances, over KV Connect",
  };
  const kind = kinds[labels.database ?? ""] ?? "of an unknown kind";
  return [
    { name: "runtime", verdict: "good", says: `Deno ${labels.deno ?? "unknown"}` },
    {
      name: "database",
      verdict: "good",
      says: `${kind}; an accepted alert takes ${ms(stored)}, of which ${
        ms(Math.min(way, stored))
      } are the way there and back`,
    },
  ];
}

/** Checks the channels that it found. */
export async function checkChannels(relay: RelayClient): Promise<Finding> {
  const { json } = await relay.ask("GET", "api/channels");
  const names: string[] = json.channels.map(({ name }: { name: string }) => name);
  const broken = Object.values(json.broken as Record<string, string>);
  return {
    name: "channels",
    verdict: names.length === 0 ? "bad" : broken.length > 0 ? "poor" : "good",
    says: [`${names.length}: ${names.join(", ")}`, ...broken].join("\n"),
  };
}

async function median(run: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < TIMES; count++) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(TIMES / 2)]!;
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}
