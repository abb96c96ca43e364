import { deepStrictEqual as equal, ok } from "node:assert/strict";
import opsgenie from "../../channels/opsgenie.ts";
import type { ChannelRequest, Message, Verdict } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { alert, HOSTILE, message, NOW } from "./_message.ts";
import { answer } from "./_send.ts";
import { testCache } from "./_talk.ts";

const BASE = "https://api.atlassian.com/jsm/ops/integration/v2/alerts";
const ACCEPTED = '{"result":"Request will be processed","took":0.3,"requestId":"x"}';

/** The requests that bring a message, each answered like this. */
async function talk(
  own: Message,
  { config = {}, answers = [] }: { config?: object; answers?: { status: number; text?: string }[] } = {},
): Promise<{ requests: ChannelRequest[]; verdict: Verdict }> {
  const requests: ChannelRequest[] = [];
  const verdict = await opsgenie.send!(opsgenie.config.parse({ key: "k+/=", ...config }), own, {
    now: NOW,
    cache: testCache(() => NOW),
    kept: new Map(),
    signal: AbortSignal.any([]),
    fetch: (request) => {
      const { status, text = "" } = answers[requests.length] ?? { status: 202, text: ACCEPTED };
      requests.push(request);
      return Promise.resolve(answer(text, { status }));
    },
  });
  return { requests, verdict };
}

testFixtures(opsgenie);

Deno.test("a firing alert is created, with what the vendor has a field for", async () => {
  const fired = alert({
    labels: { alertname: "DiskFull", instance: "node-3" },
    object: { parts: [], text: "node-3 /data", place: "node-3" },
  });
  const { requests, verdict } = await talk(message({ alerts: [fired], body: "正文" }), {
    config: { team: "DBA", tags: ["edge"] },
  });
  equal(verdict.kind, "delivered");
  equal(requests, [{
    url: BASE,
    method: "POST",
    headers: { authorization: "GenieKey k+/=" },
    json: {
      alias: "f1",
      message: "DiskFull · node-3 /data",
      description: "正文",
      priority: "P1",
      source: "Fenghuo",
      responders: [{ type: "team", name: "DBA" }],
      tags: ["edge"],
      entity: "node-3 /data",
      details: { group: "ops/default", alertname: "DiskFull", instance: "node-3" },
    },
  }]);
});

Deno.test("what happens to an incident here happens to it there, by its alias", async (t) => {
  const words = { ...message().words, event: "李雷 已确认" };
  const table: [own: Partial<Message>, calls: string[], body: unknown][] = [
    [{ reason: "repeat" }, ["POST "], undefined],
    [{ reason: "changed", severity: "error" }, ["POST ", "PUT /f%201%2F/priority?identifierType=alias"], {
      priority: "P2",
    }],
    [{ reason: "resolved", status: "resolved", title: "✅" }, ["POST /f%201%2F/close?identifierType=alias"], {
      source: "Fenghuo",
      note: "✅",
    }],
    [
      { reason: "acknowledged", words },
      ["POST /f%201%2F/acknowledge?identifierType=alias"],
      { source: "Fenghuo", note: "李雷 已确认" },
    ],
    [{ reason: "closed", words }, ["POST /f%201%2F/close?identifierType=alias"], {
      source: "Fenghuo",
      note: "李雷 已确认",
    }],
  ];
  for (const [own, calls, body] of table) {
    await t.step(own.reason!, async () => {
      const alerts = [alert({ fingerprint: "f 1/" })];
      const { requests } = await talk(message({ ...own, alerts }), { config: { base: `${BASE}//` } });
      equal(requests.map(({ method, url }) => `${method} ${url.slice(BASE.length)}`), calls);
      if (body !== undefined) equal(requests.at(-1)!.json, body);
    });
  }
});

Deno.test("a rise of the severity that fails is tried again as a whole", async () => {
  const { requests, verdict } = await talk(message({ reason: "changed" }), {
    answers: [{ status: 202, text: ACCEPTED }, { status: 503 }],
  });
  equal([requests.length, verdict.kind], [2, "retry"]);
});

Deno.test("what was not created is not raised", async () => {
  const { requests, verdict } = await talk(message({ reason: "changed" }), { answers: [{ status: 401 }] });
  equal([requests.length, verdict.kind], [1, "refused"]);
});

Deno.test("a message that was refused goes once more without details", async () => {
  const { requests: [request] } = await talk(message({ plain: true }));
  equal(Object.keys(request!.json as object), [
    "alias",
    "message",
    "description",
    "priority",
    "source",
    "tags",
  ]);
});

Deno.test("hostile alerts keep to the lengths", async (t) => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const labels = { [text]: text, b: "b" };
      const own = message({
        title: text,
        name: text,
        thread: text,
        alerts: [alert({ fingerprint: text, title: text, labels, object: { parts: [], text, place: "" } })],
      });
      const { requests: [request] } = await talk(own);
      const json = request!.json as Record<string, string>;
      ok(json.message !== "" && [...json.message!].length <= 130);
      ok([...json.alias!].length <= 512 && [...json.entity ?? ""].length <= 512);
      const details = Object.entries(json.details!).reduce(
        (sum, [key, value]) => sum + key.length + value.length,
        0,
      );
      ok(details <= 8_000);
      const { requests: [closing] } = await talk({ ...own, status: "resolved" });
      equal(new URL(closing!.url).searchParams.get("identifierType"), "alias");
    });
  }
});
