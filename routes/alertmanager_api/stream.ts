import type { Context } from "hono";

/**
 * Answers a JSON array whose items are computed while it is sent, so that tens of thousands need not be in memory at
 * once.
 *
 * @param batches each item is JSON. An error before the first one is answered; a later one cuts the answer off.
 */
export async function streamArray(c: Context, batches: AsyncGenerator<readonly string[]>): Promise<Response> {
  const first = await batches.next();
  async function* parts(): AsyncGenerator<string> {
    yield "[";
    let separator = "";
    for (let step = first; !step.done; step = await batches.next()) {
      if (step.value.length === 0) continue;
      yield separator + step.value.join(",");
      separator = ",";
    }
    yield "]";
  }
  const stream = ReadableStream.from(parts()).pipeThrough(new TextEncoderStream());
  return c.body(stream, 200, { "content-type": "application/json" });
}
