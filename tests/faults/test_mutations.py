"""A guard that nobody misses is none: each row-level policy is opened in turn, and the tenancy tests must turn red."""
import os
import subprocess
import sys

import pytest
from oamtest.database import SOURCE

POLICIES = [("request", "request_worker"), ("request", "request_scope"), ("request_event", "request_event_worker"),
            ("request_event", "request_event_scope"), ("event_feed", "event_feed_worker"), ("event_feed", "event_feed_scope"),
            ("comment", "comment_scope"), ("idempotency_key", "idempotency_key_scope")]
SUITES = ("tests/sql/test_tenancy.py", "tests/api/test_tenancy.py")


def test_the_list__has_every_policy(fault_template):
    database = fault_template.clone()
    try:
        assert set(database.sql("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'oam'")) == set(POLICIES)
    finally:
        database.drop()


@pytest.mark.deep
@pytest.mark.parametrize("table, policy", POLICIES)
def test_an_open_policy__is_noticed(table, policy):
    """OAM_TEST_MUTATION is run on every database that those suites clone."""
    environment = {**os.environ, "OAM_TEST_MUTATION": f"ALTER POLICY {policy} ON oam.{table} USING (true)", "OAM_DEEP": "0"}
    outcomes = []
    for suite in SUITES:
        if 1 not in outcomes:
            done = subprocess.run([sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", str(SOURCE / suite)], env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
            outcomes.append(done.returncode)
    assert 1 in outcomes, f"{policy} could be opened and no test noticed"
