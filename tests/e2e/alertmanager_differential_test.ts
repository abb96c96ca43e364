/**
 * The same alerts and silences for a real Alertmanager and for a relay with the same routes: both notify of the same,
 * at the same time, or the scenario contains the difference with its reason.
 *
 * @module
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { isInstalled } from "../kit/program.ts";
import { PROGRAM } from "./_alertmanager.ts";
import { type Notification, type Run, runBoth } from "./_same_stream.ts";
import { type Expected, SCENARIOS, UNTIL } from "./_scenarios.ts";

/** The tolerance of a notification's time, in seconds, on a busy machine. */
const TOLERANCE = 3;

const ignore = !(await isInstalled(PROGRAM));

Deno.test({
  name: `a relay notifies as Alertmanager does, or it is known why not (needs ${PROGRAM})`,
  ignore,
  async fn(test): Promise<void> {
    await using folder = await temporaryFolder();
    const run = await runBoth(SCENARIOS, { folder: folder.path, until: UNTIL });
    for (const scenario of SCENARIOS) {
      for (const sender of ["alertmanager", "fenghuo"] as const) {
        await test.step(`${scenario.name}: ${sender}`, () => {
          expectNotifications(notificationsOf(run, sender, scenario.name), expectedOf(scenario, sender));
        });
      }
    }
  },
});

Deno.test("docs/alertmanager.md has every difference of the notifications", async () => {
  const page = (await Deno.readTextFile(`${ROOT}docs/alertmanager.md`)).replace(/\s+/g, " ");
  const differences = SCENARIOS.flatMap((scenario) => "why" in scenario ? [scenario.why] : []);
  ok(differences.length > 0);
  for (const why of differences) ok(page.includes(why), why);
});

function notificationsOf(run: Run, sender: keyof Run, name: string): readonly Notification[] {
  return run[sender].filter(({ scenario }) => scenario === name);
}

function expectedOf(expected: Expected, sender: keyof Run): readonly string[] {
  return "both" in expected ? expected.both : expected[sender];
}

/** The same alerts in the same order, each near its time. */
function expectNotifications(found: readonly Notification[], expected: readonly string[]): void {
  const shown = found.map(({ at, alerts }) => `${Math.round(at)} ${alerts}`);
  const contentOf = (line: string): string => line.replace(/^\d+ /, "");
  equal(shown.map(contentOf), expected.map(contentOf), shown.join(", "));
  for (const [index, line] of expected.entries()) {
    ok(Math.abs(found[index]!.at - parseInt(line)) <= TOLERANCE, `${shown[index]} is expected as ${line}`);
  }
}
