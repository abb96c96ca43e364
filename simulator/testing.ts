/**
 * For the tests of a channel plugin: `fenghuo/testing`.
 *
 * ```ts
 * import { configured, grade, startFake } from "fenghuo/testing";
 * ```
 *
 * @module
 */
export { attempt, configured } from "./channel/attempt.ts";
export type { Attempt, AttemptOptions, Configured, Respond, SentRequest } from "./channel/attempt.ts";
export { composer, KINDS } from "./channel/compose.ts";
export type { Compose, ComposeOptions, Kind } from "./channel/compose.ts";
export { startFake } from "./channel/fake.ts";
export type { FakeOptions, FakeOutcome, FakeVendor, SeenByFake, Taken } from "./channel/fake.ts";
export type { Finding } from "./channel/finding.ts";
export { grade } from "./channel/grade.ts";
export { measureAll } from "./channel/measure.ts";
export type { Measured } from "./channel/measure.ts";
export { alert, HOSTILE, link, message, NOW, PEOPLE } from "./channel/messages.ts";
