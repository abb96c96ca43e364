/**
 * The types of doors: each proves the sender of a request and unwraps its payload.
 *
 * @module
 */
import type { DoorType } from "../../../relay/config/mod.ts";
import { openCloudEvents } from "./cloudevents.ts";
import type { OpenedRequest, SentRequest } from "./door_type.ts";
import { openGrafana } from "./grafana.ts";
import { openSmn } from "./smn.ts";
import { openSns } from "./sns.ts";
import { openStandardWebhook } from "./standard_webhooks.ts";
import type { VendorTools } from "./topic_message.ts";

export { Certificates } from "./certificates.ts";
export type { OpenedRequest, SentRequest } from "./door_type.ts";

type Open<N extends DoorType["name"]> = (
  request: SentRequest,
  type: Extract<DoorType, { name: N }>,
  tools: VendorTools,
) => OpenedRequest | Promise<OpenedRequest>;

const TYPES: { readonly [N in DoorType["name"]]: { readonly open: Open<N>; readonly proves: boolean } } = {
  grafana: { open: openGrafana, proves: true },
  standard_webhooks: { open: openStandardWebhook, proves: true },
  cloudevents: { open: openCloudEvents, proves: false },
  sns: { open: openSns, proves: true },
  smn: { open: openSmn, proves: true },
};

/** Whether requests of a type prove their sender, so that no token is needed. */
export function provesSender(type: DoorType | undefined): boolean {
  return type !== undefined && TYPES[type.name].proves;
}

/** Proves the sender of a request and unwraps it. @throws RequestError */
export async function openRequest<N extends DoorType["name"]>(
  request: SentRequest,
  type: DoorType & { name: N },
  tools: VendorTools,
): Promise<OpenedRequest> {
  const { open } = TYPES[type.name] as { open: Open<N> };
  return await open(request, type as Extract<DoorType, { name: N }>, tools);
}
