/** Mail servers that take their time, as postscreen and content filters do: in real time, over the real relay. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { testRelay } from "../kit/relay.ts";
import { startSmtp } from "../kit/smtp.ts";

function sleep(seconds: number): () => Promise<void> {
  return () => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}

Deno.test("a server that greets after 6 seconds is reached, and one that answers a mail after 11 gets one copy", async () => {
  await using late = await startSmtp({ beforeGreeting: sleep(6) });
  await using slow = await startSmtp({ beforeAnswer: sleep(11) });
  await using house = await testRelay({
    yaml: `
defaults:
  email: { host: localhost, from: ops@example.com, to: [li.lei@example.com], tls: none }
groups:
  - owner: default
    level: default
    destinations:
      - { name: late, channel: email, config: { port: ${late.port} } }
      - { name: slow, channel: email, config: { port: ${slow.port} } }
`,
  });
  const started = performance.now();
  const response = await house.post({});
  await response.body?.cancel();
  await house.settle();
  const seconds = (performance.now() - started) / 1_000;
  ok(seconds > 11, `${seconds} s`);
  equal([late.mails.length, slow.mails.length], [1, 1]);
  const [logged] = await house.relay.store.log.newest(1);
  const deliveries = await house.relay.store.deliveries.of(logged!.id);
  equal(deliveries.map(({ state, attempts }) => [state, attempts.length]), [["delivered", 1], [
    "delivered",
    1,
  ]]);
});
