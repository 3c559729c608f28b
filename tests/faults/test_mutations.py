"""A guard that nobody misses is none: each row-level policy is opened in turn, and the tenancy tests must turn red."""
import os
import subprocess
import sys

import pytest
from oamtest.database import SOURCE

POLICIES = [("request", "request_owner"), ("request", "request_scope"), ("request_event", "request_event_owner"),
            ("request_event", "request_event_scope"), ("event_feed", "event_feed_worker"), ("event_feed", "event_feed_scope"),
            ("comment", "comment_scope"), ("request_body", "request_body_scope"), ("idempotency_key", "idempotency_key_scope"), ("request_timer", "request_timer_system"),
            ("request_clock", "request_clock_system"), ("outbox", "outbox_system"), ("effect", "effect_staff"),
            ("notification", "notification_scope"), ("incident", "incident_staff"),
            ("clock_recount", "clock_recount_system"), ("notification_read", "notification_read_own"),
            ("address_change", "address_change_own"), ("webhook", "webhook_scope"), ("webhook_delivery", "webhook_delivery_scope"),
            *((table, f"{table}_{what}") for table in ("action", "action_unit", "action_share", "milestone", "amount") for what in ("scope", "added")),
            *((table, f"{table}_changed") for table in ("action", "action_unit", "action_share", "milestone")),
            ("stock_hold", "stock_hold_scope"), ("stock_movement", "stock_movement_scope"),
            ("open311_report", "open311_report_scope"), ("open311_update", "open311_update_own"), ("api_client", "api_client_scope"), ("api_client_change", "api_client_change_scope")]
SUITES = ("tests/sql/test_tenancy.py", "tests/api/test_tenancy.py")


def test_the_list__has_every_policy(fault_template):
    database = fault_template.clone()
    try:
        told = database.sql("SELECT tablename, policyname, roles::text FROM pg_policies WHERE schemaname = 'oam'")
        # Doors are open already, to the owner alone, whose functions are the only ones to write.
        assert {roles for _, name, roles in told if name.endswith("_doors")} == {"{oam_owner}"}
        assert {(table, name) for table, name, _ in told if not name.endswith("_doors")} == set(POLICIES)
    finally:
        database.drop()


@pytest.mark.deep
@pytest.mark.parametrize("table, policy", POLICIES)
def test_an_open_policy__is_noticed(table, policy):
    """OAM_TEST_MUTATION is run on every database that those suites clone."""
    clause = "WITH CHECK" if policy.endswith("_added") else "USING"
    environment = {**os.environ, "OAM_TEST_MUTATION": f"ALTER POLICY {policy} ON oam.{table} {clause} (true)", "OAM_DEEP": "0"}
    outcomes = []
    for suite in SUITES:
        if 1 not in outcomes:
            done = subprocess.run([sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", str(SOURCE / suite)], env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
            outcomes.append(done.returncode)
    assert 1 in outcomes, f"{policy} could be opened and no test noticed"
