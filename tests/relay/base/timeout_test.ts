import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { withTimeout } from "../../../relay/base/timeout.ts";

const never = (): Promise<string> => new Promise(() => {});

Deno.test("work that ends in time gives its own result or error, and leaves no timer", async () => {
  equal(await withTimeout(Promise.resolve("done"), 60_000, () => "late"), "done");
  await rejects(withTimeout(Promise.reject(new Error("broken")), 60_000, () => "late"), /^Error: broken$/);
});

Deno.test("work that takes too long gives what `late` returns, or its error", async () => {
  equal(await withTimeout(never(), 1, () => "late"), "late");
  await rejects(
    withTimeout(never(), 1, () => {
      throw new Error("too late");
    }),
    /^Error: too late$/,
  );
});

Deno.test("an error after the time is up bothers nobody", async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  equal(await withTimeout(promise, 1, () => "late"), "late");
  reject(new Error("afterwards")); // unhandled, it would fail this test
  await Promise.resolve();
});
