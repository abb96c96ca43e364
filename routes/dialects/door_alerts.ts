import type { Door } from "../../relay/config/mod.ts";
import { mapPayload, type Mapped } from "../../relay/domain/mapping/map_payload.ts";
import { parseInTurns } from "./alertmanager.ts";
import { unwrapNested } from "./any_json.ts";
import type { WebhookOptions } from "./webhook_fields.ts";

/** The alerts that a door makes of an unwrapped payload. @throws RequestError 413, 422 without a mapping */
export async function doorAlerts(
  payload: unknown,
  { name, mapping }: Pick<Door, "name" | "mapping">,
  options: WebhookOptions,
): Promise<Mapped> {
  if (mapping === undefined) return { alerts: await parseInTurns(payload, options), wrong: [], ignored: 0 };
  return mapPayload(unwrapNested(payload), mapping, { dialect: name, severities: options.severities });
}
