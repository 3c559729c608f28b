#!/usr/bin/env python3
"""Writes workflow_madrid_shifts: every change of the offset of Europe/Madrid over the horizon of the calendars, as C. The core reads no
files, so what the tz database of the building system says is compiled in; `workflow_madrid_release` names it."""
import datetime
import pathlib
import sys
import zoneinfo

ZONE = zoneinfo.ZoneInfo("Europe/Madrid")
FIRST, LAST = 2015, 2057     # a year more at both ends than WORKFLOW_CALENDAR_FIRST_YEAR, _LAST_YEAR
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
HOUR = 3600


def seconds(year):
    return int((datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc) - EPOCH).total_seconds())


def offset(at):
    return int((EPOCH + datetime.timedelta(seconds=at)).astimezone(ZONE).utcoffset().total_seconds())


def change_between(low, high):
    """The first second after `low` at which the offset is that of `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
    return high


def shifts():
    at, end = seconds(FIRST), seconds(LAST)
    yield at, offset(at)
    while at < end:
        if offset(at + 24 * HOUR) != offset(at):
            change = change_between(at, at + 24 * HOUR)
            yield change, offset(change)
        at += 24 * HOUR


def release():
    for folder in zoneinfo.TZPATH:
        source = pathlib.Path(folder, "tzdata.zi")
        if source.exists():
            with source.open(encoding="ascii") as lines:
                return lines.readline().removeprefix("# version ").strip()
    return ""


def main():
    rows = [f"    {{INT64_C({at * 1000000}), {offset_s}}}," for at, offset_s in shifts()]
    pathlib.Path(sys.argv[1]).write_text("\n".join([
        "/* Made by workflow/calendar/madrid.py from the tz database of this system. */", '#include "workflow/calendar.h"', "",
        "const struct workflow_zone_shift workflow_madrid_shifts[] = {", *rows, "};",
        f"const size_t workflow_madrid_shift_count = {len(rows)};",
        f'const char workflow_madrid_release[] = "{release()}";', ""]), encoding="ascii")


main()
