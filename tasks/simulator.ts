/**
 * `deno task simulator`: strict robots and apps of DingTalk and WeCom and a webhook receiver on loopback, to try
 * destinations without a vendor. It prints what to put into `fenghuo.yaml`, and then each message as it arrives.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type DingTalk, type SeenRequest as SeenByDingTalk, startDingTalk } from "../simulator/dingtalk.ts";
import {
  type DingTalkEnterprise,
  type SeenRequest as SeenCall,
  startDingTalkEnterprise,
} from "../simulator/dingtalk_enterprise.ts";
import { type Sink, startSink, type SunkRequest } from "../simulator/sink.ts";
import { type SeenRequest as SeenByWeCom, startWeCom, type WeCom } from "../simulator/wecom.ts";
import { startWeComEnterprise, type WeComEnterprise } from "../simulator/wecom_enterprise.ts";

const HELP = `deno task simulator [--port 9000]

Starts on 127.0.0.1 a strict DingTalk for robots at <port>, a webhook receiver at the next port, a strict WeCom for
robots at the one after it, and then a DingTalk and a WeCom for the apps of a company. Prints the lines of fenghuo.yaml
that point destinations at them, and then each message as it arrives. Ctrl-C ends it.`;

const ROBOT = { token: "simulated", secret: "SECsimulated+/=&%" };
const WECOM_KEY = "simulated-0000-0000";
const WEBHOOK_SECRET = "whsec_c2ltdWxhdGVkLXNpbXVsYXRlZC1zaW11bGF0ZWQ=";

const DINGTALK_APP = {
  appKey: "dingsimulated",
  appSecret: "simulated-secret",
  templateId: "simulated-template",
};
const WECOM_APP = { corpid: "wwsimulated", secret: "simulated-secret", agentid: 1_000_002 };

await main(Deno.args);

async function main(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  await using started = new AsyncDisposableStack();
  let dingtalk: DingTalk;
  let sink: Sink;
  let wecom: WeCom;
  let dingtalkApp: DingTalkEnterprise;
  let wecomApp: WeComEnterprise;
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
    dingtalkApp = started.use(
      await startDingTalkEnterprise({
        app: DINGTALK_APP,
        staff: [{ user: "user1" }, { user: "user2", mobile: "13900000000" }],
        port: options.port + 3,
        onRequest: (request) => print(`${timeOf(request.at)}  DingTalk  ${called(request)}`),
      }),
    );
    wecomApp = started.use(
      await startWeComEnterprise({
        app: WECOM_APP,
        members: [{ user: "LiLei" }, { user: "HanMei" }],
        port: options.port + 4,
        onRequest: (request) => print(`${timeOf(request.at)}  WeCom     ${called(request)}`),
      }),
    );
  } catch (error) {
    return complain(error);
  }
  print(configLines({ dingtalk, sink, wecom, dingtalkApp, wecomApp }));
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
    if (Number.isInteger(port) && port >= 1 && port <= 65_531) return { port };
    throw new Error("--port must be a number from 1 to 65531");
  } catch (error) {
    complain(error);
  }
}

function configLines({ dingtalk, sink, wecom, dingtalkApp, wecomApp }: {
  dingtalk: DingTalk;
  sink: Sink;
  wecom: WeCom;
  dingtalkApp: DingTalkEnterprise;
  wecomApp: WeComEnterprise;
}): string {
  return `The simulator listens. In fenghuo.yaml:

members:
  - { id: li.lei, dingtalk: user1, wecom: LiLei }
  - { id: han.mei, mobile: "13900000000", wecom: HanMei }
groups:
  - owner: simulator
    level: default
    members: [li.lei, han.mei]
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
      - channel: dingtalk_chat
        config:
          appKey: ${DINGTALK_APP.appKey}
          appSecret: ${DINGTALK_APP.appSecret}
          templateId: ${DINGTALK_APP.templateId}
          base: ${dingtalkApp.url}
      - channel: wecom_app
        config:
          corpid: ${WECOM_APP.corpid}
          secret: ${WECOM_APP.secret}
          agentid: ${WECOM_APP.agentid}
          base: ${wecomApp.url}
`;
}

/** A call to an app's API, and its answer; without the query, which holds the token. */
function called({ method, path, body, came }: SeenCall): string {
  if (typeof came === "string") return `${method} ${path} failed on purpose: ${came}`;
  const sent = path.endsWith("Token") ? "" : new TextDecoder().decode(body);
  const { status = 200, json } = came;
  const { access_token: _legacy, accessToken: _v1, ...shown } = json as Record<string, unknown>;
  return `${method} ${path}: ${status}\n${indented([sent, JSON.stringify(shown)])}`;
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
