import type { Context } from "hono";
import { PageError } from "../http/errors.ts";
import type { AnsweredFailure } from "../http/failure.ts";
import { localPath } from "./local_path.ts";
import type { Shell } from "./shell.ts";

/**
 * An error as a page: the error, and the way on. A user without a session is redirected to the sign-in page, and
 * returns.
 */
export async function errorPage(
  c: Context,
  shell: Shell,
  { status, message, headers = {}, error }: AnsweredFailure,
): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const view = await shell.openToAll(c);
  for (const [name, value] of Object.entries(headers)) {
    // Without the challenge header, the browser shows no login window of its own over the page.
    if (name !== "www-authenticate") c.header(name, value);
  }
  if (status === 401) {
    // A page that requests a part of itself stays open with its input, and shows a message: see swaps.js.
    if (c.req.header("hx-request")) return c.body(null, 401);
    if (c.req.method === "GET") return view.done(`/sign-in?to=${encodeURIComponent(pathname + search)}`);
  }
  const { t } = view;
  return await view.html("console/error", {
    title: t(titleOf(status)),
    status,
    code: status,
    // A form that was sent after its session ended: return to its page.
    to: localPath(URL.parse(c.req.header("referer") ?? "")?.pathname, "/"),
    detail: status === 401
      ? t("error.sessionOver")
      : error instanceof PageError
      ? t(error.key, error.params)
      : status === 404
      ? t("error.nothingHere")
      : message,
    path: c.req.path.slice(0, 200),
  });
}

function titleOf(
  status: AnsweredFailure["status"],
): "error.401" | "error.403" | "error.404" | "error.422" | "error.429" | "error.500" | "error.503" {
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 429:
    case 500:
    case 503:
      return `error.${status}`;
    default:
      return "error.422";
  }
}
