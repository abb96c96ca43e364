/**
 * The shapes of what `/api` answers, for its OpenAPI document. They are loaded with it, not when the relay starts.
 *
 * @module
 */
export * from "./alerts.ts";
export * from "./deliveries.ts";
export * from "./house.ts";
export * from "./ledger.ts";
export * from "./statistics.ts";
export * from "./trials.ts";
export * from "./overview.ts";
export { time } from "./words.ts";
export * from "./messages.ts";
