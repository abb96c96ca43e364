/** An answer's status, and its JSON; `undefined`: an empty body. Words after "because" are each program's own. */
export interface Answered {
  readonly status: number;
  readonly answer?: unknown;
}

/** A request to `POST /api/v2/alerts`. */
export interface PostedRequest extends Answered {
  readonly what: string;
  readonly body: string;
  readonly type?: string;
  /** The number of its alerts that Fenghuo stores. */
  readonly stored: number;
  /** Alertmanager 0.25's different answer, and the reason why Fenghuo differs. */
  readonly real?: Partial<Answered> & { readonly why: string };
}

const unreadable = {
  status: 400,
  answer: { code: 400, message: 'parsing alerts body from "" failed, because' },
};
const required = (path: string): Answered => ({
  status: 422,
  answer: { code: 602, message: `${path} in body is required` },
});
const refused = (answer: string): Answered => ({ status: 400, answer });
const OK = { status: 200 };

const A = '{"labels":{"alertname":"A"}}';
const withFields = (fields: string): string => `[{"labels":{"alertname":"A"},${fields}}]`;

/** Valid and invalid posts of senders. */
export const REQUESTS: readonly PostedRequest[] = [
  { what: "no alert", body: "[]", stored: 0, ...OK },
  { what: "null", body: "null", stored: 0, ...OK },
  { what: "an alert", body: `[${A}]`, stored: 1, ...OK },
  { what: "two alerts", body: `[${A},{"labels":{"alertname":"B"}}]`, stored: 2, ...OK },
  { what: "unknown fields", body: withFields('"other":5'), stored: 1, ...OK },
  { what: "a charset", body: `[${A}]`, type: "application/json; charset=utf-8", stored: 1, ...OK },
  { what: "an empty body", body: "", stored: 0, ...required("alerts") },
  { what: "cut off JSON", body: "[", stored: 0, ...unreadable },
  { what: "an object", body: A, stored: 0, ...unreadable },
  { what: "a text", body: '"x"', stored: 0, ...unreadable },
  { what: "a number as an alert", body: "[1]", stored: 0, ...unreadable },
  { what: "null as a time", body: withFields('"startsAt":null,"endsAt":null'), stored: 1, ...OK },
  {
    what: "another type",
    body: `[${A}]`,
    type: "text/plain",
    stored: 0,
    status: 415,
    answer: {
      code: 415,
      message: 'unsupported media type "text/plain", only [application/json] are allowed',
    },
  },
  { what: "no labels", body: "[{}]", stored: 0, ...required("0.labels") },
  { what: "null as labels", body: '[{"labels":null}]', stored: 0, ...required("0.labels") },
  {
    what: "no labels beside a right alert",
    body: `[${A},{}]`,
    stored: 1,
    ...required("1.labels"),
  },
  {
    what: "empty labels",
    body: '[{"labels":{}}]',
    stored: 0,
    ...refused("at least one label pair required"),
  },
  {
    what: "only empty values",
    body: '[{"labels":{"a":""}}]',
    stored: 0,
    ...refused("at least one label pair required"),
  },
  {
    what: "null as a value",
    body: '[{"labels":{"a":null}}]',
    stored: 0,
    ...refused("at least one label pair required"),
  },
  {
    what: "a right alert beside an empty one",
    body: `[${A},{"labels":{"b":""}}]`,
    stored: 1,
    ...refused("at least one label pair required"),
  },
  { what: "a number as a value", body: '[{"labels":{"a":1}}]', stored: 0, ...unreadable },
  { what: "an array as labels", body: '[{"labels":[]}]', stored: 0, ...unreadable },
  { what: "a number as an annotation", body: withFields('"annotations":{"x":1}'), stored: 0, ...unreadable },
  {
    what: "a number as a value beside a right alert",
    body: `[${A},{"labels":{"a":1}}]`,
    stored: 1,
    ...unreadable,
  },
  {
    what: "an empty name",
    body: '[{"labels":{"":"1"}}]',
    stored: 0,
    ...refused('invalid label set: invalid name ""'),
  },
  {
    what: "two wrong alerts",
    body: '[{"labels":{"":"1"}},{"labels":{"c":"1"},"annotations":{"":"1"}}]',
    stored: 0,
    ...refused('invalid label set: invalid name ""; invalid annotations: invalid name ""'),
  },
  {
    what: "a name with a dash",
    body: '[{"labels":{"a-b":"1"}}]',
    stored: 1,
    ...OK,
    real: {
      ...refused('invalid label set: invalid name "a-b"'),
      why: "names may have any characters, as in Prometheus 3 and Alertmanager 0.27",
    },
  },
  {
    what: "a start and an end",
    body: withFields('"startsAt":"2026-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z"'),
    stored: 1,
    ...OK,
  },
  {
    what: "a time with an offset",
    body: withFields('"startsAt":"2026-01-01T00:00:00.123456789+08:00"'),
    stored: 1,
    ...OK,
  },
  { what: "a time without a zone", body: withFields('"startsAt":"2026-01-01T00:00:00"'), stored: 1, ...OK },
  { what: "an empty time", body: withFields('"startsAt":"","endsAt":""'), stored: 1, ...OK },
  {
    what: "Go's zero time",
    body: withFields('"startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z"'),
    stored: 1,
    ...OK,
  },
  { what: "no time", body: withFields('"startsAt":"nope"'), stored: 0, ...unreadable },
  { what: "a number as a time", body: withFields('"startsAt":5'), stored: 0, ...unreadable },
  {
    what: "a day",
    body: withFields('"startsAt":"2026-01-01"'),
    stored: 1,
    ...OK,
    real: { ...unreadable, why: "a day begins at midnight" },
  },
  {
    what: "an end before the start",
    body: withFields('"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"'),
    stored: 0,
    ...refused("start time must be before end time"),
  },
  {
    what: "a start after the assumed end",
    body: withFields('"startsAt":"2096-01-02T00:00:00Z"'),
    stored: 0,
    ...refused("start time must be before end time"),
  },
  { what: "an empty link", body: withFields('"generatorURL":""'), stored: 1, ...OK },
  {
    what: "a link",
    body: withFields('"generatorURL":"http://prometheus:9090/graph?g0.expr=up"'),
    stored: 1,
    ...OK,
  },
  { what: "a number as a link", body: withFields('"generatorURL":5'), stored: 0, ...unreadable },
  {
    what: "a link that is no address",
    body: withFields('"generatorURL":"nope"'),
    stored: 1,
    ...OK,
    real: {
      status: 422,
      answer: { code: 601, message: '0.generatorURL in body must be of type uri: "nope"' },
      why: "the alert is worth more than its link, which is left out",
    },
  },
];

/** An answer, without each program's own words. */
export function comparable({ status, answer }: Answered): Answered {
  const { message } = (answer ?? {}) as { message?: unknown };
  if (typeof message !== "string" || !message.includes("because")) {
    return { status, ...answer === undefined ? {} : { answer } };
  }
  return { status, answer: { ...answer as object, message: message.replace(/because.*/s, "because") } };
}
