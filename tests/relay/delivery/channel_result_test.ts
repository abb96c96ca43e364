import { deepStrictEqual as equal } from "node:assert/strict";
import {
  type ChannelRequest,
  delivered,
  refused,
  retry,
  retryAlone,
  skipped,
  throttled,
  type Verdict,
} from "../../../relay/channel.ts";
import {
  problemOfRequest,
  problemOfVerdict,
  withBoundedWait,
} from "../../../relay/delivery/channel_result.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

const url = "https://example.com/";

const REQUESTS: readonly [request: unknown, problem: string | undefined][] = [
  [{ url }, undefined],
  [{ url, method: "GET", headers: { "x-token": "ü\t~" } }, undefined],
  [{ url, json: null, body: undefined }, undefined],
  [undefined, "it returns no request"],
  ["https://example.com/", "it returns no request"],
  [{ url: "example.com" }, "the url of its request is not an http address"],
  [{ url: new URL(url) }, "the url of its request is a URL, not a text: use its href"],
  [new Request(url), "it returns a Request, not a plain object such as { url, json }"],
  [{ url: "file:///etc/passwd" }, "the url of its request is not an http address"],
  [{ url, method: "TRACE" }, "the method of its request is none of POST, PUT, PATCH, GET, DELETE"],
  [{ url, json: 1, body: "1" }, "its request has several bodies: it may have json, form, multipart or body"],
  [{ url, method: "GET", json: 1 }, "its request is a GET with a body"],
  [{ url, headers: { title: "数据库" } }, "the header title cannot be sent"],
  [{ url, headers: { title: "a\r\nb: c" } }, "the header title cannot be sent"],
  [{ url, headers: { "a b": "c" } }, "the header a b cannot be sent"],
  [{ url, headers: { priority: 5 } }, "the header priority cannot be sent"],
];

Deno.test("what cannot be sent is named before anything is sent", () => {
  for (const [request, problem] of REQUESTS) equal(problemOfRequest(request as ChannelRequest), problem);
});

const VERDICTS: readonly [verdict: unknown, problem: string | undefined][] = [
  [delivered(), undefined],
  [delivered("ok", { failed: ["a"], reached: ["b"], receipt: { ts: "1" } }), undefined],
  [throttled("slow", { waitMs: NaN }), undefined],
  [retryAlone("later", { left: ["a"] }), undefined],
  [skipped("nothing"), undefined],
  [refused("config", "no"), undefined],
  [undefined, "it returns no verdict"],
  [true, "it returns no verdict"],
  [{ because: "ok" }, "the kind of its verdict is none of delivered, throttled, retry, refused, skipped"],
  [
    { kind: "sent", because: "ok" },
    "the kind of its verdict is none of delivered, throttled, retry, refused, skipped",
  ],
  [{ kind: "delivered" }, "its verdict delivered has no reason"],
  [
    { kind: "refused", because: "no", what: "robot" },
    "its verdict refused must say payload, recipient or config",
  ],
  [delivered("ok", { failed: [1 as never] }), "its verdict delivered must list ids of recipients"],
  [refused("recipient", "no", "a" as never), "its verdict refused must list ids of recipients"],
  [retryAlone("later", { left: null as never }), "its verdict retry must list ids of recipients"],
  [delivered("ok", { receipt: { ts: 1 as never } }), "its receipt must be an object of texts"],
  [delivered("ok", { receipt: ["1"] as never }), "its receipt must be an object of texts"],
];

Deno.test("what is no verdict is named", () => {
  for (const [verdict, problem] of VERDICTS) equal(problemOfVerdict(verdict as Verdict), problem);
});

Deno.test("a wait is never NaN, never nothing, and no longer than a quarter of an hour or a quota", () => {
  const slow = (waitMs: unknown, quota?: boolean): Verdict =>
    throttled("slow", { waitMs: waitMs as number, quota });
  const again = (waitMs: unknown): Verdict => retry("later", { waitMs: waitMs as number });
  const rows: [verdict: Verdict, wait: number | undefined][] = [
    [slow(42_000), 42_000],
    [slow(NaN), MINUTE],
    [slow(undefined), MINUTE],
    [slow("60000"), MINUTE],
    [slow(0), SECOND],
    [slow(-Infinity), SECOND],
    [slow(Infinity), 15 * MINUTE],
    [slow(20 * DAY), 15 * MINUTE],
    [slow(20 * DAY, true), 20 * DAY],
    [slow(Infinity, true), 32 * DAY],
    [again(undefined), undefined],
    [again(NaN), undefined],
    [again(0), SECOND],
    [again(10 * DAY), HOUR],
    [delivered(), undefined],
  ];
  for (const [verdict, wait] of rows) {
    const bounded = withBoundedWait(verdict);
    equal([verdict, "waitMs" in bounded ? bounded.waitMs : undefined], [verdict, wait]);
  }
});
