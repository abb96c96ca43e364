/** Traces and JSON logs of the real relay as a process, with a real receiver of OTLP on loopback. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { eventually } from "../../kit/eventually.ts";
import { postTo, type RelayProcess, startRelay, temporaryFolder } from "../../kit/process.ts";

/** A span as OTLP's JSON has it. */
interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly scope: string;
}

/** A collector that stores the exports. */
interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly Span[];
  /** All of it, as text. */
  readonly text: () => string;
}

function startCollector(): Collector {
  const spans: Span[] = [];
  const texts: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const text = await request.text();
    texts.push(text);
    if (new URL(request.url).pathname === "/v1/traces") {
      for (const { scopeSpans } of JSON.parse(text).resourceSpans) {
        for (const { scope, spans: some } of scopeSpans) {
          for (const span of some) spans.push({ ...span, scope: scope.name });
        }
      }
    }
    return Response.json({});
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    spans,
    text: () => texts.join("\n"),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const SECRETS = {
  FENGHUO_KEY: "a key for the tests",
  FENGHUO_ADMIN_PASSWORD: "secret-admin-password",
  FENGHUO_INTAKE_TOKEN: "secret-intake-token",
};

/** The secret in the address of the destination. */
const HOOK = "secret-hook-4711";

function tracedBy(collector: Collector, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    ...SECRETS,
    OTEL_DENO: "true",
    OTEL_DENO_CONSOLE: "ignore",
    OTEL_TRACES_SAMPLER: "parentbased_always_off",
    OTEL_PROPAGATORS: "none",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: "50",
    ...more,
  };
}

const yaml = (url: string): string => `
groups:
  - { owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${url}/${HOOK}?token=${HOOK}" } }] }`;

function valueOf({ attributes }: Span, key: string): unknown {
  const { value } = attributes.find((one) => one.key === key) ?? {};
  return value && Object.values(value)[0];
}

async function spansOf(collector: Collector, relay: RelayProcess, count: number): Promise<Span[]> {
  await eventually(
    `${count} spans to be exported; the relay says ${relay.output}`,
    () => collector.spans.length >= count,
  );
  return [...collector.spans];
}

Deno.test("one trace leads from the accepting request over its commit to the vendor, and tells no secret", async () => {
  await using folder = await temporaryFolder();
  await using sink = await startSink();
  await using collector = startCollector();
  await using relay = await startRelay({
    folder: folder.path,
    env: tracedBy(collector),
    yaml: yaml(sink.url),
  });
  const response = await fetch(`${relay.url}/webhook?token=${SECRETS.FENGHUO_INTAKE_TOKEN}`, {
    method: "POST",
    headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
    body: JSON.stringify({ alerts: [{ status: "firing", labels: { alertname: "DiskFull" } }] }),
  });
  equal(response.status, 200, await response.text());
  await sink.arrived(1);
  const spans = await spansOf(collector, relay, 3);
  const [accept, commit, deliver] = ["accept", "commit", "deliver"].map((name) =>
    spans.find((span) => span.name === name)!
  );
  equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  equal(commit!.parentSpanId, accept!.spanId);
  equal(deliver!.parentSpanId, accept!.parentSpanId);
  equal(valueOf(deliver!, "fenghuo.alert"), valueOf(accept!, "fenghuo.alert"));
  equal(valueOf(deliver!, "fenghuo.verdict"), "delivered");
  equal(valueOf(accept!, "fenghuo.dialect"), "alertmanager");
  for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
    ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano));
  }
  // The runtime's own spans would have whole addresses.
  equal(spans.filter(({ scope }) => scope !== "fenghuo"), []);
  const said = collector.text();
  ok(said.includes("127.0.0.1") && said.includes("fenghuo.request"), said);
  for (const secret of [HOOK, ...Object.values(SECRETS)]) ok(!said.includes(secret), `${secret} in ${said}`);
  equal(sink.requests[0]!.headers.get("traceparent"), null);
});

Deno.test("what another process delivers is in the trace of the one that accepted it", async () => {
  await using folder = await temporaryFolder();
  await using sink = await startSink();
  await using collector = startCollector();
  const options = { folder: folder.path, yaml: yaml(sink.url) };
  {
    await using relay = await startRelay({ ...options, env: tracedBy(collector, { FENGHUO_DELIVER: "0" }) });
    await postTo(relay, {});
    await spansOf(collector, relay, 2);
    await relay.stop();
  }
  await using relay = await startRelay({ ...options, env: tracedBy(collector) });
  await sink.arrived(1);
  const spans = await spansOf(collector, relay, 3);
  equal(spans.map(({ name }) => name).sort(), ["accept", "commit", "deliver"]);
  equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
});

Deno.test("what a first start prints is not exported with the secrets that it made", async () => {
  await using folder = await temporaryFolder();
  await using collector = startCollector();
  const { OTEL_DENO, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_ENDPOINT } = tracedBy(collector);
  const env = { OTEL_DENO, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_ENDPOINT } as Record<
    string,
    string
  >;
  await using relay = await startRelay({ folder: folder.path, env });
  await relay.stop();
  const made = JSON.parse(await Deno.readTextFile(`${folder.path}/data/secrets.json`)) as Record<
    string,
    string
  >;
  await eventually("the log to be exported", () => collector.text().includes("listens on"));
  for (const secret of Object.values(made)) ok(!collector.text().includes(secret));
});

Deno.test("a ratio traces a part of the alerts, whole", async () => {
  await using folder = await temporaryFolder();
  await using sink = await startSink();
  await using collector = startCollector();
  const env = tracedBy(collector, {
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.3",
  });
  await using relay = await startRelay({ folder: folder.path, env, yaml: yaml(sink.url) });
  await postTo(relay, ...Array.from({ length: 40 }, (_, index) => ({ labels: { instance: `${index}` } })));
  await eventually("every alert to be sent", () => sink.bodies.length >= 1);
  await relay.stop();
  const own = collector.spans.filter(({ scope }) => scope === "fenghuo");
  const accepted = own.filter(({ name }) => name === "accept").map(({ traceId }) => traceId);
  ok(accepted.length > 2 && accepted.length < 30, `${accepted.length}`);
  for (const { traceId } of own) ok(accepted.includes(traceId));
});

Deno.test("with FENGHUO_LOG=json every line is an object, and a refusal has the id that its sender got", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path, env: { ...SECRETS, FENGHUO_LOG: "json" } });
  const response = await fetch(`${relay.url}/webhook`, { method: "POST", body: "{}" });
  await response.body?.cancel();
  equal(response.status, 401);
  const id = response.headers.get("x-request-id")!;
  match(id, /^[0-9a-f-]{36}$/);
  await relay.stop();
  const own = (line: string): boolean => line !== "" && !/^Warning /.test(line); // the runtime's own
  const lines = [relay.stdout, relay.stderr].flatMap((text) => text.split("\n").filter(own))
    .map((line) => JSON.parse(line) as Record<string, string>);
  for (const { time, level, message } of lines) {
    ok(!Number.isNaN(Date.parse(time!)) && ["info", "warn", "error"].includes(level!) && message);
  }
  const refused = lines.find(({ message }) => message!.startsWith("Refused"))!;
  equal([refused.level, refused.request], ["warn", id]);
});
