"""Calendars, by PostgreSQL (which has its own reader of time zones and its own dates) and by date-holidays."""
import csv
import datetime
import os
import pathlib
import random

import psycopg2
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = os.environ.get("OAM_TEST_DATABASE_URL")
YEARS = range(2016, 2056)
MICROSECOND = 1000000

# The package moves 1 May 2027, a Saturday, to the Monday after; the order of Catalonia does not (Ordre EMT/52/2026).
DIVERGES = {"2027-05-03"}


@pytest.fixture(scope="module")
def sql():
    """sql(statement, name=value…) -> rows"""
    if not SERVER:
        pytest.skip("OAM_TEST_DATABASE_URL is not set")
    connection = psycopg2.connect(SERVER)

    def run(statement, **arguments):
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return cursor.fetchall()

    yield run
    connection.close()


@pytest.fixture(scope="module")
def holidays(node):
    """Every public holiday of Catalonia over the horizon, by date-holidays."""
    years = node("holidays.mjs", [str(year) for year in YEARS])
    days = [day for year in years for day in year.split(",")]
    assert len(days) > 13 * len(YEARS)
    return [day for day in days if day not in DIVERGES]


def seconds(year):
    return int(datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc).timestamp())


def instants(count, seed):
    draw = random.Random(seed)
    return [draw.randrange(seconds(2016), seconds(2055)) for _ in range(count)]


def test_local_time_is_postgresqls_around_every_shift_and_anywhere(driver, sql):
    around = [at + offset for (at,) in sql("""
        SELECT extract(epoch FROM at)::bigint
        FROM (SELECT at, (at AT TIME ZONE 'Europe/Madrid') - (at AT TIME ZONE 'UTC') AS ahead,
                     lag((at AT TIME ZONE 'Europe/Madrid') - (at AT TIME ZONE 'UTC')) OVER (ORDER BY at) AS ahead_before
              FROM generate_series('2016-01-01 00:00Z'::timestamptz, '2055-12-31 00:00Z', '15 minutes') AS at) AS walk
        WHERE ahead <> ahead_before""") for offset in (-3601, -3600, -1, 0, 1, 3599, 3600)]
    assert len(around) == 7 * 2 * 40
    asked = around + instants(20000, 1)
    wanted = [row[0] for row in sql("""
        SELECT to_char(to_timestamp(at) AT TIME ZONE 'Europe/Madrid', 'YYYY-MM-DD HH24:MI:SS')
        FROM unnest(%(asked)s::bigint[]) WITH ORDINALITY AS asked (at, n) ORDER BY n""", asked=asked)]
    assert driver("calendar", ["-", *(f"local {at * MICROSECOND}" for at in asked)]) == wanted


def test_every_day_begins_when_postgresql_says(driver, sql):
    rows = sql("""
        SELECT to_char(day, 'YYYY-MM-DD'), (extract(epoch FROM day AT TIME ZONE 'Europe/Madrid') * 1000000)::bigint::text
        FROM generate_series('2016-01-01'::timestamp, '2055-12-31', '1 day') AS day""")
    assert len(rows) == 14610
    assert driver("calendar", ["-", *(f"start {day}" for day, _ in rows)]) == [start for _, start in rows]


def test_months_are_postgresqls_intervals(driver, sql):
    """From each day of two years, one of them a leap year, up to four years on and two back."""
    rows = sql("""
        SELECT to_char(day, 'YYYY-MM-DD'), n, to_char(day + make_interval(months => n), 'YYYY-MM-DD')
        FROM generate_series('2027-01-01'::timestamp, '2028-12-31', '1 day') AS day, generate_series(-24, 48) AS n""")
    assert len(rows) == 731 * 73
    assert driver("calendar", ["-", *(f"months {day} {n}" for day, n, _ in rows)]) == [end for _, _, end in rows]


