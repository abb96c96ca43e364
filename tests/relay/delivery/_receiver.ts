import { type TestRelay, testRelay, type TestRelayOptions } from "../../kit/relay.ts";

/** A relay whose default group has a webhook, and the webhook's receiver, which answers each request with a status. */
export async function withReceiver(
  answer: (request: Request) => Promise<number>,
  options: Omit<TestRelayOptions, "yaml"> = {},
): Promise<{ house: TestRelay } & AsyncDisposable> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    return new Response(null, { status: await answer(request) });
  });
  const house = await testRelay({
    ...options,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: webhook, config: { url: "http://127.0.0.1:${server.addr.port}/" } }
`,
  });
  return {
    house,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}
