import { deepStrictEqual as equal } from "node:assert/strict";
import { ChannelFaults } from "../../../relay/channel/channel_faults.ts";

Deno.test("a fault is counted each time, and reported ever more rarely", () => {
  const reports: string[] = [];
  const faults = new ChannelFaults((words) => reports.push(words));
  for (let times = 0; times < 250; times++) faults.add("mine", "boom");
  faults.add(undefined, "boom");
  equal(reports, [
    'The channel "mine": boom',
    'The channel "mine": boom (10 times since the start)',
    'The channel "mine": boom (100 times since the start)',
    "A plugin or a library: boom",
  ]);
  equal(faults.list(), [
    { channel: "mine", words: "boom", times: 250 },
    { channel: undefined, words: "boom", times: 1 },
  ]);
});

Deno.test("words that are new each time do not fill the memory", () => {
  const faults = new ChannelFaults();
  for (let at = 0; at < 1_000; at++) faults.add("mine", `line ${at}`);
  equal([faults.list().length, faults.list().at(-1)?.words], [50, "line 999"]);
});
