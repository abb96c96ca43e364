import { fileURLToPath, pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { folderUrl, pluginNames } from "../../relay/channel/discovery.ts";
import { ROOT } from "../_start_process.ts";

/** The `file:` URL of a path. */
export function toFileUrl(path: string): string {
  return path.startsWith("file:") ? path : pathToFileURL(resolve(path)).href;
}

/** The plugin files that a relay would find: the built-in ones, then those of the folder that FENGHUO_CHANNELS names. */
export function pluginFiles(): string[] {
  return pluginFolders().flatMap((folder) =>
    pluginNames(folder).map((name) => new URL(`${name}.ts`, folder).href)
  );
}

/** The folders in which a relay looks for plugins. */
export function pluginFolders(): URL[] {
  const second = Deno.env.get("FENGHUO_CHANNELS");
  return [`${ROOT}channels/`, ...second ? [second] : []].map(folderUrl);
}

/** The path of a `file:` URL. */
export function toPath(url: string): string {
  return fileURLToPath(url);
}
