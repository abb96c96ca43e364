import type { Socket } from "node:net";
import { TOO_LONG } from "./answer.ts";
import { CONNECTION } from "./steps.ts";

/**
 * A connection to a mail server through an HTTP or HTTPS proxy, which must allow CONNECT to its port.
 *
 * @throws the error, as nodemailer reports it
 */
export async function throughProxy(
  proxy: string,
  { host, port }: { readonly host: string; readonly port: number },
  { signal }: { signal: AbortSignal },
): Promise<Socket> {
  const { default: open } = await import("nodemailer/lib/smtp-connection/http-proxy-client");
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  let isLate = false;
  const stop = (): void => {
    isLate = true;
    reject(Object.assign(new Error(`${TOO_LONG} through the proxy`), { code: "ETIMEDOUT", command: "CONN" }));
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  open(proxy, port, host, { timeout: CONNECTION }, (error, socket) => {
    if (isLate) socket?.destroy();
    else if (socket) resolve(socket);
    else reject(error);
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
