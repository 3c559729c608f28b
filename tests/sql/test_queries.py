"""Every statement of schema/queries is valid, allowed to the role that runs it, and no more than one statement."""
import re

import psycopg2
import pytest

from conftest import SCHEMA, named_queries

QUERIES = [(path.name, name, statement) for path in sorted((SCHEMA / "queries").glob("*.sql"))
           for name, statement in named_queries(path).items()]


@pytest.fixture(scope="module")
def connections(template):
    from conftest import dsn
    app, owner = psycopg2.connect(dsn(template, "oam_app")), psycopg2.connect(dsn(template))
    with owner.cursor() as cursor:
        cursor.execute("SET ROLE oam_owner")
    owner.commit()
    yield {"app": app, "owner": owner}
    app.close()
    owner.close()


def test_queries__there_are_some():
    assert len(QUERIES) > 30
    assert len({name for _, name, _ in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize("file,name,statement", QUERIES, ids=[name for _, name, _ in QUERIES])
def test_query__prepares_and_plans_as_its_role(connections, file, name, statement):
    connection = connections["owner" if file in ("seed.sql", "holiday.sql") else "app"]
    with connection.cursor() as cursor:
        # A generic plan, since NULLs as constants would let the planner drop what it should check.
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE {name} AS {statement}")
        cursor.execute("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = %s", (name,))
        types = cursor.fetchone()[0]
        assert "unknown" not in types
        cursor.execute(f"EXPLAIN EXECUTE {name}" + ("(" + ", ".join(["NULL"] * len(types)) + ")" if types else ""))
        cursor.execute(f"DEALLOCATE {name}")
    connection.rollback()


def mapped_columns(mapper):
    """The columns that a mapper counts: its first enum, `REQUEST_BODY_ID` being body_id."""
    names = re.search(r"enum \{([^}]*)\}", mapper.read_text()).group(1)
    return [name.strip().removeprefix("REQUEST_").lower() for name in names.split(",") if name.strip()]


REQUEST_QUERIES = [(name, statement) for _, name, statement in QUERIES if re.match(r"request_(read|page)", name)]


@pytest.mark.parametrize("name,statement", REQUEST_QUERIES, ids=[name for name, _ in REQUEST_QUERIES])
def test_requests__come_in_the_columns_that_their_mapper_counts(connections, name, statement):
    with connections["app"].cursor() as cursor:
        cursor.execute(f"PREPARE {name} AS {statement}")
        cursor.execute("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = %s", (name,))
        cursor.execute(f"EXECUTE {name} (" + ", ".join(["NULL"] * cursor.fetchone()[0]) + ")")
        assert [column.name for column in cursor.description] == mapped_columns(SCHEMA.parent / "api/service/request_row.c")
    connections["app"].rollback()


@pytest.mark.parametrize("name", ["absence_requests", "timer_due"])
def test_what_is_mapped_and_more__has_the_more_behind(connections, name):
    statement = next(statement for _, own, statement in QUERIES if own == name)
    mapped = mapped_columns(SCHEMA.parent / "api/service/request_row.c")
    with connections["app"].cursor() as cursor:
        cursor.execute(f"PREPARE {name} AS {statement}")
        cursor.execute("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = %s", (name,))
        cursor.execute(f"EXECUTE {name} (" + ", ".join(["NULL"] * cursor.fetchone()[0]) + ")")
        names = [column.name for column in cursor.description]
        cursor.execute(f"DEALLOCATE {name}")
    connections["app"].rollback()
    assert names[:len(mapped)] == mapped and len(names) > len(mapped)
