/** The doors that accept alerts with the intake token, by the names that an API token may be limited to. */
export const DOORS = [
  "alertmanager",
  "alertmanager_api",
  "prometheusalert",
  "dingtalk",
  "ocp",
  "heartbeat",
  "in",
] as const;

/** A door that accepts alerts with the intake token. */
export type Door = typeof DOORS[number];
