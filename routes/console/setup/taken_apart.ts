import type { Channel } from "../../../relay/channel.ts";

/** A config whose credential field contains the robot's whole address: the config for that address replaces it. */
export function takenApart(
  { target }: Channel,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!target) return config;
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== "string" || !/^\s*https?:\/\//i.test(value)) continue;
    const url = URL.parse(value.trim());
    const read = url ? target.read(url) : "";
    if (typeof read === "object" && Object.hasOwn(read, key) && read[key] !== value) {
      return { ...config, ...read };
    }
  }
  return config;
}
