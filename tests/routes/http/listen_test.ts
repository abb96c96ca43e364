import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { EVERYWHERE, listen } from "../../../routes/http/listen.ts";

const REFUSALS: [hostname: string, error: Error, words: RegExp][] = [
  [
    "::",
    new Deno.errors.AddrInUse("Address already in use"),
    /^Error: Cannot listen on port 80: another program .* PORT$/,
  ],
  [
    "::",
    new Deno.errors.PermissionDenied("Permission denied"),
    /^Error: Cannot listen on port 80: this user .* PORT$/,
  ],
  [
    "10.9.9.9",
    new Deno.errors.AddrNotAvailable("no"),
    /^Error: Cannot listen on "10\.9\.9\.9": .* with HOST$/,
  ],
  [
    "http://127.0.0.1",
    new URIError("invalid host 'http://127.0.0.1': invalid char found in FQDN"),
    /^Error: Cannot listen on "http:\/\/127\.0\.0\.1": .* HOST takes /,
  ],
  [
    "999.1.1.1",
    new Error("failed to lookup address information: Name or service not known"),
    /^Error: Cannot listen on "999\.1\.1\.1": .* HOST takes /,
  ],
  ["10.9.9.9", new Error("something else"), /^Error: something else$/],
];

for (const [hostname, error, words] of REFUSALS) {
  Deno.test(`${hostname} that fails with ${error.name} is explained`, () => {
    throws(() => listen({ hostname, port: 80 }, () => raise(error)), words);
  });
}

for (const hostname of ["http://127.0.0.1", "127.0.0.1:8000", "*"]) {
  Deno.test(`a HOST of ${hostname} is explained as the runtime refuses it`, () => {
    throws(
      () =>
        listen(
          { hostname, port: 0 },
          (at) => Deno.serve({ ...at, onListen: () => {} }, () => new Response()),
        ),
      /Cannot listen on ".*": .* HOST takes /,
    );
  });
}

for (
  const error of [
    new Error("Address family not supported by protocol (os error 97)"),
    new Deno.errors.AddrNotAvailable("Cannot assign requested address (os error 99)"),
  ]
) {
  Deno.test(`a machine without IPv6 (${error.name}) listens on IPv4`, () => {
    const tried: string[] = [];
    listen({ hostname: EVERYWHERE, port: 80 }, ({ hostname }) => {
      tried.push(hostname);
      if (hostname === EVERYWHERE) throw error;
    });
    equal(tried, ["::", "0.0.0.0"]);
  });
}

function raise(error: Error): never {
  throw error;
}
