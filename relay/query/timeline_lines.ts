import type { TimelineLine } from "../channel.ts";
import type { StoreReader } from "../store/reader.ts";
import { timelineOf } from "./timeline.ts";
import { timelineSentences, type TimelineWords } from "./timeline_words.ts";

/** Our choice: about 4 KB. */
const LINES = 20;

/** The newest lines of the timeline of an alert's incident, the oldest first; empty if it is gone. @throws StoreError */
export async function timelineLines(
  alert: string,
  store: StoreReader,
  words: TimelineWords,
): Promise<TimelineLine[]> {
  const incident = await store.incidents.get((await store.log.alert(alert))?.incident ?? alert);
  if (incident === undefined) return [];
  const { items } = await timelineOf(incident, store, { limit: LINES, order: "newest" });
  return items.toReversed().map((item) => {
    const { text, run, notified } = timelineSentences(item, words);
    const details = notified.flatMap(({ text, deliveries }) => [...text === "" ? [] : [text], ...deliveries]);
    return { at: item.at, text, details: [...run === undefined ? [] : [run], ...details] };
  });
}
