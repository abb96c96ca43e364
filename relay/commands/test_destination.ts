import { ulid } from "../base/ulid.ts";
import { endpointsIn } from "../config/secret_endpoints.ts";
import { sendTrial, type TrialResult, type TrialTools } from "../delivery/trial.ts";
import type { Destination, Group } from "../domain/group.ts";

/** The destination to test, which may be unsaved, and the person who requested it. */
export interface DestinationTest {
  readonly group: Group;
  readonly destination: Destination;
  readonly by: string;
}

/** The dependencies of {@linkcode testDestination}. */
export interface DestinationTestTools extends TrialTools {
  /** The configured groups. */
  readonly groups: ReadonlyMap<string, Group>;
  /** Called when a configured destination has accepted the test. */
  readonly proven: () => void;
}

/** Sends a test message now, bypassing the queue. The audit log names the person. @throws StoreError */
export async function testDestination(
  { group, destination, by }: DestinationTest,
  { groups, proven, ...tools }: DestinationTestTools,
): Promise<TrialResult> {
  const { clock, channels, store } = tools;
  // Audited before it is sent: an unsaved destination may use stored secrets as well.
  await store.audit.note({
    by,
    action: "tested",
    what: `groups/${group.id}`,
    after: {
      destination: destination.id,
      channel: destination.channel,
      to: endpointsIn(destination.channel, destination.config, channels),
    },
  });
  const result = await sendTrial({ group, destination, id: `${ulid(clock.now())}-test` }, tools);
  // An unsaved destination proves nothing about the configured one.
  const isConfigured = groups.get(group.id)?.destinations.includes(destination);
  if (isConfigured && result.verdict === "delivered") {
    await store.proofs.add(result.destination, {
      at: clock.now(),
      ms: result.ms,
      because: result.because,
    });
    proven();
  }
  return result;
}