# The last day of a term of n that begins on a day, where days are numbers since 1970, so that series of them are cheap.
TERMS = {
    "habils": """
        SELECT day FROM (SELECT day, row_number() OVER (ORDER BY day) AS number
                         FROM generate_series(began + 1, began + 3 * n + 30, 1) AS day WHERE {working}) AS counted
        WHERE number = n""",
    "days": "SELECT min(day) FROM generate_series(began + n, began + n + 30, 1) AS day WHERE {working}",
    "months": """
        SELECT min(day)
        FROM (SELECT (epoch + began + make_interval(months => n))::date - epoch AS on_the_date) AS plain,
             generate_series(on_the_date, on_the_date + 30, 1) AS day
        WHERE {working}""",
}
WORKING = "extract(isodow FROM epoch + day) < 6 AND epoch + day <> ALL (%(holidays)s::date[])"


@pytest.mark.parametrize("kind, most", [("habils", 60), ("days", 120), ("months", 18)])
def test_terms_end_where_a_query_over_days_ends(kind, most, driver, sql, holidays):
    draw = random.Random(kind)
    begins = [at for at in instants(1600, kind) if at < seconds(2053)]
    amounts = [draw.randint(1, most) for _ in begins]
    assert len(begins) > 1400
    rows = sql(f"""
        SELECT (extract(epoch FROM (epoch + last + 1)::timestamp AT TIME ZONE 'Europe/Madrid') * 1000000)::bigint::text
        FROM unnest(%(begins)s::bigint[], %(amounts)s::integer[]) WITH ORDINALITY AS asked (at, n, place),
             LATERAL (SELECT date '1970-01-01' AS epoch) AS beginning,
             LATERAL (SELECT (to_timestamp(at) AT TIME ZONE 'Europe/Madrid')::date - epoch AS began) AS local,
             LATERAL ({TERMS[kind].format(working=WORKING)}) AS term (last)
        ORDER BY place""", begins=begins, amounts=amounts, holidays=holidays)
    questions = [f"due {kind} {n} {at * MICROSECOND}" for at, n in zip(begins, amounts)]
    assert driver("calendar", [",".join(holidays), *questions]) == [due for due, in rows]


def test_office_time_is_what_a_query_over_minutes_counts(driver, sql, holidays):
    """Windows of two weeks, most of them over a shift of the zone, Christmas, or an end of the summer, when only Fridays have an
    afternoon."""
    begins = [begin - begin % 60 for begin in instants(20, 3)]
    begins += [seconds(year) + day * 86400 for year in (2019, 2026, 2044) for day in (80, 160, 255, 290, 350)]
    rows = sql("""
        SELECT begin, (SELECT count(*) * 60000000
                       FROM generate_series(to_timestamp(begin), to_timestamp(begin + 14 * 86400 - 60), '1 minute') AS minute,
                            LATERAL (SELECT minute AT TIME ZONE 'Europe/Madrid' AS shown) AS wall
                       WHERE extract(isodow FROM shown) < 6 AND shown::date <> ALL (%(holidays)s::date[])
                         AND (shown::time >= '08:00' AND shown::time < '14:00' OR shown::time >= '15:00' AND shown::time < '17:30'
                              AND (to_char(shown, 'MMDD') NOT BETWEEN '0616' AND '0915' OR extract(isodow FROM shown) = 5)))
        FROM unnest(%(begins)s::bigint[]) WITH ORDINALITY AS asked (begin, n) ORDER BY n""",
               holidays=holidays, begins=begins)
    questions = [f"open {begin * MICROSECOND} {(begin + 14 * 86400) * MICROSECOND}" for begin, _ in rows]
    assert driver("calendar", [",".join(holidays), *questions]) == [str(counted) for _, counted in rows]


def test_the_seed_has_the_holidays_that_date_holidays_knows(node):
    with (ROOT / "schema/seed/holidays-catalonia.csv").open(encoding="utf-8") as lines:
        ours = {row["date"] for row in csv.DictReader(lines) if row["scope"] == "catalunya" and row["listed"] == "1"}
    years = sorted({day[:4] for day in ours})
    assert years == ["2024", "2025", "2026", "2027", "2028"]
    theirs = {day for line in node("holidays.mjs", years) for day in line.split(",")}
    assert DIVERGES <= theirs
    # An order names no Sundays.
    weekdays = {day for day in theirs - DIVERGES if datetime.date.fromisoformat(day).weekday() != 6}
    assert ours == weekdays
