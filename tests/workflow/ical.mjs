// Events of iCalendar by ical.js: a line in is "FIRST LAST HEX", a line out "NAME: DATE DATE…" for each event, apart by tabs.
import { createInterface } from "node:readline";
import ICAL from "ical.js";

// The days of an event in the years asked, each once.
function daysOf(event, first, last) {
  const days = new Set();
  const add = (start) => {
    const day = start.clone();
    for (let left = event.duration.toSeconds() / 86400; left > 0; left--, day.adjust(1, 0, 0, 0)) {
      if (day.year >= first && day.year <= last) days.add(day.toString());
    }
  };
  if (!event.isRecurring()) add(event.startDate);
  else {
    const occurrences = event.iterator();
    for (let at = occurrences.next(); at && at.year <= last; at = occurrences.next()) add(at);
  }
  return [...days].sort();
}

for await (const line of createInterface({ input: process.stdin })) {
  const [first, last, hex] = line.split(" ");
  const calendar = new ICAL.Component(ICAL.parse(Buffer.from(hex, "hex").toString("utf8")));
  const events = calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
  console.log(events.map((event) => [`${event.summary}:`, ...daysOf(event, Number(first), Number(last))].join(" ")).join("\t"));
}
