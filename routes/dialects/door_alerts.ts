import type { Door } from "../../relay/config/mod.ts";
import { mapPayload, type Mapped } from "../../relay/domain/mapping/map_payload.ts";
import { parseReadable } from "./alertmanager.ts";
import { unwrapNested } from "./any_json.ts";
import type { WebhookOptions } from "./webhook_fields.ts";

/** The alerts that a door makes of an unwrapped payload. @throws RequestError 413, 422 without a mapping */
export async function doorAlerts(
  payload: unknown,
  { name, mapping }: Pick<Door, "name" | "mapping">,
  options: WebhookOptions,
): Promise<Mapped> {
  if (mapping === undefined) {
    const { alerts, wrong } = await parseReadable(payload, options);
    return {
      alerts,
      wrong: wrong.map(({ alert: index, reason }) => ({ index, field: "alerts", reason })),
      ignored: 0,
    };
  }
  return mapPayload(unwrapNested(payload), mapping, { dialect: name, severities: options.severities });
}
