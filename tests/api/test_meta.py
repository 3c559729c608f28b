"""What the service says of itself: alive, ready, measured, described."""
import os
import pathlib
import re
import signal
import time

import psycopg2
import pytest
import yaml

from oamtest.client import Api

SOURCE = pathlib.Path(os.environ.get("OAM_SOURCE", pathlib.Path(__file__).parents[2]))
KINDS = re.findall(r'^ERROR_KIND\(([A-Z_]+), ([0-9]+), "([a-z-]+)"', (SOURCE / "api/base/error_kinds.def").read_text(), re.M)
PUBLIC = ["/livez", "/readyz", "/metrics", "/api/v1/openapi.json", "/problems/not-found", "/.well-known/api-catalog"]


@pytest.mark.parametrize("path", PUBLIC)
def test_meta__is_open_to_everybody(api, path):
    assert api.get(path, role=None).status_code == 200


@pytest.mark.parametrize("path", PUBLIC)
def test_meta__refuses_unknown_parameters(api, path):
    answer = api.get(f"{path}?verbose=1", role=None)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "verbose"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health__says_ok(api, path):
    answer = api.get(path, role=None)
    assert (answer.text, answer.headers["Content-Type"].split(";")[0]) == ("ok\n", "text/plain")


def ready_within(own, status, seconds):
    """The first answer of /readyz with that status."""
    until = time.monotonic() + seconds
    while True:
        answer = own.get("/readyz", role=None, timeout=5)
        assert answer.seconds < 1, "readiness waits for nothing"
        if answer.status_code == status:
            return answer
        assert time.monotonic() < until, answer
        time.sleep(0.05)


def test_readyz__holds_from_the_first_request_on(new_server, contract):
    """A relay that takes its time is no reason to be called unready: the start has just heard of PostgreSQL."""
    server = new_server(OAM_RELAY_MS="1000")
    for _ in range(5):
        assert Api(server, contract).get("/readyz", role=None).status_code == 200
        server.stop()
        server.start()


def test_readyz__says_so_while_the_server_drains(new_server, contract):
    server = new_server(OAM_DRAIN_NOTICE_MS="2000")
    own = Api(server, contract)
    assert own.get("/readyz", role=None).status_code == 200
    server.signal(signal.SIGTERM)
    answer = ready_within(own, 503, 2)
    assert answer.json()["code"] == "unavailable"
    assert "aturant" in answer.json()["detail"]
    assert own.get("/livez", role=None).status_code == 200
    assert server.process.wait(20) == 0


def test_readyz__goes_and_comes_with_the_database(new_server, contract):
    server = new_server()
    own = Api(server, contract)
    admin = psycopg2.connect(server.database.server)
    admin.autocommit = True
    name = server.database.name
    with admin.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    answer = ready_within(own, 503, 10)
    assert "base de dades" in answer.json()["detail"]
    assert own.get("/livez", role=None).status_code == 200
    assert own.get("/problems/unavailable", role=None).status_code == 200
    with admin.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    admin.close()
    ready_within(own, 200, 10)


def test_metrics__name_no_body_person_or_request(api):
    api.get("/api/v1/bodies/0800180001")
    api.get("/api/v1/agents/agent.baix-llobregat.1")
    text = api.get("/metrics", role=None).text
    assert "0800180001" not in text
    assert "agent." not in text


# ---- documents

def test_openapi__is_the_contract(api):
    answer = api.get("/api/v1/openapi.json", role=None)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == yaml.safe_load((SOURCE / "api/openapi.yaml").read_text())


def test_openapi__answers_304_to_its_etag(api):
    etag = api.get("/api/v1/openapi.json", role=None).headers["ETag"]
    assert etag.startswith('"')
    again = api.get("/api/v1/openapi.json", role=None, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_api_catalog__links_to_what_is_there(api):
    answer = api.get("/.well-known/api-catalog", role=None)
    assert answer.headers["Content-Type"].split(";")[0] == "application/linkset+json"
    for context in answer.json()["linkset"]:
        base = context.pop("anchor").removesuffix("/api/v1")
        targets = [target for relation in context.values() for target in relation]
        assert targets
        for target in targets:
            linked = api.get(target["href"].removeprefix(base), role=None)
            assert linked.status_code == 200
            assert linked.headers["Content-Type"].split(";")[0] == target["type"]


# ---- problem types

@pytest.mark.parametrize("name, status, slug", KINDS)
def test_problem_type__explains_every_kind_in_every_language(api, name, status, slug):
    told = []
    for language in ("ca", "es", "en"):
        answer = api.get(f"/problems/{slug}", role=None, headers={"Accept": "application/json", "Accept-Language": language})
        page = answer.json()
        assert (page["type"], page["status"], page["code"]) == (f"/problems/{slug}", int(status), slug.replace("-", "_"))
        assert page["description"] != page["title"]
        assert answer.headers["Content-Language"] == language
        told.append(page["description"])
    assert len(set(told)) == 3


@pytest.mark.parametrize("accept, media_type", [
    (None, "text/html"), ("*/*", "text/html"), ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
    ("application/json", "application/json"), ("application/json, text/html;q=0.9", "application/json"),
    ("application/json;q=0.5, text/html", "text/html"), ("application/*", "application/json"),
    ("text/*;q=0.2, application/json;q=0.3", "application/json"), ("APPLICATION/JSON", "application/json"),
    ("nonsense", "text/html")])
def test_problem_type__is_a_page_unless_json_is_preferred(api, accept, media_type):
    answer = api.get("/problems/not-found", role=None, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    assert "Accept" in [name.strip() for name in answer.headers["Vary"].split(",")]


def test_problem_type__of_a_real_problem_is_its_page(api):
    problem = api.get("/api/v1/bodies/0000000000").json()
    page = api.get(problem["type"], role=None, headers={"Accept": "application/json"}).json()
    assert (page["title"], page["code"], page["status"]) == (problem["title"], problem["code"], problem["status"])


def test_problem_type__page_runs_no_script(api):
    answer = api.get("/problems/invalid?lang=en", role=None)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.text.startswith("<!doctype html>")
    assert '<html lang="en">' in answer.text


@pytest.mark.parametrize("slug", ["none", "nope", "Not-Found", "not_found"])
def test_problem_type__an_unknown_slug_is_a_404(api, slug):
    assert api.get(f"/problems/{slug}", role=None).status_code == 404
