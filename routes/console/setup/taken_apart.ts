import type { Channel } from "../../../relay/channel.ts";

/**
 * A config in which somebody pasted the robot's whole address where its credential belongs: the address is replaced by what it
 * stands for.
 */
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
