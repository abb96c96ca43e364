import type { DoorType } from "./door_types.ts";

/** The parts of a mapping that a type of door has by itself, as a configuration would write them. A door's own parts replace them. */
export const DOOR_DEFAULTS: { readonly [N in DoorType["name"]]: Readonly<Record<string, unknown>> } = {
  // Grafana's own payload is read by the parser of its webhook. A mapping is for a custom payload.
  grafana: {},
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: {type, timestamp, data}
  standard_webhooks: {
    alerts: ["$.data", "$"],
    title: ["$.title", "$.summary", "$.name", "$.type"],
    text: ["$.text", "$.message", "$.description"],
    status: { from: ["$.status", "$.state"], default: "firing" },
    severity: { from: ["$.severity", "$.level"], default: "warning" },
    labels: { event: "$.type" },
    labels_from: ["$.labels"],
    starts_at: ["$.starts_at", "$.timestamp"],
    links: { source: ["$.url", "$.link"] },
  },
  // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, and its extension severitytext
  cloudevents: {
    title: ["$.data.title", "$.data.summary", "{$.type}: {$.subject}", "$.type"],
    text: ["$.data.text", "$.data.message", "$.data.description"],
    status: { from: ["$.data.status", "$.data.state"], default: "firing" },
    severity: { from: ["$.severitytext", "$.data.severity", "$.data.level"], default: "warning" },
    labels: { type: "$.type", source: "$.source", subject: "$.subject" },
    labels_from: ["$.data.labels"],
    starts_at: ["$.data.starts_at", "$.time"],
    links: { source: ["$.data.url", "$.data.link"] },
  },
  // The message of a CloudWatch alarm, of an event of EventBridge, or any other; `$` is the message, then the envelope.
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
  sns: {
    alerts: "$.Message",
    title: ["$.AlarmName", "$.detail.alarmName", "$.title", "$['detail-type']", "$.Subject", "$.Message"],
    text: ["$.NewStateReason", "$.detail.state.reason", "$.text", "$.message", "$.Message"],
    status: { from: ["$.NewStateValue", "$.detail.state.value", "$.status", "$.state"], default: "firing" },
    // CloudWatch has no severity. An alarm without data is sent only if it has an action for that.
    severity: {
      from: ["$.severity", "$.NewStateValue", "$.detail.state.value"],
      words: { ALARM: "warning", OK: "warning", INSUFFICIENT_DATA: "info" },
      default: "warning",
    },
    key: ["$.AlarmArn"],
    labels: {
      topic: "$.TopicArn",
      account: ["$.AWSAccountId", "$.account"],
      region: ["$.Region", "$.region"],
      namespace: "$.Trigger.Namespace",
      metric: "$.Trigger.MetricName",
    },
    labels_from: ["$.Trigger.Dimensions", "$.Trigger.Metrics[*].MetricStat.Metric.Dimensions", "$.labels"],
    annotations: { description: "$.AlarmDescription" },
    starts_at: ["$.StateChangeTime", "$.time", "$.Timestamp"],
    ends_at: ["$.StateChangeTime", "$.time", "$.Timestamp"],
    links: { source: ["$.url", "$.link"] },
  },
  // The message of an alarm of Cloud Eye (CES), in both of its forms, or any other.
  smn: {
    alerts: "$.message",
    title: [
      "{$.data.MetricName}: {$.data.ResourceName}",
      "{$.template_variable.MetricName}: {$.template_variable.ResourceName}",
      "$.alarm_name",
      "$.title",
      "$.subject",
      "$.message",
    ],
    text: [
      "$.default_content",
      "$.sms_content",
      "{$.data.CurrentData} ({$.data.Filter} {$.data.ComparisonOperator} {$.data.Value})",
      "$.text",
      "$.message",
    ],
    status: {
      from: ["$.alarm_status", "$.data.IsAlarm", "$.template_variable.IsAlarm", "$.status"],
      default: "firing",
    },
    severity: {
      from: ["$.data.AlarmLevel", "$.template_variable.AlarmLevel", "$.severity", "$.level"],
      words: {
        critical: "critical",
        major: "critical",
        minor: "warning",
        informational: "info",
        "紧急": "critical",
        "重要": "critical",
        "次要": "warning",
        "提示": "info",
      },
      default: "warning",
    },
    key: [
      ["$.alarm_id", "$.data.AlarmRuleName"],
      ["$.template_variable.ResourceId", "$.data.ResourceId", "$.dimension"],
      ["$.metric_name", "$.data.MetricName"],
    ],
    labels: {
      topic: "$.topic_urn",
      rule: ["$.data.AlarmRuleName", "$.template_variable.AlarmRuleName", "$.alarm_name"],
      resource: ["$.data.ResourceName", "$.template_variable.ResourceName"],
      region: ["$.data.RegionId", "$.data.Region", "$.template_variable.Region"],
      namespace: ["$.namespace", "$.data.Namespace"],
      metric: ["$.metric_name", "$.data.MetricName"],
    },
    starts_at: ["$.time", "$.data.AlarmTime", "$.timestamp"],
    ends_at: ["$.time", "$.data.AlarmTime", "$.timestamp"],
    links: { source: ["$.template_variable.Link", "$.data.Link", "$.url"] },
  },
};
