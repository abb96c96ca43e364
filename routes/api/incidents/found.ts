import { RequestError } from "../../http/errors.ts";

/** The refusal of an address that names an incident. */
export const refusals = { 404: "There is no such incident, or it is no longer kept" };

/** The incident, if there is one. @throws RequestError 404 */
export function found<T>(found: T | undefined): T {
  if (found) return found;
  throw new RequestError(404, "There is no incident of this id, or it is no longer kept");
}
