/** The kit finds channels that act on calls which their vendor did not make. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import slack from "../../../channels/slack.ts";
import telegram from "../../../channels/telegram.ts";
import type { CallbackDefinition, CallbackReading, Channel } from "../../../relay/channel.ts";
import { attempt, configured } from "../../../simulator/channel/attempt.ts";
import { callbackRequest } from "../../../simulator/channel/callbacks.ts";
import { startFake } from "../../../simulator/channel/fake.ts";
import { message, NOW } from "../../../simulator/channel/messages.ts";
import { grade } from "../../../simulator/channel/grade.ts";

type Config = Record<string, string>;

/** The findings about a channel whose `read` is changed. */
async function problems(channel: Channel, read: CallbackDefinition<Config>["read"]): Promise<string[]> {
  const found = await grade({ ...channel, callback: { ...channel.callback!, read } });
  return found.map(({ problem }) => problem);
}

const right = slack.callback!.read as unknown as CallbackDefinition<Config>["read"];

Deno.test("a channel that verifies its vendor has no finding", async () => {
  equal(await problems(slack as Channel, right), []);
});

Deno.test("what does not verify, is late, or is misread is found", async () => {
  const signed = (request: Parameters<typeof right>[1], config: Config): string => {
    const headers = new Headers(request.headers);
    const time = headers.get("x-slack-request-timestamp") ?? "";
    return `${config.signing_secret} ${time}`;
  };
  const readings: Record<string, [read: CallbackDefinition<Config>["read"], finding: RegExp]> = {
    "any call": [() => ({ answer: {} }), /made with other secrets: it is not refused/],
    "no time": [
      (config, request) => {
        const time = Number(signed(request, config).split(" ").at(-1)) * 1_000;
        return right(config, request, { now: time });
      },
      /a day later: it is not refused/,
    ],
    "the same once": [
      async (config, request, context) => {
        const reading = await right(config, request, context);
        return "actions" in reading ? { ...reading, once: "x" } : reading;
      },
      /two calls have the same once/,
    ],
    "another code": [
      async (config, request, context): Promise<CallbackReading> => {
        const reading = await right(config, request, context);
        return "actions" in reading ? { ...reading, actions: [{ code: "x" }] } : reading;
      },
      /the given code is not read/,
    ],
    "a secret in the words": [
      async (config, request, context): Promise<CallbackReading> => {
        const reading = await right(config, request, context);
        return "refused" in reading ? { refused: `not ${config.signing_secret}` } : reading;
      },
      /the refusal tells a secret/,
    ],
    "a throw": [
      (_config, { headers }) => {
        if (headers.get("x-slack-signature") === null) throw new Error("no signature");
        return { refused: "no" };
      },
      /it throws: no signature/,
    ],
    "no reading": [() => ({}) as CallbackReading, /it must be \{ refused \}/],
  };
  for (const [about, [read, finding]] of Object.entries(readings)) {
    const found = await problems(slack as Channel, read);
    ok(found.some((problem) => finding.test(problem)), `${about}: ${found.join("\n")}`);
  }
});

Deno.test("a secret that is not compared is found", async () => {
  const read: CallbackDefinition<Config>["read"] = (_config, request, context) =>
    (telegram.callback!.read as unknown as CallbackDefinition<Config>["read"])(
      { webhook_secret: request.headers.get("x-telegram-bot-api-secret-token") ?? "" },
      request,
      context,
    );
  const found = await problems(telegram as Channel, read);
  ok(found.some((problem) => /made with other secrets: it is not refused/.test(problem)), found.join("\n"));
});

Deno.test("a fake vendor presses a button of its last message: it calls back as the vendor does", async () => {
  const to = configured(telegram as Channel, {
    token: "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    chat: "-1001",
    webhook_secret: "secret",
  });
  const calls: Promise<CallbackReading>[] = [];
  await using relay = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen(): void {} },
    async (request): Promise<Response> => {
      const call = callbackRequest({
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
      });
      calls.push(Promise.resolve(telegram.callback!.read(to.config as never, call, { now: NOW })));
      return Response.json({});
    },
  );
  await using vendor = await startFake(to, { now: () => NOW });
  const code = "t.01KG9EGN000000000000000000_0.8m3k.AAAAAAAAAAAAAAAA";
  const url = "https://alerts.example.com/l/x";
  const actions = { open: url, acknowledge: url, codes: { acknowledge: code, take: code, snooze: code } };
  const { verdict } = await attempt(to, message({ actions }), vendor.respond, { now: NOW });
  equal(verdict.kind, "delivered", verdict.because);
  const answer = await vendor.press(`http://127.0.0.1:${relay.addr.port}/callbacks/ops/default/telegram`);
  equal(await answer.json(), {});
  const [reading] = await Promise.all(calls);
  ok(reading && "actions" in reading, JSON.stringify(reading));
  equal(reading.actions, [{ code }]);
});
