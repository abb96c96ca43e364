import type { ChannelFolder } from "./relay/channel/discovery.ts";

/**
 * The channels of this repository. The template must begin with "./": Deno then knows the files beforehand, checks, locks,
 * caches and bundles them.
 */
export const BUILT_IN: ChannelFolder = {
  url: new URL("./channels/", import.meta.url),
  load: (name) => import(`./channels/${name}.ts`),
};
