import { DEPARTMENT_SECRET } from "./payloads.ts";

/** A configuration in which every alert goes to one destination, through the webhook channel. */
export function toWebhook(url: string): string {
  return `
departments:
  du-srv: { name: 云端, secret: ${DEPARTMENT_SECRET} }
groups:
  - owner: default
    level: default
    destinations:
      - { channel: webhook, config: { url: "${url}" } }
  - owner: bench
    level: 3
    destinations:
      - { channel: webhook, config: { url: "${url}" } }
`;
}
