"""schema/snapshot.sql says what the migrations make of nothing."""
import pathlib
import subprocess

from conftest import SCHEMA, SERVER, dsn


def test_snapshot__is_what_the_migrations_make(template):
    script = pathlib.Path(__file__).with_name("snapshot.sh")
    made = subprocess.run(["bash", script, dsn(template)], check=True, capture_output=True, text=True).stdout
    kept = (SCHEMA / "snapshot.sql").read_text()
    assert made == kept, f"accept it with: tests/sql/snapshot.sh URL > schema/snapshot.sql (server {SERVER})"
