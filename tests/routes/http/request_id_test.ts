import { deepStrictEqual as equal, match } from "node:assert/strict";
import { requestIds } from "../../../routes/http/request_id.ts";
import { jsonLog } from "../../../routes/json_log.ts";

const CONNECTION = { remote: "127.0.0.1" };

Deno.test("a line of the log has the id of its request, and so has the answer, however requests overlap", async () => {
  const ids = await requestIds();
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const log = jsonLog({ print: keep, complain: keep }, ids.current, () => 0);
  const gates = new Map(["a", "b"].map((name) => [name, Promise.withResolvers<void>()]));
  const handler = ids.wrap(async (request) => {
    const name = new URL(request.url).pathname.slice(1);
    await gates.get(name)!.promise;
    log.warn(`answering ${name}`);
    return new Response(name);
  });
  const ask = (name: string): Promise<Response> =>
    Promise.resolve(
      handler(new Request(`http://relay/${name}`, { headers: { "x-request-id": `id-${name}` } }), CONNECTION),
    );
  const answers = [ask("a"), ask("b")];
  gates.get("b")!.resolve();
  await answers[1];
  gates.get("a")!.resolve();
  const [a, b] = await Promise.all(answers);
  log.say("nobody asked");
  equal([a!.headers.get("x-request-id"), await a!.text()], ["id-a", "a"]);
  equal([b!.headers.get("x-request-id"), await b!.text()], ["id-b", "b"]);
  equal(lines.map((line) => JSON.parse(line)), [
    { time: "1970-01-01T00:00:00.000Z", level: "warn", message: "answering b", request: "id-b" },
    { time: "1970-01-01T00:00:00.000Z", level: "warn", message: "answering a", request: "id-a" },
    { time: "1970-01-01T00:00:00.000Z", level: "info", message: "nobody asked" },
  ]);
});

for (
  const [given, isTaken] of [
    ["7f3a-1.x:y", true],
    ["", false],
    ["a b", false],
    ['"}', false],
    ["x".repeat(129), false],
  ] as const
) {
  Deno.test(`the id ${JSON.stringify(given).slice(0, 20)} of a proxy is ${isTaken ? "taken over" : "replaced"}`, async () => {
    const ids = await requestIds();
    let seen = "";
    const handler = ids.wrap(() => {
      seen = ids.current()!;
      return new Response();
    });
    const answer = await handler(
      new Request("http://relay/", { headers: { "x-request-id": given } }),
      CONNECTION,
    );
    equal(answer.headers.get("x-request-id"), seen);
    if (isTaken) equal(seen, given);
    else match(seen, /^[0-9a-f-]{36}$/);
  });
}

Deno.test("an answer whose headers are immutable gets its id as well", async () => {
  const ids = await requestIds();
  const handler = ids.wrap(() => Response.redirect("http://relay/elsewhere"));
  const answer = await handler(new Request("http://relay/"), CONNECTION);
  equal([answer.status, answer.headers.get("location")], [302, "http://relay/elsewhere"]);
  match(answer.headers.get("x-request-id")!, /./);
});
