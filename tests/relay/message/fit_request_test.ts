import assert from "node:assert/strict";
import {
  type ChannelDefinition,
  type ChannelRequest,
  defineChannel,
  type Message,
  z,
} from "../../../relay/channel.ts";
import { encodeRequest } from "../../../relay/channel/request_body.ts";
import { fillOf, type Size } from "../../../relay/channel/size.ts";
import { DEFAULT_LABEL_RULES } from "../../../relay/message/labels.ts";
import { Renderer } from "../../../relay/message/renderer.ts";
import { alert, entry, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const renderer = new Renderer({
  config: { links: [], publicUrl: "https://alerts.example.com", labelRules: DEFAULT_LABEL_RULES },
  templates,
  channels: { get: () => undefined },
  groups: { get: () => undefined },
});

type Own = Partial<ChannelDefinition> & Required<Pick<ChannelDefinition, "request">>;

function channel(size: Size, own: Own): ChannelDefinition {
  return defineChannel({
    name: "c",
    title: "C",
    config: z.object({}),
    limits: { request: size },
    sample: {},
    ...own,
  });
}

/** Requests that contain the body more than once, encoded in each way. */
const REQUESTS: Record<string, (message: Message) => ChannelRequest> = {
  "JSON": ({ title, body }) => ({ url: "https://x.example/", json: { title, parts: [body, { body }] } }),
  "JSON in JSON": ({ body }) => ({ url: "https://x.example/", json: { content: JSON.stringify({ body }) } }),
  "a form": ({ title, body }) => ({ url: "https://x.example/", form: { title, body, more: [body] } }),
  "multipart": ({ body }) => ({ url: "https://x.example/", multipart: [{ name: "body", content: body }] }),
  "a body of its own": ({ body }) => ({ url: "https://x.example/", body: `<p>${body}</p>` }),
};

const entries = Array.from({ length: 60 }, (_, index) => {
  const title = `Disk "${index}" is full 磁盘`;
  return entry(
    alert({ title, text: `\\o/ ${"满".repeat(index)}`, labels: { instance: `db-${index}` } }),
    index,
  );
});

Deno.test("a message is shortened until its whole request fits, in each encoding and unit", async () => {
  for (const [name, request] of Object.entries(REQUESTS)) {
    for (const size of [{ bytes: 3_000 }, { bytes: 900 }, { characters: 1_500 }, { utf16: 700 }]) {
      for (const write of ["message", "digest"] as const) {
        const asked = channel(size, { request: (_, message) => Promise.resolve(request(message)) });
        const { message, problem, count } = await renderer[write](entries, {
          group: group(),
          channel: asked,
          channelConfig: {},
          now: 0,
          messageId: () => "m",
        });
        const { body } = encodeRequest(request(message));
        const fill = fillOf(typeof body === "string" ? body : new TextDecoder().decode(body), size);
        const why = `${name}, ${JSON.stringify(size)}, ${write}: ${count} alerts, ${fill}: ${message.body}`;
        assert.ok(fill <= 1 && message.body.length > 60, why);
        assert.equal(problem, undefined, why);
      }
    }
  }
});

Deno.test("a request that is too long whatever the body has is sent as it is, and the record says so", async () => {
  const long = "x".repeat(2_000);
  const asked = channel({ bytes: 1_000 }, {
    request: (_, { body }) => ({ url: "https://x.example/", json: { body, long } }),
  });
  const target = { group: group(), channel: asked, channelConfig: {}, now: 0, messageId: () => "m" };
  const { message, problem } = await renderer.message(entries.slice(0, 1), target);
  assert.ok(message.body.includes("is full"));
  assert.match(problem!, /^The request has 2\d\d % of the vendor's limit, whatever the body has$/);
});

Deno.test("a channel that declines, or fails, does not shorten a message", async () => {
  const requests: Own["request"][] = [
    () => ({ kind: "skipped", because: "nothing to send" }),
    () => {
      throw new Error("a mistake of its author");
    },
    () => Promise.reject(new Error("a mistake of its author")),
  ];
  for (const request of requests) {
    const target = { group: group(), channelConfig: {}, now: 0, messageId: () => "m" };
    const { count } = await renderer.message(entries, {
      ...target,
      channel: channel({ bytes: 10 }, { request }),
    });
    assert.equal(count, 60);
  }
});

Deno.test("of one request for each recipient the largest counts", async () => {
  const members = [{ id: "a", name: "a" }, { id: "b", name: "b".repeat(500) }];
  const asked = channel({ bytes: 1_000 }, {
    per: "recipient",
    request: (_, { body, recipients: [one, ...others] }) => {
      assert.equal(others.length, 0);
      return { url: "https://x.example/", json: { body, to: one!.name } };
    },
  });
  const target = {
    group: group({ members }),
    channel: asked,
    channelConfig: {},
    now: 0,
    messageId: () => "m",
  };
  const { message } = await renderer.message(entries, target);
  assert.ok(fillOf(JSON.stringify({ body: message.body, to: members[1]!.name }), { bytes: 1_000 }) <= 1);
});
