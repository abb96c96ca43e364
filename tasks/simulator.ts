/**
 * `deno task simulator`: strict robots and apps of DingTalk, WeCom and Feishu, a Slack, a Telegram, an OCP and a webhook
 * receiver on loopback, to try destinations without a vendor. It prints the lines for `fenghuo.yaml`, and then each message as
 * it arrives.
 *
 * @module
 */
import { numberOf, print, runTask, stopSignal } from "./_task.ts";
import { type Addresses, configLines } from "./simulator/config_lines.ts";
import { SIMULATORS } from "./simulator/simulators.ts";

const HELP = `deno task simulator [--port 9000]

Starts on 127.0.0.1, each at a port of its own from <port> on: a strict DingTalk for robots, a webhook receiver, a strict
WeCom for robots, a DingTalk and a WeCom for the apps of a company, a strict Feishu for robots, an OCP that takes alarms, a
Feishu for apps, a Slack for apps and one for webhooks, and a Telegram. Prints the lines of fenghuo.yaml that point
destinations at them, and then each message as it arrives. Ctrl-C ends it.`;

const MOST_PORT = 65_536 - Object.keys(SIMULATORS).length;

await runTask({
  name: "deno task simulator",
  action: "start the simulator",
  help: HELP,
  options: { port: { type: "string", default: "9000" } },
  misused: 1,
  run: ({ values }) => simulate(numberOf("port", values.port, { from: 1, to: MOST_PORT })),
});

/** @returns the exit code, when it is stopped */
async function simulate(port: number): Promise<number> {
  await using started = new AsyncDisposableStack();
  const addresses = await start(started, port);
  const stopped = stopSignal(); // a reader of the lines below may stop it at once
  print(`The simulator listens. In fenghuo.yaml:\n\n${configLines(addresses)}`);
  await stopped;
  return 0;
}

async function start(started: AsyncDisposableStack, port: number): Promise<Addresses> {
  const addresses: Record<string, string> = {};
  for (const [index, [channel, startOne]] of Object.entries(SIMULATORS).entries()) {
    addresses[channel] = started.use(await startOne(port + index)).url;
  }
  return addresses as Addresses;
}
