import type { DoorType } from "../../../relay/config/mod.ts";
import { RequestError } from "../../http/errors.ts";
import { parseBody } from "../any_json.ts";
import { isHmac, isSeconds, type OpenedRequest, requireFresh, type SentRequest } from "./door_type.ts";

/**
 * A webhook of Grafana with its HMAC: hex of HMAC-SHA256 over the body, or over `<seconds>:<body>` if the contact
 * point names a header for the time. Only the second form makes a replay recognisable.
 *
 * Source:
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/#hmac-signature
 *
 * @throws RequestError 401 · 400 when the body is not JSON
 */
export async function openGrafana(
  { headers, body, now }: SentRequest,
  { secrets, header, timestampHeader }: Extract<DoorType, { name: "grafana" }>,
): Promise<OpenedRequest> {
  const signature = headers.get(header)?.trim() ?? "";
  if (signature === "") {
    throw new RequestError(401, `The signature is missing: send it in the header ${header}`);
  }
  const time = timestampHeader === undefined ? undefined : headers.get(timestampHeader)?.trim() ?? "";
  if (time !== undefined && !isSeconds(time)) {
    throw new RequestError(
      401,
      `The time is missing: name the timestamp header ${timestampHeader} in the contact point`,
    );
  }
  const contents = time === undefined ? [body] : [`${time}:`, body];
  if (!isHmac(signature, contents, { secrets, algorithm: "sha256", encoding: "hex" })) {
    throw new RequestError(
      401,
      `The signature in ${header} is wrong: are the secret and the timestamp header those of the contact point?`,
    );
  }
  if (time !== undefined) requireFresh(time, now);
  const payload = await parseBody(body, headers.get("content-type") ?? "");
  return { payload, ...time === undefined ? {} : { once: signature.toLowerCase() } };
}
