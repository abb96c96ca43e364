/**
 * Deno has had `Temporal` since 2.7. Before, a library supplies it: whoever uses it imports this module.
 *
 * @module
 */

if (!("Temporal" in globalThis)) await import("temporal-polyfill/global");

export {}; // an import makes it run
