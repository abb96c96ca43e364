import { ChannelError } from "./channel_error.ts";
import { placeIn } from "./error_origin.ts";

/**
 * Prevents the code in these folders from ending the process: an exit while a message is sent would end the relay
 * again after each start. Node's `process.exit` calls `Deno.exit`, too.
 */
export function forbidExit(folders: readonly URL[]): void {
  const { exit } = Deno;
  Deno.exit = (code): never => {
    const place = placeIn(folders, new Error().stack ?? "");
    if (place === undefined) return exit(code);
    Deno.exitCode = 0; // process.exit has set it
    throw new ChannelError(
      `it calls Deno.exit at ${place}, which would end the relay: throw an error instead`,
    );
  };
}
