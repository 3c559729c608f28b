"""Whose word is taken for the address of a caller."""
from oamtest.client import Api


def test_forwarded__a_claim_turns_no_throttle(new_server, contract):
    api = Api(new_server(OAM_PROXY="", OAM_LOGIN_ATTEMPTS="3"), contract)
    answers = [api.post("/api/v1/session", role=None, json={"login": f"nobody.{i}", "password": "wrong"},
                        headers={"X-Forwarded-For": f"203.0.113.{i}"}).status_code for i in range(5)]
    assert answers == [401, 401, 401, 429, 429]


def test_forwarded__our_proxy_is_believed(new_server, contract):
    api = Api(new_server(OAM_PROXY="127.0.0.0/8", OAM_LOGIN_ATTEMPTS="3"), contract)
    for i in range(5):
        answer = api.post("/api/v1/session", role=None, json={"login": f"nobody.{i}", "password": "wrong"},
                          headers={"X-Forwarded-For": f"198.51.100.9, 203.0.113.{i}"})
        assert answer.status_code == 401
    # What is no address is nobody's word: the peer itself is counted.
    answers = [api.post("/api/v1/session", role=None, json={"login": f"other.{i}", "password": "wrong"},
                        headers={"X-Forwarded-For": f"unknown-{i}"}).status_code for i in range(4)]
    assert answers == [401, 401, 401, 429]
