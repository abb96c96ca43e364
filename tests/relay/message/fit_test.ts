import assert from "node:assert/strict";
import { largestFit } from "../../../relay/message/fit.ts";

Deno.test("the largest count that fits is found, in few steps", () => {
  const sizes: [what: string, size: (count: number) => number][] = [
    ["grows evenly", (count) => 120 + count * 37],
    ["grows ever faster", (count) => count * count],
    ["grows ever slower", (count) => 400 * Math.sqrt(count)],
    ["jumps", (count) => count < 17 ? 10 : 9_000],
    ["fits nearly", (count) => count],
  ];
  for (const [what, size] of sizes) {
    for (const [limit, tooMany] of [[1_000, 500], [5_000, 3_000], [10, 100], [200, 7]] as const) {
      if (size(tooMany) <= limit) continue;
      const fits = Array.from({ length: tooMany - 1 }, (_, index) => index + 1).filter((n) =>
        size(n) <= limit
      );
      let calls = 0;
      const found = largestFit(tooMany, {
        make: (count) => (calls++, size(count)),
        fillOf: (made) => made / limit,
        fill: size(tooMany) / limit,
      });
      assert.equal(found?.count, fits.at(-1), `${what}: ${limit} of ${tooMany}`);
      assert.ok(calls <= 3 * Math.log2(tooMany), `${what}: ${calls} calls for ${tooMany}`);
    }
  }
});

Deno.test("nothing fits where one is too much", () => {
  assert.equal(largestFit(100, { make: (count) => count, fillOf: () => 1.1 }), undefined);
  assert.equal(largestFit(1, { make: (count) => count, fillOf: () => 0 }), undefined);
});
