import { deepStrictEqual as equal } from "node:assert/strict";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const INSIDE = "cannot reach http://10.0.0.7:4512/ as /var/lib/fenghuo";

/** Answers of a relay whose database fails with internal words. */
async function answers(
  asks: readonly [path: string, init: RequestInit & { remote?: string }][],
): Promise<{ status: number; text: string }[]> {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  try {
    await using house = await testRelay({ kv: faulty.kv });
    const fail = (): never => {
      throw new TypeError(INSIDE);
    };
    Object.assign(faulty, {
      onRead: fail,
      onCommit: fail,
      onList: () => Promise.reject(new TypeError(INSIDE)),
    });
    const answered: { status: number; text: string }[] = [];
    for (const [path, init] of asks) {
      const response = await house.request(path, init);
      answered.push({ status: response.status, text: await response.text() });
    }
    return answered;
  } finally {
    kv.close();
  }
}

Deno.test("senders and strangers learn that the database failed, and no internals", async () => {
  const body = JSON.stringify({
    alerts: [{ status: "firing", labels: { alertname: "A" }, annotations: {} }],
  });
  const heard = await answers([
    ["/webhook", { method: "POST", body }],
    ["/dingtalk/ops/send", { method: "POST", body }],
    ["/prometheusalert", { method: "POST", body }],
    ["/readyz", { headers: { authorization: "" } }],
    ["/sign-in", { headers: { authorization: "", cookie: "fenghuo_session=none" } }],
    ["/api/config", { headers: { authorization: `Bearer fenghuo_0123456789abcdef_${"x".repeat(43)}` } }],
  ]);
  for (const { text } of heard) equal(text.includes("10.0.0.7") || text.includes("/var/lib"), false, text);
  equal(heard[0], {
    status: 503,
    text: JSON.stringify({ error: "Cannot store the alerts: the database failed; see the relay's log" }),
  });
});

Deno.test("whoever may read sees what the database says", async () => {
  const headers = { authorization: `Bearer ${SECRETS.adminPassword}` };
  const [why, page] = await answers([
    ["/api/accounts", { headers }],
    ["/settings/accounts", { headers: { ...headers, accept: "text/html" } }],
  ]);
  equal([why!.status, why!.text.includes("10.0.0.7")], [503, true], why!.text);
  equal([page!.status, page!.text.includes("10.0.0.7")], [503, true], page!.text);
});
