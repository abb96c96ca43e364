import { findDenokv } from "../../tasks/_denokv.ts";
import { type Fleet, startFleet } from "../../tasks/_fleet.ts";
import type { Bound, Outcome } from "../figure.ts";
import { TOKEN } from "../programs.ts";
import { toWebhook } from "../relay_yaml.ts";

/** An observation with its expected value. */
export interface Seen {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly must?: Bound;
  /** Further details. */
  readonly note?: string | undefined;
}

/**
 * Relays on a real `denokv` if this machine has one; they deliver to a sink. `others`: addresses of the proxy for
 * floors.
 */
export async function edgeFleet(
  sink: string,
  { names = ["a"], others = [] }: { names?: readonly string[]; others?: readonly string[] } = {},
): Promise<Fleet> {
  const denokv = await findDenokv();
  return await startFleet({
    names,
    others,
    denokv,
    yaml: toWebhook(sink),
    env: { FENGHUO_INTAKE_TOKEN: TOKEN },
  });
}

/** All observations, and those that differ from their expected value. */
export function outcomeOf(seen: readonly Seen[], store: string): Outcome {
  const words = seen.map(({ what, value, unit, note }) =>
    `${what} ${rounded(value)} ${unit}${note === undefined ? "" : ` (${note})`}`
  );
  const broken = seen.filter(({ value, must }) =>
    must !== undefined && !("atLeast" in must ? value >= must.atLeast : value <= must.atMost)
  ).map(({ what, must }) =>
    `${what} must be ${"atLeast" in must! ? `≥ ${must.atLeast}` : `≤ ${must!.atMost}`}`
  );
  return { kind: "promises", broken, note: [`on ${store}`, ...words, ...broken].join("\n    ") };
}

/** Send one alert. @returns the status, and milliseconds until the answer */
export async function sendOne(
  url: string,
  name: string,
  { within = 30_000 }: { within?: number } = {},
): Promise<{ status: number; ms: number }> {
  const began = performance.now();
  const ms = (): number => performance.now() - began;
  try {
    const response = await fetch(`${url}/webhook`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({
        alerts: [{ status: "firing", labels: { alertname: name, severity: "warning" }, annotations: {} }],
      }),
      signal: AbortSignal.timeout(within),
    });
    await response.body?.cancel();
    return { status: response.status, ms: ms() };
  } catch {
    return { status: 0, ms: ms() };
  }
}

/** Wait this many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rounded(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
}
