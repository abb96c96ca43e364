import { createApp } from "../../routes/app.ts";
import { serve } from "../../routes/serve.ts";
import type { Greeting } from "./process.ts";
import { SECRETS, type TestRelay } from "./relay.ts";

/** A relay in this process that listens on loopback. */
export interface ListeningRelay extends AsyncDisposable, Greeting {
  readonly house: TestRelay;
}

/** Let a relay listen on loopback. `others` are disposed with it. */
export function listening(house: TestRelay, others: readonly AsyncDisposable[] = []): ListeningRelay {
  const app = createApp(house.relay, { report: (words) => house.reports.push(words) });
  let url = "";
  const server = serve(app.fetch, {
    port: 0,
    hostname: "127.0.0.1",
    onListen: ({ port }) => url = `http://127.0.0.1:${port}`,
  });
  return {
    house,
    url,
    adminPassword: SECRETS.adminPassword,
    intakeToken: SECRETS.intakeToken,
    curl: "",
    async [Symbol.asyncDispose](): Promise<void> {
      await house.relay.events.close();
      await server.stop({ grace: 0 });
      await house[Symbol.asyncDispose]();
      for (const other of others) await other[Symbol.asyncDispose]();
    },
  };
}
