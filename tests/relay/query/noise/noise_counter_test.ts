import { deepStrictEqual as equal } from "node:assert/strict";
import { MINUTE } from "../../../../relay/base/duration.ts";
import type { LoggedAlert, Routing } from "../../../../relay/domain/record.ts";
import { NoiseCounter } from "../../../../relay/query/noise/noise_counter.ts";

function logged(
  fingerprint: string,
  minute: number,
  status: "firing" | "resolved",
  told = true,
): LoggedAlert {
  const outcome = told ? { kind: "told", reason: "first", folded: 0 } : { kind: "folded", of: "" };
  return {
    id: `${minute}`,
    at: minute * MINUTE,
    fingerprint,
    incident: `incident of ${minute}`,
    alert: { status, severity: "warning", startsAt: null },
    routing: [{ group: "ops/default", by: "default", outcome } as Routing],
  };
}

Deno.test("the episodes of an alert and their duration are counted from the newest to the oldest", () => {
  const counter = new NoiseCounter();
  const alerts = [
    logged("flaps", 0, "resolved"), // its beginning is not in the period
    logged("flaps", 10, "firing"),
    logged("flaps", 11, "firing", false),
    logged("flaps", 12, "resolved"),
    logged("once", 15, "firing"),
    logged("flaps", 20, "firing"),
    logged("flaps", 24, "resolved"),
    logged("flaps", 30, "firing"), // goes on
  ];
  for (const alert of alerts.toReversed()) counter.add(alert);
  const [flaps, once] = counter.noisiest(5);
  equal(flaps, {
    fingerprint: "flaps",
    count: 7,
    told: 6,
    incident: "incident of 30",
    severity: "warning",
    lastAt: 30 * MINUTE,
    episodes: 2,
    lasted: 6 * MINUTE,
    groups: ["ops/default"],
  });
  equal([once!.count, once!.episodes], [1, 0]);
  equal(counter.noisiest(1).length, 1);
});
