// Public holidays of Catalonia by date-holidays: each line a year in, each line out "YYYY-MM-DD,…" of that year.
import { createInterface } from "node:readline";
import Holidays from "date-holidays";

const catalonia = new Holidays("ES", "CT");
for await (const year of createInterface({ input: process.stdin })) {
  const days = catalonia.getHolidays(Number(year)).filter((day) => day.type === "public").map((day) => day.date.slice(0, 10));
  console.log([...new Set(days)].sort().join(","));
}
