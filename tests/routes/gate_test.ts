import { deepStrictEqual as equal } from "node:assert/strict";
import { Gate } from "../../routes/gate.ts";

const request = new Request("http://localhost/");

async function ask(gate: Gate): Promise<string> {
  return await (await gate.handle(request, { remote: undefined })).text();
}

Deno.test("a request that comes during a start waits for the relay", async () => {
  const gate = new Gate(() => new Response("stand-in"), { within: 60_000 });
  const asked = ask(gate);
  gate.open(() => new Response("relay"));
  equal(await asked, "relay");
  equal(await ask(gate), "relay");
});

Deno.test("a start that takes too long is answered by the stand-in, until the relay is there", async () => {
  const gate = new Gate(() => new Response("stand-in"), { within: 1 });
  equal(await ask(gate), "stand-in");
  equal(await ask(gate), "stand-in");
  gate.open(() => new Response("relay"));
  equal(await ask(gate), "relay");
});

Deno.test("when the process stops, nobody waits for a relay any more", async () => {
  const gate = new Gate(() => new Response("stand-in"), { within: 60_000 });
  const asked = ask(gate);
  gate.giveUp();
  equal(await asked, "stand-in");
});
