import type { SendDialect } from "./_dialect.ts";
import {
  groupPath,
  WEBHOOK_HELP,
  WEBHOOK_NOTES,
  WEBHOOK_OPTIONS,
  webhookAccepted,
  webhookTo,
} from "./_webhook.ts";

const HELP = `deno task send alertmanager [options]

Sends alerts as Alertmanager's webhook (version 4) does, and prints what the relay made of them.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
${WEBHOOK_HELP}
  --group OWNER/LEVEL notify this group, regardless of the rules

${WEBHOOK_NOTES}`;

const dialect: SendDialect = {
  title: "Alertmanager's webhook, version 4",
  help: HELP,
  options: { ...WEBHOOK_OPTIONS, group: { type: "string" } },
  example: (values, context) => {
    const group = groupPath(values.group as string | undefined);
    return webhookTo(group === undefined ? "webhook" : `webhook/${group}`, values, context);
  },
  accepted: webhookAccepted,
};

export default dialect;
