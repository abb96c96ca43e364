import { deepStrictEqual as equal } from "node:assert/strict";
import { readPulse } from "../../../../templates/console/script/pulse.js";

const PULSE = { open: 3, unacknowledged: 2, worst: "critical" };

Deno.test("the pulse is read; without one, the reader goes on", async () => {
  const answers = [
    Response.json(PULSE),
    new Response("<p>Gateway</p>", { headers: { "content-type": "text/html" } }),
  ];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => answers.shift()!,
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  equal(await readPulse(base), PULSE);
  equal(await readPulse(base), undefined, "a proxy's page");
  await server.shutdown();
  equal(await readPulse(base), undefined, "nobody there");
});
