"""Files of holidays: iCalendar by ical.js, the table of Catalonia by Python's own reader of CSV.

Two things are left out of what ical.js is asked, since it reads them otherwise than RFC 5545 does (test_calendar_sources.c has them): a yearly
29 February, which it moves to 1 March although such days "MUST be ignored" (3.3.10), and an EXDATE that is none of the event's days or
comes out of order, after which it overlooks the others.
"""
import csv
import datetime
import io
import random

YEARS = (2016, 2055)
NAMES = ["Festa major", "Sant Joan, la nit", "Fira; mercat", "a\\b", "Mare de Déu del Món", "L'Assumpció", "日本 «x»"]


# ---- iCalendar


def escaped(text):
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")


def folded(draw, line):
    """The line with breaks at random places, between characters, as 3.1 allows them anywhere."""
    parts = []
    while len(line) > 3 and draw.random() < 0.3:
        at = draw.randrange(1, len(line) - 1)
        parts.append(line[:at])
        line = line[at:]
    return (draw.choice(["\r\n ", "\r\n\t"])).join([*parts, line])


def weekday_rule(draw, start):
    """BYDAY for the weekday of the first day: counted from the month's beginning, or as its last."""
    name = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][start.weekday()]
    nth = (start.day - 1) // 7 + 1
    is_last = (start + datetime.timedelta(7)).month != start.month
    if nth == 5 or (is_last and draw.random() < 0.5):
        return f"BYMONTH={start.month};BYDAY=-1{name}"
    return f"BYMONTH={start.month};BYDAY={draw.choice(['', '+'])}{nth}{name}"


def rule(draw, start):
    """A rule, and the years that it leaves between occurrences where those keep the date (0 where they do not)."""
    parts, interval, kind = ["FREQ=YEARLY"], 1, draw.randrange(4)
    if draw.random() < 0.4:
        interval = draw.randint(1, 5)
        parts.append(f"INTERVAL={interval}")
    if draw.random() < 0.3:
        parts.append(f"COUNT={draw.randint(1, 12)}")
    elif draw.random() < 0.4:
        parts.append(f"UNTIL={start + datetime.timedelta(draw.randint(0, 9000)):%Y%m%d}")
    if kind > 0:
        parts.append([f"BYMONTH={start.month}", f"BYMONTH={start.month};BYMONTHDAY={start.day}", weekday_rule(draw, start)][kind - 1])
    draw.shuffle(parts)
    return "RRULE:" + ";".join(parts), interval if kind < 3 else 0


def event(draw):
    start = datetime.date(draw.randint(2010, 2045), 1, 1) + datetime.timedelta(draw.randrange(365))
    if (start.month, start.day) == (2, 29):
        start += datetime.timedelta(1)
    length = draw.choice([1, 1, 1, 2, 7, 14])
    properties = ["UID:" + str(draw.random()), "DTSTART;VALUE=DATE:" + f"{start:%Y%m%d}",
                  "SUMMARY:" + escaped(draw.choice(NAMES)), 'DESCRIPTION;ALTREP="x:y;z":' + escaped("text, " * 40)]
    if length > 1 and length % 7 == 0:
        properties.append(f"DURATION:P{length // 7}W")
    elif length > 1 or draw.random() < 0.5:
        properties.append(f"DTEND;VALUE=DATE:{start + datetime.timedelta(length):%Y%m%d}")
    if draw.random() < 0.7:
        text, interval = rule(draw, start)
        properties.append(text)
        if interval and draw.random() < 0.3:
            skipped = sorted(draw.sample(range(6), 2))
            properties.append("EXDATE;VALUE=DATE:" + ",".join(
                f"{start.replace(year=start.year + number * interval):%Y%m%d}" for number in skipped))
    draw.shuffle(properties)
    alarm = ["BEGIN:VALARM", "TRIGGER:-PT15M", "ACTION:DISPLAY", "END:VALARM"] if draw.random() < 0.3 else []
    return ["BEGIN:VEVENT", *(folded(draw, line) for line in properties), *alarm, "END:VEVENT"]


def test_events_are_those_of_ical_js(driver, node):
    draw = random.Random(5545)
    files = []
    for _ in range(400):
        events = [line for _ in range(draw.randint(1, 5)) for line in event(draw)]
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y", *events, "END:VCALENDAR"]
        files.append("".join(line + "\r\n" for line in lines).encode().hex())
    ours = driver("holidays", [f"ics {YEARS[0]} {YEARS[1]} {file}" for file in files])
    theirs = node("ical.mjs", [f"{YEARS[0]} {YEARS[1]} {file}" for file in files])
    assert [line.rstrip("\t") for line in ours] == theirs
    assert sum(line.count(":") for line in theirs) > 800


# ---- The table

COLUMNS = ["any_calendari", "data", "ajuntament_o_nucli_municipal", "codi_municipal", "codi_municipi_ine", "pedania", "festiu",
           "codiidescat"]


def row(draw):
    day = datetime.date(2016, 1, 1) + datetime.timedelta(draw.randrange(12000))
    return {"any_calendari": day.year, "data": draw.choice([f"{day}T00:00:00.000", f"{day}", f"{day:%d/%m/%Y}"]),
            "ajuntament_o_nucli_municipal": draw.choice(["Abrera", "Hospitalet de Llobregat, l'", 'Vila "nova"; vella', "dos\nversos"]),
            "codi_municipal": "08001000", "codi_municipi_ine": f"{draw.randrange(8001, 44000):05}",
            "pedania": draw.choice(["000", "000", "002", "011"]), "festiu": draw.choice(["Festiu local", "Festa local", "Nadal"]),
            "codiidescat": "080018"}


def test_rows_are_those_of_pythons_reader(driver):
    draw = random.Random(180)
    files, wanted = [], []
    for _ in range(300):
        columns = draw.sample(COLUMNS, len(COLUMNS))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, delimiter=draw.choice(",;"), lineterminator=draw.choice(["\n", "\r\n"]),
                                quoting=draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        writer.writeheader()
        writer.writerows(row(draw) for _ in range(draw.randrange(12)))
        files.append(text.getvalue())
        reader = csv.DictReader(io.StringIO(text.getvalue(), newline=""), delimiter=writer.writer.dialect.delimiter)
        answers, line = [], reader.line_num
        for read in reader:
            line = reader.line_num - read["ajuntament_o_nucli_municipal"].count("\n")
            if read["festiu"] == "Nadal":
                answers.append(f"{line} -")
                continue
            date = read["data"][:10]
            if "/" in date:
                date = "-".join(reversed(date.split("/")))
            answers.append(f"{line} {read['codi_municipi_ine']} {read['pedania']} {date} {read['ajuntament_o_nucli_municipal']}")
        wanted.append("\t".join([*answers, ""]).replace("\n", "⏎"))
    answers = driver("holidays", ["csv " + file.encode().hex() for file in files])
    assert "\n".join(answers).replace("dos\nversos", "dos⏎versos").split("\n") == wanted
