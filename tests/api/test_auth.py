"""Access: logging in and out, tokens of integrations, who one is, what is refused, and that refusals tell nothing."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import time
import urllib.parse

import pytest
from oamtest.client import CLIENTS, PRINCIPALS, TOWN, Api, basic

ME, SESSION, TOKEN = "/api/v1/me", "/api/v1/session", "/api/v1/oauth/token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SCOPES = ["requests:read", "requests:write", "requests:import", "events:read", "directory:read", "webhooks:manage"]
addresses = iter(range(1, 1 << 20))


def elsewhere():
    """Headers of a client behind our proxy that nobody has heard of: its failures are nobody else's."""
    number = next(addresses)
    return {"X-Forwarded-For": f"198.51.{number >> 8}.{number & 255}"}


def log_in(api, login, password, **how):
    return api.post(SESSION, role=None, json={"login": login, "password": password},
                    headers={**elsewhere(), **how.pop("headers", {})}, **how)


def ask_token(api, headers=None, **form):
    return api.post(TOKEN, role=None, data=urllib.parse.urlencode(form), headers={**FORM, **elsewhere(), **(headers or {})})


def cookie_of(answer):
    return re.match(r"(?:__Host-)?oam_session=([^;]*)", answer.headers["Set-Cookie"])[1]


def with_cookie(cookie, **more):
    return {"Cookie": f"oam_session={cookie}", **more}


def claims_of(token):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def part(document):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


# ---- sessions

def test_session__gives_a_cookie_and_a_token_for_the_same_person(api):
    login = PRINCIPALS["local_user"]
    answer = log_in(api, login, api.secret(login))
    assert answer.status_code == 200
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 600)
    assert given["me"]["login"] == login
    assert answer.headers["Cache-Control"] == "no-store"
    assert api.get(ME, token=given["access_token"]).json() == given["me"]
    assert api.get(ME, role=None, headers=with_cookie(cookie_of(answer))).json() == given["me"]


def test_session__cookie_is_kept_from_scripts_and_other_sites(api):
    login = PRINCIPALS["signer"]
    cookie = log_in(api, login, api.secret(login)).headers["Set-Cookie"]
    assert re.fullmatch(r"oam_session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=28800", cookie)


def test_session__behind_tls_the_cookie_is_secure_and_bound_to_the_host(new_server, contract):
    api = Api(new_server(OAM_PUBLIC_URL="https://oam.example"), contract)
    answer = log_in(api, "operator", api.secret("operator"))
    assert re.fullmatch(r"__Host-oam_session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=28800; Secure",
                        answer.headers["Set-Cookie"])
    assert api.get(ME, role=None, headers={"Cookie": f"__Host-oam_session={cookie_of(answer)}"}).status_code == 200
    assert api.get(ME, role=None, headers=with_cookie(cookie_of(answer))).status_code == 401
    assert api.get("/.well-known/oauth-authorization-server", role=None).json()["issuer"] == "https://oam.example"


def test_session__login_is_taken_in_capitals(api):
    assert log_in(api, "OPERATOR", api.secret("operator")).status_code == 200


@pytest.mark.parametrize("body, pointers", [
    ({}, {"/login", "/password"}),
    ({"login": "", "password": ""}, {"/login", "/password"}),
    ({"login": "operator"}, {"/password"}),
    ({"login": "x" * 101, "password": "x" * 201}, {"/login", "/password"}),
    ({"login": 7, "password": ["x"]}, {"/login", "/password"}),
    ({"login": "operator", "password": "x", "role": "admin"}, {"/role"}),
    ({"login": "a\u0000b", "password": "x"}, None),
])
def test_session__tells_every_fault_of_the_form_at_once(api, body, pointers):
    answer = api.post(SESSION, role=None, json=body, headers=elsewhere())
    if pointers is None:
        assert answer.status_code in (400, 422)
    else:
        assert answer.status_code == 422
        assert {error["pointer"] for error in answer.json()["errors"]} == pointers
    assert "Set-Cookie" not in answer.headers


