/** When something was, as the views say it. */

export type Period = "today" | "thisWeek" | "earlier";

const DAY_MS = 86_400_000;

/** How many calendar days of the reader's lie between two moments; a moment to come counts as today. */
function daysBetween(at: Date, now: Date): number {
  const [day, today] = [at, now].map((date) =>
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()),
  );
  return Math.max(0, (today! - day!) / DAY_MS);
}

/** The heading under which a chat stands: a week is as long as its weekdays name one day each. */
export function period(at: Date, now = new Date()): Period {
  const days = daysBetween(at, now);
  return days < 1 ? "today" : days < 7 ? "thisWeek" : "earlier";
}

/** Today's time, a weekday of this week, else the day. */
export function when(at: Date, locale: string, now = new Date()): string {
  const { today, thisWeek, earlier } = {
    today: { hour: "2-digit", minute: "2-digit" },
    thisWeek: { weekday: "long" },
    earlier: day(at, now),
  } as const;
  return at.toLocaleString(locale, { today, thisWeek, earlier }[period(at, now)]);
}

/** A day and its time, the last two days by their names. */
export function dayAndTime(at: Date, locale: string, now = new Date()): string {
  const days = daysBetween(at, now);
  const time = at.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  const named =
    days < 2
      ? new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days, "day")
      : at.toLocaleDateString(locale, day(at, now));
  return listed([named.charAt(0).toLocaleUpperCase(locale) + named.slice(1), time], locale);
}

/** Short things one after the other, set apart by the mark that the language has between the first two of three. */
export function listed(words: string[], locale: string): string {
  const marks = (["conjunction", "unit"] as const).map((type) => {
    const [, between] = new Intl.ListFormat(locale, { type }).formatToParts(["1", "2", "3"]);
    // Arabic has its "and" there, too.
    return between!.value.replace(/\p{L}/gu, "");
  });
  return words.join(marks.find((mark) => /\p{P}/u.test(mark)) ?? ", ");
}

function day(at: Date, now: Date): Intl.DateTimeFormatOptions {
  const thisYear = at.getFullYear() === now.getFullYear();
  return { day: "numeric", month: "long", ...(thisYear ? {} : { year: "numeric" }) };
}
