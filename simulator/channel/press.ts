import { httpCallback } from "./callbacks.ts";
import type { Configured } from "./attempt.ts";

/** A code of the relay: see relay/domain/action_link.ts. */
const CODE = /\b[ats]\.[0-9A-Z_,]+\.[0-9a-z]+\.[\w-]{16}/;

/** The options of {@linkcode press}. */
export interface Pressing {
  /** The message as the vendor received it; its first button with a code is pressed. */
  readonly text: string;
  /** The destination's callback address. */
  readonly address: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Press a button of a message: call the relay back as the channel's fixtures do.
 *
 * @throws Error when the message has no such button, or the channel's fixtures no such call
 */
export async function press(
  { channel, config }: Configured,
  { text, address, now }: Pressing,
): Promise<Response> {
  const fixture = channel.fixtures?.callbacks?.find(({ reads }) => reads === "code");
  if (!fixture) throw new Error(`Cannot press a button of ${channel.name}: its fixtures.callbacks have none`);
  const [code] = CODE.exec(text) ?? [];
  if (code === undefined) throw new Error("Cannot press a button: the message has none that calls back");
  const parts = await fixture.request(config, { code, fingerprint: "", now, id: crypto.randomUUID() });
  return await fetch(httpCallback(parts, address));
}
