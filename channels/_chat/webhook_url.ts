import { z } from "../../relay/channel.ts";

/** The config field of a webhook whose address is its credential. `example`: shown as help. */
export function webhookUrl(example: string): z.ZodURL {
  return z.url({ protocol: /^https?$/ }).meta({ title: "Webhook URL", description: example, secret: true });
}
