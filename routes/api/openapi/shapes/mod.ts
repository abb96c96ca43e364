/**
 * The shapes of the answers of `/api`, for its OpenAPI document. They are loaded with it, not when the relay starts.
 *
 * @module
 */
export * from "../../../../relay/query/shapes/alerts.ts";
export * from "../../../../relay/query/shapes/deliveries.ts";
export * from "../../../../relay/query/shapes/drill.ts";
export * from "../../../../relay/query/shapes/heartbeats.ts";
export { facet, incidentCounts, incidentGroup } from "../../../../relay/query/shapes/incident_list.ts";
export * from "../../../../relay/query/shapes/ledger.ts";
export * from "../../../../relay/query/shapes/oncall.ts";
export * from "../../../../relay/query/shapes/overview.ts";
export * from "../../../../relay/query/shapes/related.ts";
export * from "../../../../relay/query/shapes/search.ts";
export * from "../../../../relay/query/shapes/statistics.ts";
export * from "../../../../relay/query/shapes/timeline.ts";
export { time } from "../../../../relay/query/shapes/words.ts";
export * from "./deliveries.ts";
export * from "./house.ts";
export * from "./messages.ts";
export * from "./trials.ts";
