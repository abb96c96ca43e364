import ICAL from "ical.js";

/** A calendar for calendar apps. */
export interface FeedCalendar {
  readonly name: string;
  readonly events: readonly FeedEvent[];
}

/** An event of it. Times are epoch milliseconds. */
export interface FeedEvent {
  /** The same in each answer, so that an app recognises the event. */
  readonly id: string;
  readonly from: number;
  readonly until: number;
  readonly title: string;
  readonly text?: string | undefined;
  readonly url?: string | undefined;
}

/** Apps read the calendar again after this time. */
const REFRESH = "PT1H";

/** A line has at most 75 octets (RFC 5545, 3.1); the library does not count the space at the beginning of the next one. */
const LINE = 74;

/** Writes a calendar as iCalendar (RFC 5545). Times are in UTC, so that it needs no definitions of zones. */
export function writeCalendar({ name, events }: FeedCalendar, { now }: { now: number }): string {
  const calendar = new ICAL.Component("vcalendar");
  calendar.updatePropertyWithValue("version", "2.0");
  calendar.updatePropertyWithValue("prodid", "-//Fenghuo//On call//EN");
  calendar.updatePropertyWithValue("method", "PUBLISH");
  calendar.updatePropertyWithValue("x-wr-calname", name);
  calendar.updatePropertyWithValue("refresh-interval", ICAL.Duration.fromString(REFRESH));
  calendar.updatePropertyWithValue("x-published-ttl", REFRESH);
  for (const event of events) calendar.addSubcomponent(componentOf(event, now));
  ICAL.foldLength = LINE;
  return `${calendar.toString()}\r\n`;
}

function componentOf({ id, from, until, title, text, url }: FeedEvent, now: number): ICAL.Component {
  const event = new ICAL.Component("vevent");
  event.updatePropertyWithValue("uid", `${id}@fenghuo`);
  event.updatePropertyWithValue("dtstamp", timeOf(now));
  event.updatePropertyWithValue("dtstart", timeOf(from));
  event.updatePropertyWithValue("dtend", timeOf(until));
  event.updatePropertyWithValue("summary", title);
  if (text !== undefined) event.updatePropertyWithValue("description", text);
  if (url !== undefined) event.updatePropertyWithValue("url", url);
  // Being on call does not make a person busy.
  event.updatePropertyWithValue("transp", "TRANSPARENT");
  return event;
}

function timeOf(ms: number): ICAL.Time {
  return ICAL.Time.fromJSDate(new Date(ms), true);
}
