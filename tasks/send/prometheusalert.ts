import type { SendDialect } from "./_dialect.ts";
import { WEBHOOK_HELP, WEBHOOK_NOTES, WEBHOOK_OPTIONS, webhookTo } from "./_webhook.ts";

const HELP = `deno task send prometheusalert [options]

Sends alerts to the address of PrometheusAlert, as an Alertmanager that was configured for it does.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
${WEBHOOK_HELP}
  --type TYPE         dd (default), wx, fs, email or webhook
  --target TARGET     an address of that type to notify; default: the rules decide

${WEBHOOK_NOTES}`;

/** The parameter with the target, by type. */
const TARGETS: Readonly<Record<string, string>> = {
  dd: "ddurl",
  wx: "wxurl",
  fs: "fsurl",
  email: "email",
  webhook: "webhookurl",
};

const dialect: SendDialect = {
  title: "Alertmanager to the address of PrometheusAlert",
  help: HELP,
  options: { ...WEBHOOK_OPTIONS, type: { type: "string", default: "dd" }, target: { type: "string" } },
  example: (values, context) => {
    const type = values.type as string;
    const query = new URLSearchParams({ type, tpl: "prometheus-dd" });
    if (values.target !== undefined) query.set(TARGETS[type] ?? `${type}url`, values.target as string);
    return webhookTo(`prometheusalert?${query}`, values, context);
  },
  accepted: (answer) =>
    typeof answer === "string" && answer.includes('"errcode":0')
      ? "Accepted: it answers errcode 0, as the original does"
      : undefined,
};

export default dialect;
