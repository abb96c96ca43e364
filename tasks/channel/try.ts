import { adviceOf } from "../../relay/channel/advice.ts";
import { secretsOfRequest } from "../../relay/delivery/request_secrets.ts";
import { conceal } from "../../relay/redaction/redact.ts";
import {
  type Attempt,
  attempt,
  type Configured,
  type Respond,
  responseOf,
  sendWith,
  type SentRequest,
} from "../../simulator/channel/attempt.ts";
import { composer, type Kind, KINDS } from "../../simulator/channel/compose.ts";
import { vendorOf } from "../../simulator/channel/fixture_vendor.ts";
import { measureAll } from "../../simulator/channel/measure.ts";
import { print, type Task, UsageError } from "../_task.ts";
import { loadPlugin, withConfig } from "./_plugin.ts";

const HELP = `deno task channel try FILE --config c.yaml [--alert KIND] [--english] [--dry]

Sends one message through a plugin, as the relay would, and shows the request, its size against each limit, the answer
and the verdict, without secrets. c.yaml is the config of a destination; \${NAME} takes a value from the environment.

  --alert    ${KINDS.join(", ")}; default firing
  --english  the message of a group that reads English
  --dry      send nothing: the vendor is what the plugin's fixtures say. Without --config it takes the plugin's sample`;

const OPTIONS = {
  config: { type: "string" },
  alert: { type: "string", default: "firing" },
  english: { type: "boolean", default: false },
  dry: { type: "boolean", default: false },
} as const;

const task: Task<typeof OPTIONS> = {
  name: "deno task channel try",
  action: "try the channel",
  help: HELP,
  options: OPTIONS,
  words: 1,
  async run({ values: { config, alert, english, dry }, positionals: [file] }): Promise<number> {
    if (file === undefined) throw new UsageError("no file is named");
    if (config === undefined && !dry) throw new UsageError("there is no --config: give one, or --dry");
    const kind = KINDS.find((kind) => kind === alert);
    if (kind === undefined) throw new UsageError(`--alert is "${alert}": it is one of ${KINDS.join(", ")}`);
    const to = await withConfig(await loadPlugin(file), config);
    const locale = english ? "en" : "zh";
    const tried = await tryOnce(to, { kind, locale, respond: dry ? fixturesOf(to) : sendWith(fetch) });
    print(tried.words);
    return tried.verdict.kind === "delivered" || tried.verdict.kind === "skipped" ? 0 : 1;
  },
};
export default task;

async function tryOnce(
  to: Configured,
  { kind, locale, respond }: { kind: Kind; locale: "zh" | "en"; respond: Respond },
): Promise<Attempt & { readonly words: string }> {
  const now = Date.now();
  const rendered = await (await composer())(to, kind, { locale, now });
  const { message, problem } = rendered;
  const answers: string[] = [];
  const tried = await attempt(to, message, async (sent, index) => {
    const response = responseOf(await respond(sent, index));
    answers.push(`${response.status} ${await response.clone().text()}`);
    return response;
  }, { now });
  const described = to.channel.request &&
    await to.channel.request(to.config, message, { now, id: message.id });
  const request = described && !("kind" in described) ? described : undefined;
  const sizes = measureAll(rendered, request, to).map(({ limit, used, most }) =>
    `${used > most ? "OVER " : ""}${limit}: ${used.toLocaleString("en")} of ${most.toLocaleString("en")}`
  );
  const { verdict } = tried;
  const advice = verdict.kind === "delivered" ? undefined : adviceOf(to.channel, verdict.because);
  const lines = [
    ...problem === undefined ? [] : [`template: ${problem}`],
    ...tried.requests.flatMap((
      sent,
      index,
    ) => [requestText(sent), "", `← ${answers[index] ?? "no answer"}`, ""]),
    ...sizes,
    `verdict: ${verdictText(tried)}`,
    ...advice === undefined ? [] : [`${advice.cause[locale]}; ${advice.cure[locale]}`],
  ];
  const issued = tried.requests.flatMap(({ url, headers }) =>
    secretsOfRequest({ url: url.href, headers: Object.fromEntries(headers) }, to.secrets)
  );
  return { ...tried, words: conceal(lines.join("\n"), [...to.secrets, ...issued]) };
}

function fixturesOf({ channel: { name, fixtures } }: Configured): Respond {
  if (fixtures === undefined) throw new Error(`"${name}" has no fixtures to answer with`);
  return vendorOf(fixtures);
}

/** The request's text, with its JSON on several lines. */
function requestText({ method, url, headers, body }: SentRequest): string {
  const text = new TextDecoder().decode(body);
  const isJson = /json/.test(headers.get("content-type") ?? "");
  const fields = [...headers].map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${url}`, ...fields, "", isJson ? JSON.stringify(JSON.parse(text), null, 2) : text].join(
    "\n",
  );
}

function verdictText({ verdict }: Attempt): string {
  const wait = "waitMs" in verdict && verdict.waitMs !== undefined
    ? `, wait ${verdict.waitMs / 1_000} s`
    : "";
  const what = verdict.kind === "refused" ? `refused ${verdict.what}` : verdict.kind;
  const receipt = verdict.kind === "delivered" && verdict.receipt
    ? `, receipt ${JSON.stringify(verdict.receipt)}`
    : "";
  return `${what}: ${verdict.because}${wait}${receipt}`;
}
