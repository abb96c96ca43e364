import { type Context, Hono } from "hono";
import { z } from "zod";
import type { IncomingAlert } from "../../relay/domain/alert.ts";
import { inWordsOf } from "../../relay/message/dictionary.ts";
import { translator } from "../../relay/message/locale.ts";
import type { Relay } from "../../relay/relay.ts";
import { defaultGroup, type Routed } from "../../relay/domain/rules.ts";
import { cut } from "../../relay/base/text.ts";
import { readAddressQuery, unreadIn } from "./address_query.ts";
import { listIn, targetIn, URL_PARAMETERS } from "./address_target.ts";
import { parseReadable, type ReadablePart, WEBHOOK } from "./alertmanager.ts";
import { requireIntakeToken } from "../http/auth.ts";
import { parseJson } from "../http/body.ts";
import { parsing, rememberText } from "../http/body_beginning.ts";
import { parseCustom } from "./custom_payload.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { failureOf } from "../http/failure.ts";
import { isLegacyGrafana } from "./grafana_legacy.ts";
import { groupNamed } from "../../relay/config/named_group.ts";
import { readPayload, withLeftOut } from "../http/payload.ts";
import { noteAccepted, noteRefusal } from "../http/refused.ts";

/** PrometheusAlert answers with the vendor's response as a JSON string. */
const VENDOR_RESPONSE = '{"errcode":0,"errmsg":"ok"}';

const HOW_TO_USE =
  "This address takes Alertmanager's webhook by POST, with ?type=dd, wx, fs, email or webhook and the intake token as &token=";

/** The parameters that {@linkcode targetIn} reads. */
const parameters = z.looseObject({
  type: z.string().optional().meta({ description: "dd, wx, email, webhook or fs", examples: ["dd"] }),
  alertgroup: z.string().optional().meta({ description: "Groups, by their owners or aliases" }),
  ...Object.fromEntries(
    [...URL_PARAMETERS, "email"].map((name) => [
      name,
      z.string().optional().meta({ description: "The targets, separated by commas" }),
    ]),
  ),
  at: z.string().optional().meta({ description: "The people to mention" }),
  rr: z.enum(["true", "false"]).optional().meta({ description: "Only one of several targets, in turn" }),
});

/**
 * `POST /prometheusalert?type=…`: PrometheusAlert's address for Alertmanager. The targets that it names are notified; when
 * it names none, the rules route the alerts by their labels. The relay has its own templates, so `tpl` is ignored.
 */
