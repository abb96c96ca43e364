import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { createProviderFetch } from "../../../../relay/access/oidc/provider_fetch.ts";
import { isTrustworthy } from "../../../../relay/access/oidc/settings.ts";

const GET = { method: "GET", headers: { accept: "application/json" } };
const ADDRESS = "http://127.0.0.1:1/token?code=a-secret";

function answering(answer: (init: RequestInit) => Promise<Response>): typeof globalThis.fetch {
  return (_, init) => answer(init!);
}

Deno.test("an answer is passed on, and a redirect is not followed", async () => {
  const seen: RequestInit[] = [];
  const send = createProviderFetch({
    fetch: answering((init) => {
      seen.push(init);
      return Promise.resolve(
        new Response("there", { status: 302, headers: { location: "http://evil.example" } }),
      );
    }),
  });
  const body = new URLSearchParams({ a: "b" });
  const response = await send(ADDRESS, { method: "POST", headers: { "x-a": "b" }, body });
  equal([response.status, await response.text(), response.headers.get("location")], [
    302,
    "there",
    "http://evil.example",
  ]);
  const [{ signal: _, ...init }] = seen as [RequestInit];
  equal(init, { method: "POST", headers: { "x-a": "b" }, body, redirect: "manual" });
});

Deno.test("an answer without a body is passed on without one", async () => {
  const send = createProviderFetch({
    fetch: answering(() => Promise.resolve(new Response(null, { status: 204 }))),
  });
  equal([(await send(ADDRESS, GET)).status], [204]);
});

/** The provider's fault → the words of the log, with no more of the address than its origin. */
const FAILURES: [name: string, answer: (init: RequestInit) => Promise<Response>, words: string][] = [
  [
    "does not answer",
    ({ signal }) =>
      new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
    "http://127.0.0.1:1 did not answer within 0.02 s",
  ],
  [
    "begins to answer, and stops",
    ({ signal }) =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            start: (controller) => signal!.addEventListener("abort", () => controller.error(signal!.reason)),
          }),
        ),
      ),
    "http://127.0.0.1:1 did not answer within 0.02 s",
  ],
  [
    "cannot be reached",
    () => Promise.reject(new TypeError(`error sending request for url (${ADDRESS})`)),
    "http://127.0.0.1:1 cannot be reached",
  ],
  [
    "does not stop answering",
    () =>
      Promise.resolve(
        new Response(
          new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
        ),
      ),
    "http://127.0.0.1:1 answered with over 1000000 bytes",
  ],
];

for (const [name, answer, message] of FAILURES) {
  Deno.test(`a provider that ${name} is unreachable, and the error is in our own words`, async () => {
    const send = createProviderFetch({ fetch: answering(answer), timeout: 20 });
    await rejects(send(ADDRESS, GET), { name: "ProviderUnreachable", message });
  });
}

/** An address → whether a request to it is allowed. */
const ADDRESSES: [address: string, may: boolean][] = [
  ["https://id.example.com/token", true],
  ["http://127.0.0.1:8080/token", true],
  ["http://127.1.2.3/token", true],
  ["http://[::1]:8080/token", true],
  ["http://localhost/token", true],
  ["http://id.example.com/token", false],
  ["http://localhost.example.com/token", false],
  ["http://127.0.0.1.example.com/token", false],
  ["http://10.0.0.1/token", false],
  ["http://0.0.0.0/token", false],
  ["file:///etc/passwd", false],
  ["javascript:alert(1)", false],
  ["data:application/json,{}", false],
  ["nothing", false],
];

for (const [address, may] of ADDRESSES) {
  Deno.test(`${address} is ${may ? "" : "not "}trustworthy`, async () => {
    equal(isTrustworthy(address), may);
    if (may || !URL.canParse(address)) return;
    const send = createProviderFetch({ fetch: answering(() => Promise.reject(new Error("was asked"))) });
    await rejects(send(address, GET), {
      name: "ProviderUnreachable",
      message: /neither HTTPS nor this machine/,
    });
  });
}
