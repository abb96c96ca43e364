/** All interfaces, IPv6 and IPv4. */
export const EVERYWHERE = "::";

/** All interfaces of a machine without IPv6. */
const EVERYWHERE_IPV4 = "0.0.0.0";

/**
 * Start a server. If it cannot listen, the error contains the remedy.
 *
 * @param start Starts the server at an address; throws the operating system's error.
 * @throws Error with the port or the address, and the variable that changes it
 */
export function listen<T>(
  { hostname, port }: { hostname: string; port: number },
  start: (address: { hostname: string; port: number }) => T,
): T {
  try {
    return start({ hostname, port });
  } catch (error) {
    if (hostname === EVERYWHERE && hasNoIpv6(error)) {
      return listen({ hostname: EVERYWHERE_IPV4, port }, start);
    }
    throw explain(error, { hostname, port });
  }
}

function hasNoIpv6(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    (error instanceof Error && /address family not supported/i.test(error.message));
}

function explain(error: unknown, { hostname, port }: { hostname: string; port: number }): unknown {
  if (error instanceof Deno.errors.AddrInUse) {
    return new Error(
      `Cannot listen on port ${port}: another program has it; stop that one, or choose another port with PORT`,
      { cause: error },
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Error(
      `Cannot listen on port ${port}: this user may not; choose one above 1023 with PORT`,
      { cause: error },
    );
  }
  if (isNoHost(error)) {
    return new Error(
      `Cannot listen on "${hostname}": it is not an address and not a known name; ` +
        `HOST takes one of this machine's, such as 127.0.0.1, or nothing for all of them`,
      { cause: error },
    );
  }
  if (error instanceof Deno.errors.AddrNotAvailable || error instanceof TypeError) {
    return new Error(
      `Cannot listen on "${hostname}": this machine has no such address; choose another with HOST`,
      { cause: error },
    );
  }
  return error;
}

/** The runtime has no error class for a name that cannot be resolved. */
function isNoHost(error: unknown): boolean {
  return error instanceof URIError ||
    (error instanceof Error && /failed to lookup address/i.test(error.message));
}