export function prometheusAlertRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { channels, config, clock } } = relay;
  const app = new Hono();

  async function acceptWebhook(c: Context): Promise<Response> {
    const now = clock.now();
    const sender = await requireIntakeToken(c.req.raw, { relay, door: "prometheusalert" });
    const { text, bytes, leftOut } = await readPayload(c.req.raw);
    const query = readAddressQuery(new URL(c.req.url).search);
    const { alerts, wrong } = await parsing(c.req.raw, text, () => alertsIn(text, leftOut));
    if (wrong.length > 0) rememberText(c.req.raw, text);
    const { routes, problems } = await routesOf(query, { alerts, sender });
    const marked = problems.length === 0 ? alerts : alerts.map((one) => withNotice(one, problems));
    await accept(marked, { now, bytes, ...routes === undefined ? {} : { group: routes } });
    await noteAccepted(c, relay, { door: "prometheusalert", leftOut, wrong });
    if (leftOut === 0 && wrong.length === 0) return c.json(VENDOR_RESPONSE);
    const lost = [
      ...leftOut === 0 ? [] : [`; ${leftOut} alerts are left out`],
      ...wrong.length === 0 ? [] : [`; ${wrong.length} refused: ${wrong[0]!.reason}`],
    ];
    return c.json(JSON.stringify({ errcode: 0, errmsg: `ok${lost.join("")}` }));
  }

  /** The alerts of Alertmanager's or Grafana's webhook; any other object or form is one alert. @throws RequestError */
  async function alertsIn(text: string, leftOut: number): Promise<ReadablePart> {
    const isForm = /^[\w.%-]+=/.test(text);
    const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseJson(text);
    const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
    if (isObject && !Object.hasOwn(body, "alerts") && !isLegacyGrafana(body)) {
      return { alerts: [parseCustom(body as Record<string, unknown>, config)], wrong: [] };
    }
    return await parseReadable(withLeftOut(body, leftOut), config);
  }

  /**
   * The alerts' groups: the target and the groups that the address names; `undefined` when it names none, so the rules
   * route. When nothing that it names can be used, the default group.
   *
   * @throws StoreError
   */
  async function routesOf(
    query: URLSearchParams,
    { alerts, sender }: { alerts: readonly IncomingAlert[]; sender: string },
  ): Promise<{ routes: Routed[] | undefined; problems: string[] }> {
    const { target, isNamed, problems: wrong, read } = await targetIn(query, {
      config,
      channels,
      turn: turnOf(alerts),
    });
    const problems = [...wrong];
    const routes: Routed[] = [];
    if (target !== undefined && alerts.length > 0) {
      const made = await relay.commands.ensureTarget(target, { sender });
      if ("group" in made) routes.push({ group: made.group, by: "named" });
      else {
        const [{ path, message }] = made.complaints as [typeof made.complaints[0]];
        const help = `defaults.${target.channel} of fenghuo.yaml has what the address lacks`;
        problems.push(`the target cannot be used: ${path}: ${message}; ${help}`);
      }
    }
    for (const word of listIn(query, "alertgroup")) {
      const find = (): ReturnType<typeof config.groups.get> =>
        config.groups.get(groupNamed(word, config) ?? "");
      const group = find() ?? (await relay.commands.lookAgainFor(word) ? find() : undefined);
      if (group === undefined) problems.push(`alertgroup: there is no group "${word.slice(0, 100)}"`);
      else if (!routes.some((route) => route.group.id === group.id)) routes.push({ group, by: "named" });
    }
    const unread = unreadIn(query, [...read, "alertgroup"]);
    if (unread.length > 0) problems.push(`not understood: ${unread.join(", ").slice(0, 200)}`);
    if (routes.length > 0) return { routes, problems };
    const isLost = isNamed || query.get("alertgroup") || wrong.length > 0;
    return {
      routes: isLost ? [{ group: defaultGroup(config.groups), by: "unusable_target" }] : undefined,
      problems,
    };
  }

  function withNotice({ alert, ...incoming }: IncomingAlert, problems: readonly string[]): IncomingAlert {
    const t = translator(config.locale);
    const reasons = problems.map((problem) => inWordsOf(config.locale, problem)).join(t("list.semicolon"));
    const notice = t("notice.request", { reason: cut(reasons, { chars: 400 }) });
    return { ...incoming, alert: { ...alert, origin: { ...alert.origin, notice } } };
  }

  const description = {
    ...WEBHOOK,
    summary: "PrometheusAlert's address for Alertmanager",
    door: {
      name: "PrometheusAlert",
      paste: "url: http://fenghuo:8000/prometheusalert?token=YOUR-INTAKE-TOKEN&type=dd&ddurl=…",
    },
    details:
      "Without a target the rules route the alerts by their labels. The message names the parts of the address that could not be used. " +
      "A payload of no known webhook becomes one alert.",
    query: parameters,
    answer: () => z.string().meta({ examples: [VENDOR_RESPONSE] }),
    refusals: { 405: HOW_TO_USE },
  };
  app.post("/prometheusalert", described(description, acceptWebhook));
  app.post("/prometheusalert/*", acceptWebhook);
  app.all("/prometheusalert/*", () => {
    throw new RequestError(405, HOW_TO_USE, { allow: "POST" });
  });
  app.onError(async (error, c) => {
    const { status, message, headers } = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "prometheusalert", status, reason: message });
    return c.json(message, status, { ...headers });
  });
  return app;
}

/** With `rr=true`, all notifications of one alert group select the same target. */
function turnOf([first]: readonly IncomingAlert[]): number {
  return Number.parseInt(first?.alert.origin?.groupKey?.slice(0, 8) ?? "0", 16);
}
