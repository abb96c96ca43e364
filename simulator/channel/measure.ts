import type { ChannelRequest, Limits, Message, Size } from "../../relay/channel.ts";
import { sizeIn } from "../../relay/channel/size.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";

/** A part of a message against one limit of its channel. */
export interface Measured {
  /** Such as `limits.request.bytes`. */
  readonly limit: string;
  readonly used: number;
  readonly most: number;
}

/** A message and its request against each limit that the channel has. */
export function measure(
  { title, body, alerts, recipients, digest }: Message,
  request: ChannelRequest | undefined,
  limits: Limits,
): Measured[] {
  const {
    titleChars,
    bodyBytes,
    body: ofBody,
    request: ofRequest,
    alerts: mostAlerts,
    recipients: mostPeople,
  } = limits;
  const one = (limit: string, used: number, most: number | undefined): Measured[] =>
    most === undefined ? [] : [{ limit: `limits.${limit}`, used, most }];
  const sizes = (name: string, text: string, size: Size = {}): Measured[] =>
    Object.entries(size).flatMap(([unit, most]) =>
      one(`${name}.${unit}`, sizeIn(unit as keyof Size, text), most)
    );
  return [
    ...one("titleChars", sizeIn("characters", title), titleChars),
    ...one("bodyBytes", sizeIn("jsonBytes", body) + 2, bodyBytes),
    ...sizes("body", body, ofBody),
    ...request === undefined ? [] : sizes("request", sentText(request), ofRequest),
    ...digest ? [] : one("alerts", alerts.length, mostAlerts),
    ...one("recipients", recipients.length, mostPeople).filter(() =>
      request !== undefined && mostPeople === 1
    ),
  ];
}

/** The body as it is sent; each byte of a binary one counts as a character. */
function sentText(request: ChannelRequest): string {
  const { body = "" } = encodeRequest(request);
  return typeof body === "string" ? body : new TextDecoder("latin1").decode(body);
}
