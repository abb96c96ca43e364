import { equal } from "node:assert/strict";
import { formatDuration } from "../../../../relay/base/time.ts";
import { elapsed } from "../../../../templates/console/script/elapsed.js";

const SECONDS = [-5, 0, 0.9, 1, 59, 60, 61, 3_599, 3_600, 3_661, 7_205, 86_399, 86_400, 90_061, 8_640_000];

Deno.test("elapsed time counts on in the words in which the relay wrote it", () => {
  for (const seconds of SECONDS) {
    equal(elapsed(seconds, ["d", "h", "min", "s"]), formatDuration(seconds * 1000, "en"));
    equal(elapsed(seconds, ["天", "小时", "分", "秒"]), formatDuration(seconds * 1000, "zh"));
  }
});
