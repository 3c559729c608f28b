"""Open311 as others wrote it: the public validator, the published JSON Schemas, FixMyStreet's own client. None of them is in this tree: where its
folder is not named, or what it runs on is not installed, a test skips itself and says so (open311/README.md)."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from oamtest.client import TOWN, Api
from oamtest.waiting import eventually

HERE = pathlib.Path(__file__).parent / "open311"
PUBLISHED = ["ESP-03", "OAM-GEN"]


def folder_of(variable, what):
    named = os.environ.get(variable)
    if not named or not (pathlib.Path(named) / what).exists():
        pytest.skip(f"{variable} names no folder with {what}")
    return pathlib.Path(named)


def needs(command, *arguments):
    if not shutil.which(command) or subprocess.run([command, *arguments], capture_output=True, check=False).returncode:
        pytest.skip(f"{command} {' '.join(arguments)}: not installed")


@pytest.fixture(scope="module")
def api(server, contract):
    """Aguilar de Segarra publishes two services, and its system has a key, `api.key`."""
    api = Api(server, contract)
    settings = {"services": PUBLISHED, "contact": "suport@exemple.cat", "publishes_texts": False}
    assert api.request("PUT", f"/api/v1/open311/{TOWN}", role="admin", json=settings).status_code == 204
    eventually(lambda: api.get("/open311/v2/services.json", role=None, check=False).status_code == 200)
    api.key = api.request("PUT", f"/api/v1/open311/{TOWN}/keys/town-system", role="admin").json()["api_key"]
    yield api
    api.delete(f"/api/v1/open311/{TOWN}", role="admin")
    eventually(lambda: api.get("/open311/v2/services.json", role=None, check=False).status_code == 404)


# ---- the validator

# It holds a media type against a text without its charset, which the specification demands.
AGAINST_THE_SPECIFICATION = ["discovery.json should be mime type application/json", "discovery.xml should be mime type text/xml"]


def test_the_public_validator__finds_all_rules_but_two_that_contradict_the_specification(api):
    folder = folder_of("OAM_OPEN311_VALIDATOR", "lib/validate_311.rb")
    needs("ruby", "-e", "require 'httparty'; require 'rspec/expectations'")
    done = subprocess.run(["ruby", "-I.", "-Ilib", "-r", HERE / "preload.rb", "bin/open311-validate", "-p", "true", "-j", TOWN,
                           "-u", f"{api.server.url}/open311/v2/discovery"], cwd=folder, text=True, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    rules = re.findall(r"^ {4}(.{71})(PASSED|FAILED)", done.stdout, re.M)
    failed = sorted(name.strip() for name, outcome in rules if outcome == "FAILED")
    assert len(rules) == 22 and failed == AGAINST_THE_SPECIFICATION, done.stdout


# ---- the JSON Schemas

@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """judged([(schema, answer), …]) -> what ajv has against each."""
    folder = folder_of("OAM_OPEN311_SCHEMAS", "requests.json")
    needs("npm", "--version")
    work = tmp_path_factory.mktemp("ajv")
    for name in ("package.json", "package-lock.json", "schemas.mjs"):
        shutil.copy(HERE / name, work)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=work, text=True, capture_output=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"npm could not install ajv: {done.stderr[-300:]}")

    def judge(documents):
        lines = "".join(f"{schema} {json.dumps(document)}\n" for schema, document in documents)
        return subprocess.run(["node", "schemas.mjs", folder], cwd=work, input=lines, text=True, capture_output=True, check=True, timeout=60).stdout.splitlines()
    return judge


def test_the_published_schemas__hold_for_every_answer(api, judged):
    web = api.file("local_user", description="x" * 9000)["ref"]
    closed = api.file("local_user")["ref"]
    api.act(closed, "withdraw", role="local_user")
    filed = api.post("/open311/v2/requests.json", role=None, headers={"Content-Type": "application/x-www-form-urlencoded"},
                     data=f"api_key={api.key}&service_code=OAM-GEN&lat=41.7&long=1.6&media_url=https://exemple.cat/1.jpeg&description=Llum").json()
    ref = filed[0]["service_request_id"]
    documents = []
    for schema, path, wanted in (("services", "services", 2), ("service-definition", "services/ESP-03", 1), ("service-definition", "services/OAM-GEN", 1),
                                 ("requests", "requests", 3), ("requests", f"requests?service_request_id={web},{closed},{ref}", 3)):
        at, _, query = path.partition("?")
        for key in ("", f"&api_key={api.key}"):
            query_of = f"{query}{key if 'services' not in at else ''}".strip("&")
            answer = api.get(f"/open311/v2/{at}.json{'?' + query_of if query_of else ''}", role=None)
            assert answer.status_code == 200 and len(answer.json()) >= wanted, answer
            documents.append((schema, answer.json()))
    documents += [("service", service) for service in documents[0][1]] + [("request", request) for request in documents[-1][1]]
    assert judged(documents) == [""] * len(documents)
    # They do judge: a status of the extension, and a number for a text, are refused.
    broken = dict(documents[-1][1], status="fixed", service_request_id=1)
    told = judged([("request", broken), ("requests", [broken]), ("service", {"service_code": 1})])
    assert all(told) and "/status" in told[0] and "/0/service_request_id" in told[1]


# ---- FixMyStreet

@pytest.fixture(scope="module")
def told(api):
    """What FixMyStreet's client was told by us."""
    perllib = folder_of("OAM_FIXMYSTREET", "perllib/Open311.pm") / "perllib"
    needs("perl", "-MMoo", "-MMooX::Types::MooseLike::Base", "-MXML::Simple", "-MLWP::UserAgent", "-MDateTime::Format::W3CDTF", "-MPath::Tiny",
          "-MTry::Tiny", "-e", "1")
    done = subprocess.run(["perl", HERE / "fixmystreet.pl", perllib, f"{api.server.url}/open311/v2/", TOWN, api.key], text=True,
                          capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_fixmystreet__reads_what_is_published(api, told):
    assert [service["service_code"] for service in told["services"]["service"]] == PUBLISHED
    assert [service["metadata"] for service in told["services"]["service"]] == ["true", "false"]
    assert [attribute["code"] for attribute in told["definition"]["attributes"]] == api.get("/api/v1/services/ESP-03/form").json()["required"]


def test_fixmystreet__files_and_what_it_files_is_a_request(api, told):
    request = api.get(f"/api/v1/requests/{told['ref']}", role="operator").json()
    assert (request["title"], request["place"], request["phase"]) == ("Fanal trencat", "41.749501, 1.629004", "intake")
    assert request["description"] == "Fanal trencat\n\nNo fa llum des d'ahir & tot és <fosc>.\n\nhttps://bustia.exemple.cat/report/17\n"
    loan = api.get(f"/api/v1/requests/{told['loan']}", role="operator").json()
    assert loan["data"]["items"] == "Dues carpes" and loan["data"]["from"] == "2027-05-01"
    assert told["refused"] == 0 and "400" in told["refusal"] and "attribute[items]" in told["refusal"]


def test_fixmystreet__reads_its_reports_back(told):
    assert {request["service_request_id"]: request["status"] for request in told["requests"]} == {told["ref"]: "open", told["loan"]: "open"}


def test_fixmystreet__tells_and_is_told_what_happens(api, told):
    assert re.fullmatch("[0-9a-f-]{36}", told["update"]) and told["update_again"] == told["update"]
    assert [comment["text"] for comment in api.whole(f"/api/v1/requests/{told['ref']}/comments", role="operator")] == ["Encara és fosc"]
    mine = [update for update in told["all_updates"] if update["service_request_id"] == told["ref"]]
    assert [(update["update_id"], update["description"]) for update in mine] == [(told["update"], "Encara és fosc")]
    assert set(told["states"]) <= {"confirmed", "investigating", "fixed - council", "unable to fix", "not responsible", "in progress"}
    api.server.verify()
