import type { SendDialect } from "./_dialect.ts";
import {
  groupPath,
  postOf,
  WEBHOOK_HELP,
  WEBHOOK_NOTES,
  WEBHOOK_OPTIONS,
  webhookAccepted,
  webhookPayload,
} from "./_webhook.ts";

const HELP = `deno task send grafana [options]

Sends alerts as the webhook of Grafana's alerting does, and prints what the relay made of them.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
${WEBHOOK_HELP}
  --group OWNER/LEVEL notify this group, regardless of the rules
  --org ID            the number of the organisation; default 1

${WEBHOOK_NOTES}`;

const GRAFANA = "http://grafana.example.com:3000";

const dialect: SendDialect = {
  title: "the webhook of Grafana's alerting",
  help: HELP,
  options: { ...WEBHOOK_OPTIONS, group: { type: "string" }, org: { type: "string", default: "1" } },
  example: (values, { token, now }) => {
    const group = groupPath(values.group as string | undefined);
    const payload = webhookPayload(values, now);
    const orgId = Number(values.org);
    const grafana = {
      ...payload,
      version: "1",
      orgId,
      externalURL: `${GRAFANA}/`,
      title: `[${payload.status}] ${payload.alerts[0]?.labels.alertname}`,
      state: payload.status === "firing" ? "alerting" : "ok",
      alerts: payload.alerts.map((alert) => ({
        ...alert,
        generatorURL: `${GRAFANA}/alerting/grafana/example/view?orgId=${orgId}`,
        silenceURL: `${GRAFANA}/alerting/silence/new?alertmanager=grafana`,
        dashboardURL: `${GRAFANA}/d/example?orgId=${orgId}`,
        panelURL: `${GRAFANA}/d/example?orgId=${orgId}&viewPanel=1`,
        values: { A: 81.5, B: 1 },
        valueString: "[ var='A' labels={} value=81.5 ]",
      })),
    };
    const path = group === undefined ? "webhook" : `webhook/${group}`;
    return postOf(path, grafana, { token, agent: "Grafana" });
  },
  accepted: webhookAccepted,
};

export default dialect;
