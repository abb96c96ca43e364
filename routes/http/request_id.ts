import type { Handler } from "./remote_address.ts";

/** Gives each request an id, which its answer and the lines of the log have. */
export interface RequestIds {
  /** The id of the request that is being answered. */
  readonly current: () => string | undefined;
  readonly wrap: (handler: Handler) => Handler;
}

const HEADER = "x-request-id";

/** An id from a proxy: it is written to the log, so only harmless ones are accepted. */
const HARMLESS = /^[\w.:/+=-]{1,128}$/;

/** Ids for requests. The module that follows a request through its promises is loaded only here. */
export async function requestIds(): Promise<RequestIds> {
  const { AsyncLocalStorage } = await import("node:async_hooks");
  const ids = new AsyncLocalStorage<string>();
  return {
    current: () => ids.getStore(),
    wrap: (handler) => async (request, connection) => {
      const given = request.headers.get(HEADER) ?? "";
      const id = HARMLESS.test(given) ? given : crypto.randomUUID();
      const response = await ids.run(id, () => handler(request, connection));
      const answer = new Response(response.body, response); // the headers of some are immutable
      answer.headers.set(HEADER, id);
      return answer;
    },
  };
}
