import type { Configured } from "../../simulator/channel/attempt.ts";
import { startFake } from "../../simulator/channel/fake.ts";
import { numberOf, print, stopSignal, type Task, UsageError } from "../_task.ts";
import { loadPlugin, withConfig } from "./_plugin.ts";

const HELP =
  `deno task channel fake FILE [--config c.yaml] [--port 9100] [--now 429|5xx|html|hang|cut|redirect]
                               [--press ADDRESS]

Runs a strict vendor for a plugin on 127.0.0.1, made of the plugin's fixtures: it wants the credentials of the config
(default: of the sample), keeps the plugin's rates and sizes, and answers as the fixtures do. Each request is printed.
Ctrl-C ends it.

  --now     fail this way, always
  --press   press the first button of each message that calls back: calls this callback address of the relay`;

const OPTIONS = {
  config: { type: "string" },
  port: { type: "string", default: "9100" },
  now: { type: "string" },
  press: { type: "string" },
} as const;

const FAULTS = ["429", "5xx", "html", "hang", "cut", "redirect"] as const;

const task: Task<typeof OPTIONS> = {
  name: "deno task channel fake",
  action: "fake the vendor",
  help: HELP,
  options: OPTIONS,
  words: 1,
  async run({ values, positionals: [file] }): Promise<number> {
    if (file === undefined) throw new UsageError("no file is named");
    const fault = FAULTS.find((one) => one === values.now);
    if (values.now !== undefined && fault === undefined) {
      throw new UsageError(`--now is "${values.now}": it is one of ${FAULTS.join(", ")}`);
    }
    const channel = await loadPlugin(file);
    const to = await withConfig(channel, values.config);
    const pressAt = async (address: string): Promise<void> => {
      const answer = await vendor.press(address);
      print(`pressed  ${answer.status} ${await answer.text()}`);
    };
    await using vendor = await startFake(to, {
      port: numberOf("port", values.port, { to: 65_535 }),
      onRequest: ({ method, url, came, posted }) => {
        print(`${method} ${url.pathname}  ${came}${posted === undefined ? "" : `\n${posted.text}`}`);
        if (posted === undefined || values.press === undefined) return;
        pressAt(values.press).catch((error: Error) => print(error.message));
      },
    });
    if (fault !== undefined) vendor.fault(fault, { times: Infinity });
    const stopped = stopSignal();
    print(`${channel.title} listens on ${vendor.url}\n${addressHint(to, vendor.url)}`);
    await stopped;
    return 0;
  },
};
export default task;

/** The hint for pointing a destination at the fake vendor. The address keeps its path, which may be a credential. */
function addressHint({ channel, config }: Configured, url: string): string {
  const values = config as Readonly<Record<string, unknown>>;
  const field = ["base", "url", "server"].find((field) => /^https?:/.test(String(values[field])));
  if (field === undefined) {
    return `The config of ${channel.name} names no address: deno task channel try FILE --dry answers with the same fixtures`;
  }
  const { pathname, search } = new URL(String(values[field]));
  return `Point a destination at it: config: { ${field}: ${url}${pathname}${search}, … }`;
}