def test_session__other_media_types_and_large_bodies_are_refused(api):
    text = json.dumps({"login": "operator", "password": "x"})
    assert api.post(SESSION, role=None, data=text, headers={"Content-Type": "text/plain"}).status_code == 415
    assert api.post(SESSION, role=None, data=urllib.parse.urlencode({"login": "operator"}), headers=FORM).status_code == 415
    assert api.post(SESSION, role=None, json={"login": "operator", "password": "x" * 20000}).status_code == 413
    assert api.post(SESSION, role=None, data="{", headers={"Content-Type": "application/json"}).status_code == 400


# ---- no enumeration

def faceless(answer):
    """All that an answer says, without what names this one exchange."""
    body = {name: value for name, value in answer.json().items() if name not in ("instance", "trace_id")}
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "request-id")}
    return answer.status_code, body, headers


def test_login__every_failure_looks_the_same(api, server):
    server.database.sql("INSERT INTO user_account (login, name, password_hash, active) "
                        "SELECT 'gone', 'Gone', password_hash, false FROM user_account WHERE login = 'operator'")
    refusals = [log_in(api, login, password) for login, password in (
        ("operator", "wrong"), ("nobody.at.all", "wrong"), ("gone", api.secret("operator")), ("gone", "wrong"),
        ("nobody", api.secret("admin")),  # an account without a role
        ("operator' OR '1'='1", "x"), ("../../etc/passwd", "x"), ("operator", "x" * 200), ("Õperator", "ŝ"))]
    assert refusals[0].status_code == 401
    assert refusals[0].json()["code"] == "invalid_credentials"
    for refusal in refusals[1:]:
        assert faceless(refusal) == faceless(refusals[0])


def test_login__known_and_unknown_logins_take_as_long(api, server):
    """In the server's processor time, which others on the machine change little: hashing is 20 ms and more of it."""
    def worked(logins):
        before = processor_seconds(server)
        for n, login in enumerate(logins):
            log_in(api, login, f"wrong {n}")
        return processor_seconds(server) - before

    known = worked([PRINCIPALS[role] for role in ("technician", "unit_head", "supervisor")] * 7)
    unknown = worked([f"no{n}" for n in range(21)])
    assert known > 0.2 and 0.4 < known / unknown < 2.5


