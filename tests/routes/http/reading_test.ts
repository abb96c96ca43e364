import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { BODY_BYTES, readBody } from "../../../routes/http/body.ts";
import { BodyReader } from "../../../routes/http/reading.ts";
import { serve } from "../../../routes/serve.ts";
import { alarmV2 } from "../../kit/alarm_v2.ts";
import { eventually } from "../../kit/eventually.ts";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";

/** A quick one, so that no test waits: a body must bring 100 bytes in 50 ms. */
const QUICK = { bytes: 100, every: 50, longest: 400 };
const KIB = 1_024;

/** A request whose body a test writes piece by piece. */
function open(headers: HeadersInit = {}): {
  request: Request;
  send: (bytes: number) => void;
  end: () => void;
  cancelled: () => boolean;
} {
  let cancelled = false;
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (cancelled = true),
  });
  return {
    request: new Request("http://x/", { method: "POST", body, headers }),
    send: (bytes) => controller.enqueue(new Uint8Array(bytes).fill(0x61)),
    end: () => controller.close(),
    cancelled: () => cancelled,
  };
}

const REFUSED = { name: "RequestError", status: 503 };

Deno.test("a body that stops is given up, and its memory with it", async () => {
  const within = new BodyReader({ budget: 100 * KIB, pace: QUICK });
  const sender = open();
  sender.send(60 * KIB);
  const read = readBody(sender.request, { within });
  await eventually("it is read", () => Promise.resolve(within.held > 0));
  equal(within.held, 44 * KIB, "the first 16 KiB count in no budget");
  await rejects(read, { ...REFUSED, message: /^The body came too slowly: send it again/ });
  equal([within.held, sender.cancelled()], [0, true]);
});

Deno.test("a body that keeps its pace is read, and one that drips is given up in the end", async () => {
  const within = new BodyReader({ budget: 100 * KIB, pace: QUICK });
  const sender = open();
  const read = readBody(sender.request, { within });
  let sent = 0;
  const drip = setInterval(() => {
    if (sent++ < 5) return sender.send(200);
    sender.end();
    clearInterval(drip);
  }, 20);
  equal((await read).bytes, 1_000);

  const slow = open();
  const dripping = setInterval(() => slow.send(200), 20);
  await rejects(readBody(slow.request, { within }), { ...REFUSED, message: /too slowly/ });
  clearInterval(dripping);
  equal(within.held, 0);
});

Deno.test("over the budget of all that is being read the next is refused, and small ones never are", async () => {
  const within = new BodyReader({ budget: 100 * KIB, pace: { ...QUICK, every: 60_000 } });
  const large = open();
  large.send(110 * KIB);
  const first = readBody(large.request, { within });
  await eventually("it is read", () => Promise.resolve(within.held > 0));
  const second = open();
  second.send(30 * KIB);
  await rejects(readBody(second.request, { within }), {
    ...REFUSED,
    message: /^The relay reads too much at once: send it again/,
    headers: { "retry-after": "5" },
  });
  ok(second.cancelled());
  for (const headers of [{}, { "content-length": "5" }] as HeadersInit[]) {
    const small = new Request("http://x/", { method: "POST", body: "small", headers });
    equal((await readBody(small, { within })).text, "small");
  }
  large.end();
  equal((await first).bytes, 110 * KIB);
  equal(within.held, 0);
  const again = open();
  again.send(80 * KIB);
  again.end();
  equal((await readBody(again.request, { within })).bytes, 80 * KIB, "there is room again");
});

Deno.test("a body that is cut off, one of a wrong length and one that is too large leave nothing behind", async () => {
  const within = new BodyReader({ budget: 100 * 2 ** 20, pace: { ...QUICK, every: 60_000 } });
  const broken = new Request("http://x/", {
    method: "POST",
    headers: { "content-length": String(40 * KIB) },
    body: new ReadableStream<Uint8Array>({
      pull(controller): void {
        controller.enqueue(new Uint8Array(20 * KIB));
        controller.error(new Error("the connection is gone"));
      },
    }),
  });
  await rejects(readBody(broken, { within }), { ...REFUSED, message: /^The body is cut off/ });
  const large = open();
  large.send(BODY_BYTES + 1);
  await rejects(readBody(large.request, { within }), { name: "RequestError", status: 413 });
  const known = "火".repeat(30_000);
  const length = new Request("http://x/", {
    method: "POST",
    body: known,
    headers: { "content-length": String(90_000) },
  });
  equal((await readBody(length, { within })).text, known);
  equal(within.held, 0);
});

