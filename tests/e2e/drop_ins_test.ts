import { deepStrictEqual as equal } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { inboxOf, startRelay, temporaryFolder } from "../kit/process.ts";
import { isInstalled } from "../kit/program.ts";
import { launchAlertmanager, PROGRAM } from "./_alertmanager.ts";

const KEY = "0123456789abcdef0123456789abcdef";

/** The receivers as they are at the products, with another host. */
const RECEIVERS: Readonly<Record<string, (url: string) => string>> = {
  pagerduty: (url) => `pagerduty_configs: [{ routing_key: ${KEY}, url: "${url}/v2/enqueue" }]`,
  opsgenie: (url) => `opsgenie_configs: [{ api_key: ${KEY}, api_url: "${url}/", priority: P1 }]`,
};

for (const [product, receiver] of Object.entries(RECEIVERS)) {
  Deno.test({
    name:
      `a real Alertmanager's ${product} receiver notifies the group of its key when an alert fires and when it is resolved (needs ${PROGRAM})`,
    ignore: !(await isInstalled(PROGRAM)),
    fn: async () => {
      await using folder = await temporaryFolder();
      await using relay = await startRelay({
        folder: folder.path,
        yaml:
          `groups: [{ owner: ops, level: default, robot_token: ${KEY}, destinations: [{ channel: inbox }] }]`,
      });
      await using alertmanager = await launchAlertmanager({
        folder: `${folder.path}/alertmanager`,
        config: `
route: { receiver: all, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: all, ${receiver(relay.url)} }]`,
      });
      const labels = { alertname: "DiskFull", instance: "db-1" };
      const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
      const startsAt = inSeconds(-60);
      for (const [endsAt, count, status] of [[600, 1, "firing"], [0, 2, "resolved"]] as const) {
        await alertmanager.send({ labels, startsAt, endsAt: inSeconds(endsAt) });
        const [message] = await eventually(`a message that says ${status}`, async () => {
          const messages = await inboxOf(relay);
          return messages.length === count && messages;
        }, { within: 15_000 });
        equal([message!.status, message!.group], [status, "ops/default"]);
      }
    },
  });
}
