/**
 * Deno has had `Temporal` since 2.7. For earlier versions a library supplies it: modules that use it import this one.
 *
 * @module
 */

if (!("Temporal" in globalThis)) await import("temporal-polyfill/global");

export {}; // an import makes it run