const DEEP: [name: string, text: string][] = [
  ["lists", "[".repeat(100_000) + "]".repeat(100_000)],
  ["objects", '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)],
  ["lists that never end", "[".repeat(1_000_000)],
  ["lists behind a string of brackets", `{"a":"]]\\"]]","b":${"[".repeat(5_000)}${"]".repeat(5_000)}}`],
];

for (const [name, deep] of DEEP) {
  Deno.test(`JSON of ${name}, nested too deeply, is refused before it is parsed, at every door`, async () => {
    await using house = await testRelay();
    const text = deep.startsWith("[") && !deep.endsWith("]")
      ? deep
      : `{"alerts":${deep},"labels":${deep},"rules":${deep},"matchers":${deep},"text":${deep}}`;
    const doors = [
      "/webhook",
      "/",
      "/dingtalk/ops/send",
      "/prometheusalert?type=dd",
      "/robot/send?access_token=test-token",
      "/alarm_v2",
      "/api/v2/alarm/alarms",
    ];
    for (const path of doors) {
      const init = path.startsWith("/api")
        ? { headers: { authorization: `Basic ${btoa("a:test-token")}` } }
        : {};
      const response = await house.request(path, { method: "POST", body: text, ...init });
      const words = await response.text();
      ok([200, 400].includes(response.status), `${path}: ${response.status}`);
      match(words, /nested too deeply: (at most 200 levels|send the parameters as one JSON object)/, path);
    }
    for (const path of ["rules/test", "silences", "silences/preview", "links/test", "destinations/test"]) {
      const response = await house.request(`/api/${path}`, {
        method: "POST",
        body: text,
        headers: { authorization: "Bearer test-password" },
      });
      equal([path, response.status], [path, 400]);
      await response.body?.cancel();
    }
    for (const item of ["rules", "groups/a/b", "ocp", "defaults/email"]) {
      equal((await api(house, "PUT", `config/${item}`, { body: JSON.parse("[[1]]") })).status, 422);
      const response = await house.request(`/api/config/${item}`, {
        method: "PUT",
        body: text,
        headers: { authorization: "Bearer test-password" },
      });
      equal([item, response.status], [item, 400]);
      await response.body?.cancel();
    }
    const channel = await house.request("/ocp/default/default", { method: "POST", body: text });
    equal(channel.status, 200, "OCP's channels are refused nothing: what cannot be read is the message");
    await channel.body?.cancel();
    await house.settle();
    equal(house.reports, []);
  });
}

Deno.test("JSON as senders write it is not too deep, whatever its strings hold", async () => {
  await using house = await testRelay();
  const text = `${"[{".repeat(5_000)} \\ " \\" ${'\\"'.repeat(300)}`;
  const { status } = await house.post({
    labels: { a: text },
    annotations: { description: "\\".repeat(999) },
  });
  equal(status, 200);
  const nested = { a: JSON.parse("[".repeat(150) + "]".repeat(150)) };
  const response = await house.request("/webhook", {
    method: "POST",
    body: JSON.stringify({ alerts: [], more: nested, text: "x".repeat(1_000) }),
  });
  equal(response.status, 200);
});

Deno.test("a request without a token is refused before the body is read", async () => {
  await using house = await testRelay();
  const doors = [
    "/webhook",
    "/webhook/dba/default",
    "/",
    "/ocp/dba/default",
    "/api/v2/alarm/alarms",
    "/prometheusalert?type=dd",
    "/robot/send?access_token=wrong",
    "/dingtalk/ops/send",
    "/api/silences",
    "/silences/new",
    "/rules",
  ];
  for (const path of doors) {
    const { request } = open({
      authorization: "Bearer wrong",
      "content-type": "application/x-www-form-urlencoded",
    });
    const response = await house.request(path, {
      method: "POST",
      body: request.body,
      headers: request.headers,
    });
    ok(
      path.startsWith("/robot") ? response.status === 200 : response.status === 401,
      `${path}: ${response.status}`,
    );
    await response.body?.cancel();
  }
});

Deno.test("over a real connection a sender that stalls is answered, and others are served meanwhile", async () => {
  await using house = await testRelay();
  const within = new BodyReader({ budget: 64 * KIB, pace: { ...QUICK, every: 100 } });
  const listening = Promise.withResolvers<number>();
  const server = serve(
    async (request) => {
      try {
        const { bytes } = await readBody(request, { within });
        return Response.json({ bytes });
      } catch (error) {
        return new Response((error as Error).message, { status: (error as { status: number }).status });
      }
    },
    { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => listening.resolve(port) },
  );
  const port = await listening.promise;
  using stalled = await Deno.connect({ port, hostname: "127.0.0.1" });
  const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n`;
  await stalled.write(new TextEncoder().encode(head + "x".repeat(30_000)));
  const answered = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x".repeat(1_000) });
  equal(await answered.json(), { bytes: 1_000 });
  const buffer = new Uint8Array(500);
  const read = await stalled.read(buffer);
  match(new TextDecoder().decode(buffer.subarray(0, read ?? 0)), /^HTTP\/1\.1 503 /);
  equal(within.held, 0);
  await server.stop({ grace: 0 });
  equal((await house.request("/alarm_v2", { method: "POST", body: JSON.stringify(alarmV2()) })).status, 200);
});
