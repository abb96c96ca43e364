import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { visitor } from "../../kit/console.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

/** The events that a listening browser has received so far. */
interface Ear {
  readonly response: Response;
  /** The text up to now, once it has this in it. */
  heard(words: string): Promise<string>;
  /** All of it, once the relay ended it. */
  ended(): Promise<string>;
  hangUp(): Promise<void>;
}

async function listen(house: TestRelay, headers: Record<string, string>, query = ""): Promise<Ear> {
  const response = await house.request(`/events${query}`, { headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const more = async (): Promise<boolean> => {
    const { value, done } = await reader.read();
    text += value ?? "";
    return !done;
  };
  return {
    response,
    async heard(words): Promise<string> {
      while (!text.includes(words)) ok(await more(), `the stream ended before "${words}": ${text}`);
      return text;
    },
    async ended(): Promise<string> {
      while (await more());
      return text;
    },
    hangUp: () => reader.cancel(),
  };
}

const ADMIN = { authorization: `Bearer ${SECRETS.adminPassword}` };

Deno.test("an alert and its delivery are heard of", async () => {
  await using house = await testRelay();
  const ear = await listen(house, ADMIN);
  equal(ear.response.headers.get("content-type"), "text/event-stream");
  await house.accept({});
  for (const kind of ["alert", "incident", "delivery"]) await ear.heard(`event: change\ndata: ${kind}\n\n`);
  await house.settle();
  await ear.heard("data: lane\n");
  await ear.hangUp();
});

Deno.test("a stream that is silent beats every 15 seconds, and leaves no timer when it is hung up", async () => {
  await using house = await testRelay();
  const ear = await listen(house, ADMIN);
  house.clock.advance(15_000);
  await ear.heard(": still here\n");
  await ear.hangUp();
  equal(house.clock.next, undefined);
});

Deno.test("a change between a page and its stream is sent at once", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "viewer");
  const since = async (): Promise<string> => /data-live="(\d+)"/.exec((await one.get("/members")).html)![1]!;
  const open = (since: string): Promise<Ear> => listen(house, ADMIN, `?since=${since}`);
  const before = await since();
  const quiet = await open(before);
  house.clock.advance(15_000);
  ok(!(await quiet.heard(": still here\n")).includes("change"));
  await quiet.hangUp();
  await house.fire({});
  const ear = await open(before);
  await ear.heard("data: delivery\n");
  await ear.hangUp();
});

Deno.test("a stream ends with its session", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "viewer");
  const cookie = [...one.cookies].map((pair) => pair.join("=")).join("; ");
  const ear = await listen(house, { authorization: "", cookie });
  house.clock.advance(15_000);
  await ear.heard(": still here\n");
  await one.post("/sign-out", {});
  house.clock.advance(15_000);
  ok(!(await ear.ended()).includes("change"));
});

Deno.test("a stream ends when the relay stops", async () => {
  await using house = await testRelay();
  const ear = await listen(house, ADMIN);
  await house.relay.stop({ grace: 0 });
  await ear.ended();
});

Deno.test("a caller without a session cannot listen", async () => {
  await using house = await testRelay();
  const { response } = await listen(house, {});
  equal(response.status, 401);
});

Deno.test("one account may listen twenty times at once, and others still can", async () => {
  await using house = await testRelay();
  const ears: Ear[] = [];
  for (let number = 0; number < 20; number++) ears.push(await listen(house, ADMIN));
  const refused = await house.request("/events", { headers: ADMIN });
  equal([refused.status, (await refused.json()).error], [
    429,
    "At most 20 pages of one account listen at once: close some of them",
  ]);
  const { text } = await house.relay.access.issueToken(
    { name: "other", scope: "read", lasts: 86_400_000 },
    { by: "admin", now: house.clock.now() },
  );
  const other = await listen(house, { authorization: `Bearer ${text}` });
  equal(other.response.status, 200);
  await ears.pop()!.hangUp();
  const again = await listen(house, ADMIN);
  equal(again.response.status, 200, "one that hung up makes room");
  for (const ear of [...ears, other, again]) await ear.hangUp();
});
