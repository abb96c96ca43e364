import { equal, rejects } from "node:assert/strict";
import { StoreError } from "../../../relay/store/errors.ts";
import { guard } from "../../../relay/store/guard.ts";

const LONG = 60_000;

Deno.test("a database that never answers is given up at its deadline", async () => {
  const never = new Promise<never>(() => {});
  await rejects(guard("read the log", never, 5), (error) => {
    equal((error as StoreError).message, "Cannot read the log: the database did not answer within 5 ms");
    return error instanceof StoreError;
  });
});

Deno.test("a database that fails says so in the store's words", async () => {
  await rejects(guard("read the log", Promise.reject(new TypeError("connection reset")), LONG), (error) => {
    equal((error as StoreError).message, "Cannot read the log: connection reset");
    return error instanceof StoreError;
  });
});

Deno.test("an answer is passed on, and no timer is left behind", async () => {
  equal(await guard("read the log", Promise.resolve(7), LONG), 7);
});
