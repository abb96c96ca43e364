/**
 * `deno task simulator`: strict robots of DingTalk and WeCom and a webhook receiver on loopback, to try destinations
 * without a vendor. It prints what to put into `fenghuo.yaml`, and then each message as it arrives.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type DingTalk, type SeenRequest as SeenByDingTalk, startDingTalk } from "../simulator/dingtalk.ts";
import { type Sink, startSink, type SunkRequest } from "../simulator/sink.ts";
import { type SeenRequest as SeenByWeCom, startWeCom, type WeCom } from "../simulator/wecom.ts";

const HELP = `deno task simulator [--port 9000]

Starts a strict DingTalk on 127.0.0.1:<port>, a webhook receiver on the next port and a strict WeCom on the one
after it, prints the lines of fenghuo.yaml that point destinations at them, and then each message as it arrives.
Ctrl-C ends it.`;

const ROBOT = { token: "simulated", secret: "SECsimulated+/=&%" };
const WECOM_KEY = "simulated-0000-0000";
const WEBHOOK_SECRET = "whsec_c2ltdWxhdGVkLXNpbXVsYXRlZC1zaW11bGF0ZWQ=";

await main(Deno.args);

async function main(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  await using started = new AsyncDisposableStack();
  let dingtalk: DingTalk;
  let sink: Sink;
  let wecom: WeCom;
  try {
    dingtalk = started.use(
      await startDingTalk({
        robots: [ROBOT],
        port: options.port,
        onRequest: (request) => print(`${timeOf(request.at)}  DingTalk  ${heard(request)}`),
      }),
    );
    sink = started.use(
      await startSink({
        secret: WEBHOOK_SECRET,
        port: options.port + 1,
        onRequest: (request) => print(`${timeOf(Date.now())}  webhook   ${sunk(request)}`),
      }),
    );
    wecom = started.use(
      await startWeCom({
        robots: [WECOM_KEY],
        port: options.port + 2,
        onRequest: (request) => print(`${timeOf(request.at)}  WeCom     ${heard(request)}`),
      }),
    );
  } catch (error) {
    return complain(error);
  }
  print(configLines(dingtalk, sink, wecom));
  await stopSignal();
}

/** Resolves when somebody wants the task to end. */
function stopSignal(): Promise<void> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const signal of signals) Deno.removeSignalListener(signal, stop);
      resolve();
    };
    for (const signal of signals) Deno.addSignalListener(signal, stop);
  });
}

function complain(error: unknown): void {
  print(`Cannot start the simulator: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = 1;
}

/** `undefined` when there is nothing to start. */
function readOptions(args: string[]): { port: number } | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: { port: { type: "string", default: "9000" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return void print(HELP);
    const port = Number(values.port);
    if (Number.isInteger(port) && port >= 1 && port <= 65_533) return { port };
    throw new Error("--port must be a number from 1 to 65533");
  } catch (error) {
    complain(error);
  }
}

function configLines(dingtalk: DingTalk, sink: Sink, wecom: WeCom): string {
  return `The simulator listens. In fenghuo.yaml:

groups:
  - owner: simulator
    level: default
    destinations:
      - channel: dingtalk_robot
        config:
          token: ${ROBOT.token}
          secret: "${ROBOT.secret}"
          base: ${dingtalk.url}
      - channel: webhook
        config:
          url: ${sink.url}
          secret: ${WEBHOOK_SECRET}
      - channel: wecom_robot
        config:
          key: ${WECOM_KEY}
          base: ${wecom.url}
`;
}

/** What came of a request to a robot, in words. */
function heard({ came, posted, body }: SeenByDingTalk | SeenByWeCom): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (came.errcode !== 0) return `refused ${body.byteLength} bytes: ${came.errcode} ${came.errmsg}`;
  if (posted === undefined) return "took a repeat: its msgUuid was posted before";
  const rings = posted.rings === "all"
    ? ", rings everybody"
    : posted.rings.map((who) => `, rings ${who}`).join("");
  return `posted ${posted.msgtype}, ${body.byteLength} bytes${rings}\n${
    indented(["title" in posted ? posted.title : "", posted.text])
  }`;
}

function sunk({ refused, text }: SunkRequest): string {
  return refused === undefined ? `took\n${indented([prettified(text)])}` : `refused: ${refused}`;
}

function prettified(json: string): string {
  return JSON.stringify(JSON.parse(json), null, 2);
}

function indented(texts: readonly string[]): string {
  const lines = texts.filter((text) => text !== "").flatMap((text) => text.split("\n"));
  return lines.map((line) => `          ${line}`).join("\n");
}

function timeOf(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

function print(text: string): void {
  // deno-lint-ignore no-console -- to print is what a task is for
  console.log(text);
}
