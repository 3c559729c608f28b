"""Runs last: a route or a status that the contract documents and no test of a full run has hit is a failure."""
import pytest


def test_every_route_and_documented_status__was_hit(contract, request):
    files = {item.path.name for item in request.session.items}
    if len(files) < 8 or request.config.getoption("-k"):
        pytest.skip("only a full run can tell")
    missed = sorted(contract.statuses() - contract.hits)
    told = len(contract.statuses())
    print(f"{told - len(missed)} of {told} documented statuses were hit")
    assert not missed, missed
