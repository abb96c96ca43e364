import { deepStrictEqual as equal } from "node:assert/strict";
import { Deadline } from "../../../relay/base/deadline.ts";

Deno.test("what takes too long is late in the order of its beginning, what has ended never", async () => {
  const deadline = new Deadline(20);
  const late: string[] = [];
  const ends = ["first", "ended", "second"].map((name) => deadline.begin(() => late.push(name)));
  ends[1]!();
  await new Promise<void>((resolve) => deadline.begin(resolve));
  equal(late, ["first", "second"]);
  await new Promise<void>((resolve) => deadline.begin(resolve)); // the next one has a time of its own
  for (const end of ends) end();
  equal(late, ["first", "second"]);
});
