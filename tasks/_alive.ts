/**
 * Exits with 0 when the relay of this machine lives: the health check of a container, which has no curl.
 *
 * @module
 */

const { ok, body } = await fetch(`http://127.0.0.1:${Deno.env.get("PORT") || 8000}/healthz`);
await body?.cancel();
Deno.exitCode = ok ? 0 : 1;