def processor_seconds(server):
    """Of the process and all of its threads."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---- the throttle

@pytest.fixture
def strict(new_server, contract):
    return Api(new_server(OAM_LOGIN_ATTEMPTS="3"), contract)


def test_throttle__a_guessed_login_is_closed_even_to_who_knows_the_password(strict):
    for n in range(3):
        assert log_in(strict, "operator", f"guess {n}").status_code == 401
    refused = log_in(strict, "operator", strict.secret("operator"))
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    assert log_in(strict, "supervisor", strict.secret("supervisor")).status_code == 200
    for n in range(3):
        assert log_in(strict, "no.such.login", f"guess {n}").status_code == 401
    assert log_in(strict, "no.such.login", "x").status_code == 429


def test_throttle__a_guessing_address_is_closed_and_others_are_not(strict):
    here = {"X-Forwarded-For": "203.0.113.7"}
    for n in range(3):
        assert log_in(strict, f"guess{n}", "x", headers=here).status_code == 401
    assert log_in(strict, "operator", strict.secret("operator"), headers=here).status_code == 429
    # What the client itself writes in front of our proxy's entry moves nothing.
    assert log_in(strict, "operator", strict.secret("operator"),
                  headers={"X-Forwarded-For": "1.2.3.4, 203.0.113.7"}).status_code == 429
    assert log_in(strict, "operator", strict.secret("operator")).status_code == 200


def test_throttle__outlives_the_process(strict):
    for n in range(3):
        assert log_in(strict, "operator", f"guess {n}").status_code == 401
    strict.server.stop()
    strict.server.start()
    assert log_in(strict, "operator", strict.secret("operator")).status_code == 429


def test_throttle__wrong_secrets_close_the_token_endpoint_to_guesses_from_their_address(strict):
    here = {"X-Forwarded-For": "203.0.113.8"}
    client = PRINCIPALS["integration"]
    secret = strict.secret(client)
    asked = {"grant_type": "client_credentials", "client_id": client}
    for _ in range(3):
        assert ask_token(strict, here, client_secret="oam_live_wrong", **asked).status_code == 401
    refused = ask_token(strict, here, client_secret="oam_live_wrong", **asked)
    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    somebody_else = {"grant_type": "client_credentials", "client_id": "no-such-client"}
    assert ask_token(strict, here, client_secret=secret, **somebody_else).status_code == 429
    # One neighbour with an old secret must not shut out the others behind the same address: nobody guesses 256 bits.
    assert ask_token(strict, here, client_secret=secret, **asked).status_code == 200
    assert ask_token(strict, client_secret=secret, **asked).status_code == 200
    assert ask_token(strict, here, client_secret="oam_live_wrong", **asked).status_code == 429


# ---- the end of a session

def test_logout__ends_the_session_and_every_token_of_it(api):
    login = PRINCIPALS["technician"]
    answer = log_in(api, login, api.secret(login))
    token, cookie = answer.json()["access_token"], cookie_of(answer)
    assert api.get(ME, token=token).status_code == 200
    gone = api.delete(SESSION, token=token)
    assert gone.status_code == 204
    assert "Max-Age=0" in gone.headers["Set-Cookie"]
    assert api.get(ME, token=token).status_code == 401
    assert api.get(ME, role=None, headers=with_cookie(cookie)).status_code == 401
    assert api.delete(SESSION, token=token).status_code == 401
    assert api.get(ME, role="technician").status_code == 200


def test_logout__by_cookie_needs_to_come_from_our_own_pages(api, server):
    login = PRINCIPALS["technician"]
    cookie = cookie_of(log_in(api, login, api.secret(login)))
    for foreign in ({}, {"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert api.delete(SESSION, role=None, headers=with_cookie(cookie, **foreign)).status_code == 403
    assert api.get(ME, role=None, headers=with_cookie(cookie)).status_code == 200
    assert api.delete(SESSION, role=None, headers=with_cookie(cookie, **{"Sec-Fetch-Site": "same-origin"})).status_code == 204
    assert api.get(ME, role=None, headers=with_cookie(cookie)).status_code == 401


def test_logout__of_an_integration_gives_back_that_token_only(api):
    first, second = api.client_token(), api.client_token()
    assert api.delete(SESSION, token=first).status_code == 204
    assert api.get(ME, token=first).status_code == 401
    assert api.get(ME, token=second).status_code == 200


# ---- tokens of integrations

def test_token__by_form_and_by_basic(api):
    client = PRINCIPALS["integration"]
    by_form = ask_token(api, grant_type="client_credentials", client_id=client, client_secret=api.secret(client))
    by_basic = ask_token(api, {"Authorization": basic(client, api.secret(client))}, grant_type="client_credentials")
    for answer in (by_form, by_basic):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        given = answer.json()
        assert (given["token_type"], given["expires_in"]) == ("Bearer", 600)
        assert given["scope"].split() == SCOPES
        assert api.get(ME, token=given["access_token"]).json()["client_id"] == client


def test_token__scope_is_narrowed_and_never_widened(api):
    client = PRINCIPALS["requests_only"]
    asked = {"grant_type": "client_credentials", "client_id": client, "client_secret": api.secret(client)}
    assert ask_token(api, **asked).json()["scope"] == "requests:read"
    full = {**asked, "client_id": PRINCIPALS["integration"]}
    narrow = ask_token(api, scope="events:read directory:read", **full).json()
    assert narrow["scope"] == "events:read directory:read"
    assert api.get(ME, token=narrow["access_token"]).json()["scopes"] == ["events:read", "directory:read"]
    assert api.get("/api/v1/requests", token=narrow["access_token"]).status_code == 403
    for scope in ("requests:write", "requests:read requests:write", "admin", "requests:read  events:read", " requests:read"):
        refused = ask_token(api, scope=scope, **asked)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("form, error", [
    ("", "invalid_request"),
    ("client_id=demo-integration", "invalid_request"),
    ("grant_type=", "invalid_request"),
    ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
    ("grant_type=client_credentials&client_id=a&client_id=b&client_secret=c", "invalid_request"),
    ("grant_type=%ff", "invalid_request"),
    ("grant_type=password&username=operator&password=x", "unsupported_grant_type"),
    ("grant_type=refresh_token&refresh_token=x", "unsupported_grant_type"),
    ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
])
def test_token__faults_of_the_form_have_the_words_of_the_rfc(api, form, error):
    answer = api.post(TOKEN, role=None, data=form, headers={**FORM, **elsewhere()})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("application/json")


def test_token__credentials_go_in_one_place(api):
    client = PRINCIPALS["integration"]
    twice = ask_token(api, {"Authorization": basic(client, api.secret(client))}, grant_type="client_credentials",
                      client_id=client, client_secret=api.secret(client))
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


def test_token__a_wrong_secret_and_an_unknown_client_look_the_same(api):
    client, secret = PRINCIPALS["integration"], api.secret("demo-integration")
    tries = [{"client_id": client, "client_secret": "oam_live_wrong"}, {"client_id": "nobody", "client_secret": secret},
             {"client_id": client, "client_secret": secret + "x"}, {"client_id": client, "client_secret": secret[:-1]},
             {"client_id": client, "client_secret": ""}, {"client_id": client}, {"client_secret": secret}, {},
             {"client_id": "operator", "client_secret": api.secret("operator")},
             {"client_id": "' OR '1'='1", "client_secret": secret}]
    refusals = [ask_token(api, grant_type="client_credentials", **form) for form in tries]
    refusals += [ask_token(api, {"Authorization": value}, grant_type="client_credentials") for value in (
        basic(client, "wrong"), basic("nobody", secret), "Basic ", "Basic !!!!", "Basic YQ==", "Bearer x", "Digest x")]
    for refusal in refusals:
        assert (refusal.status_code, refusal.json()["error"]) == (401, "invalid_client")
        assert refusal.json() == refusals[0].json()
        assert refusal.headers["WWW-Authenticate"].startswith("Basic ")


def test_token__a_secret_is_no_password_and_a_password_no_secret(api):
    assert log_in(api, PRINCIPALS["integration"], api.secret("demo-integration")).status_code == 401


# ---- who I am

@pytest.mark.parametrize("role", sorted(PRINCIPALS))
def test_me__tells_each_one_what_it_is_and_may_do(api, role):
    answer = api.get(ME, role=role)
    assert answer.status_code == 200
    me = answer.json()
    is_client = role in CLIENTS
    assert me["kind"] == ("client" if is_client else "user")
    assert (me["login"], me["client_id"]) == ((None, PRINCIPALS[role]) if is_client else (PRINCIPALS[role], None))
    body_side = me["role"] in ("local_user", "signer", "comptroller")
    assert ("notes:read" in me["permissions"]) == (not is_client and not body_side)
    assert ("requests:edit" in me["permissions"]) == (body_side or "requests:write" in me["scopes"])
    assert is_client or me["scopes"] == []
    if body_side:
        assert me["bodies"] == ([TOWN] if role in ("local_user", "signer_a", "comptroller") else ["0811150006"])
    if me["role"] == "agent":
        assert len(me["comarques"]) >= 1


def test_me__nobody_is_told_to_say_who_they_are(api):
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": ""}, {"Cookie": "oam_session="},
                    {"Cookie": "other=1"}, {"Authorization": "Bearer"}):
        refused = api.get(ME, role=None, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


# ---- forged tokens over HTTP (the whole table, with a real key, is in tests/unit/test_token.c)

def forgeries(good, public_keys):
    head, payload, signature = good.split(".")
    header, claims = claims_of(good)
    for algorithm in ("none", "None", "nOnE", "HS256", "RS256", "ES384", ""):
        yield algorithm, f"{part({**header, 'alg': algorithm})}.{payload}.{signature}"
        yield f"{algorithm} unsigned", f"{part({**header, 'alg': algorithm})}.{payload}."
    hs256 = f"{part({**header, 'alg': 'HS256'})}.{payload}"
    for key in (public_keys, b"", json.dumps(json.loads(public_keys)["keys"][0]).encode()):
        yield "HMAC with what is public", f"{hs256}.{part(hmac.digest(key, hs256.encode(), hashlib.sha256))}"
    for name, value in (("jku", "http://127.0.0.1:1/jwks"), ("jwk", json.loads(public_keys)["keys"][0]), ("crit", ["b64"]),
                        ("b64", False), ("kid", "../../dev/null"), ("kid", "' OR 1=1 --"), ("typ", "at+jwt"), ("kid", "A" * 43)):
        yield name, f"{part({**header, name: value})}.{payload}.{signature}"
    for name, value in (("role", "admin"), ("sub", "user:1"), ("exp", claims["exp"] + 3600), ("scope", "requests:write")):
        yield name, f"{head}.{part({**claims, name: value})}.{signature}"
    for shape in (f"{head}.{payload}", f"{head}.{payload}.", f"{good}.", f"{good}.x.y", f"{good}=", good[:-1], good + "A",
                  good.swapcase(), f"{head}.{payload}.{'A' * 86}", "x", "..", "null", "A" * 3000):
        yield "shape", shape


def test_forged__tokens_open_nothing(api):
    keys = api.get("/.well-known/jwks.json", role=None).content
    for role in ("local_user", "integration"):
        for what, token in forgeries(api.token(role), keys):
            for path in (ME, "/api/v1/requests", "/api/v1/events"):
                refused = api.get(path, token=token)
                assert refused.status_code == 401, (what, path)
                assert refused.json()["code"] == "unauthenticated"


def test_forged__cookies_open_nothing(api):
    for cookie in ("", "x", "A" * 43, "A" * 42, "A" * 44, "../" * 14 + "x", api.token("operator")):
        assert api.get(ME, role=None, headers=with_cookie(cookie)).status_code == 401


# ---- two processes on one database, known by one address

ADDRESS = "http://oam.test"


def test_expired__token_is_refused_and_told_so(new_server, contract, tmp_path):
    clock = tmp_path / "now"
    clock.write_text(str(int((time.time() - 3600) * 1e6)))
    past = new_server(OAM_PUBLIC_URL=ADDRESS, OAM_TEST_CLOCK=str(clock))
    present = Api(new_server(past.database, OAM_PUBLIC_URL=ADDRESS), contract)
    token = Api(past, contract).login("operator")
    refused = present.get(ME, token=token, headers={"Accept-Language": "en"})
    assert refused.status_code == 401
    assert "expired" in refused.json()["detail"]
    # Until then it was good in both.
    clock.write_text(str(int(time.time() * 1e6)))
    assert present.get(ME, token=Api(past, contract).login("operator")).status_code == 200


def test_deactivated__account_and_changed_password_end_what_was_given(new_server, contract):
    one = new_server(OAM_PUBLIC_URL=ADDRESS)
    other = Api(new_server(one.database, OAM_PUBLIC_URL=ADDRESS), contract)
    tokens = {login: Api(one, contract).login(login) for login in ("operator", "supervisor", "admin")}
    one.database.sql("UPDATE user_account SET active = false WHERE login = 'operator'")
    one.database.sql("UPDATE user_account SET password_hash = NULL WHERE login = 'supervisor'")
    # This process has not seen them: one that has finds out within half a minute (tests/store/test_service_auth.c).
    assert {login: other.get(ME, token=token).status_code for login, token in tokens.items()} == {
        "operator": 401, "supervisor": 401, "admin": 200}


def test_rotated__keys_are_shared(new_server, contract):
    one = new_server(OAM_PUBLIC_URL=ADDRESS)
    other = new_server(one.database, OAM_PUBLIC_URL=ADDRESS)
    keys = [Api(server, contract).get("/.well-known/jwks.json", role=None).json() for server in (one, other)]
    assert keys[0] == keys[1]
    assert Api(other, contract).get(ME, token=Api(one, contract).login("operator")).status_code == 200


# ---- documents

def test_jwks__verifies_what_we_sign(api):
    keys = api.get("/.well-known/jwks.json", role=None).json()["keys"]
    header, claims = claims_of(api.token("operator"))
    assert header == {"alg": "ES256", "typ": "JWT", "kid": header["kid"]}
    key = next(key for key in keys if key["kid"] == header["kid"])
    # RFC 7638: the name of a key follows from the key.
    thumbprint = hashlib.sha256(json.dumps({name: key[name] for name in ("crv", "kty", "x", "y")},
                                           separators=(",", ":")).encode()).digest()
    assert part(thumbprint) == key["kid"]
    assert claims["iss"] == claims["aud"] == api.get("/.well-known/oauth-authorization-server", role=None).json()["issuer"]
    assert claims["exp"] - claims["iat"] == 600
    assert abs(claims["iat"] - time.time()) < 700


def test_metadata__names_where_tokens_are_given(api):
    told = api.get("/.well-known/oauth-authorization-server", role=None).json()
    assert told["token_endpoint"] == told["issuer"] + TOKEN
    assert told["scopes_supported"] == SCOPES
