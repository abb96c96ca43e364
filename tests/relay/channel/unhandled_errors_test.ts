import { deepStrictEqual as equal } from "node:assert/strict";
import { ChannelFaults } from "../../../relay/channel/channel_faults.ts";
import { watchUnhandledErrors } from "../../../relay/channel/unhandled_errors.ts";

/** An error whose stack names this file. */
function errorAt(url: string, words: string): Error {
  return Object.assign(new TypeError(words), { stack: `TypeError: ${words}\n    at f (${url}:7:3)` });
}

/** Unhandled errors: whether the process lives, and the counts. */
function unhandled(
  error: unknown,
  { secrets }: { secrets?: readonly string[] } = {},
): { lives: boolean; words: string[]; isFatal: boolean } {
  const faults = new ChannelFaults();
  let isFatal = false;
  const target = new EventTarget();
  const stop = watchUnhandledErrors({
    folders: { relay: new URL("file:///srv/"), channels: [new URL("file:///srv/channels/")] },
    faults,
    secrets: () => secrets,
    fatal: () => void (isFatal = true),
    target: target as unknown as typeof globalThis,
  });
  const event = new ErrorEvent("error", { error, cancelable: true });
  target.dispatchEvent(event);
  stop();
  target.dispatchEvent(new ErrorEvent("error", { error, cancelable: true })); // nobody listens any more
  return { lives: event.defaultPrevented, words: faults.list().map(({ words }) => words), isFatal };
}

Deno.test("a plugin's error is survived and counted, without a secret; the relay's own ends the process", () => {
  const plugins = errorAt("file:///srv/channels/gotify.ts", "no s3cret-value");
  const cure = "catch the error where it is thrown, such as in a timer";
  const at = "nobody catches an error at gotify.ts:7:3";
  equal(unhandled(plugins, { secrets: ["s3cret-value"] }), {
    lives: true,
    words: [`${at}: TypeError: no ***; ${cure}`],
    isFatal: false,
  });
  // While the secrets are not read, no word of an error is shown.
  equal(unhandled(plugins).words, [`${at}: TypeError; ${cure}`]);
  equal(unhandled("s3cret-value").words, [`nobody catches an error: string; ${cure}`]);
  const own = errorAt("file:///srv/relay/store/store.ts", "cannot happen");
  equal(unhandled(own, { secrets: [] }), { lives: false, words: [], isFatal: true });
});
