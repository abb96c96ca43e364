import type { SendDialect } from "./_dialect.ts";
import { WEBHOOK_HELP, WEBHOOK_NOTES, WEBHOOK_OPTIONS, webhookTo } from "./_webhook.ts";

const HELP = `deno task send dingtalk_webhook [options]

Sends alerts to the address of prometheus-webhook-dingtalk, as an Alertmanager that was configured for it does.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
${WEBHOOK_HELP}
  --target TARGET     an alias or the owner of a group; default "default"

${WEBHOOK_NOTES}`;

const dialect: SendDialect = {
  title: "Alertmanager to the address of prometheus-webhook-dingtalk",
  help: HELP,
  options: { ...WEBHOOK_OPTIONS, target: { type: "string", default: "default" } },
  example: (values, context) =>
    webhookTo(`dingtalk/${encodeURIComponent(values.target as string)}/send`, values, context),
  accepted: (_, text) => text.trim() === "OK" ? "Accepted: it answers OK, as the original does" : undefined,
};

export default dialect;
