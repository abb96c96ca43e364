import { BUILT_IN } from "../../channels.ts";
import { findChannels } from "../../relay/channel/discovery.ts";
import type { ChannelRegistry } from "../../relay/channel/registry.ts";

const CHANNEL = new URL("../../relay/channel.ts", import.meta.url).href;

/** The built-in channels, and plugins of a folder of its own: the file's name → its text, in which `CHANNEL` is the plugin API. */
export async function withPlugins(
  plugins: Readonly<Record<string, string>>,
): Promise<{ readonly channels: ChannelRegistry; readonly folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(plugins)) {
    await Deno.writeTextFile(`${folder}/${name}.ts`, text.replaceAll("CHANNEL", CHANNEL));
  }
  return {
    channels: findChannels(BUILT_IN, { folder }),
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
