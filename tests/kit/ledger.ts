import { api } from "./api.ts";
import type { TestRelay } from "./relay.ts";

/** Whether the ledger of the last hour is balanced, and agrees with a count of the records. */
export async function addsUp(house: TestRelay): Promise<boolean> {
  const { body } = await api(house, "GET", "ledger?from=1h&verify=1");
  return body.addsUp && body.verified.agrees;
}
