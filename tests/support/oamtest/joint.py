"""A server with a procedure in which several bodies take part, and people of three towns and of a county council that acts for two."""
import copy
import json
import pathlib

from oamtest.client import LIKE, PRINCIPALS, TOWN, Api, new_key
from oamtest.database import SOURCE
from oamtest.procedure import publish
from oamtest.server import Server
from oamtest.waiting import until

THIRD_TOWN, FOURTH_TOWN = "0801930008", "0800180001"
SERVICE = "GOV-01"
PEOPLE = """
INSERT INTO user_account (login, name, password_hash)
SELECT new.login, new.login, old.password_hash
FROM (VALUES ('signer.third'), ('council'), ('council.staff')) AS new (login)
CROSS JOIN (SELECT password_hash FROM user_account WHERE login = 'signer.malla') old;
INSERT INTO membership (user_id, role, body_id)
SELECT u.id, m.role, b.id
FROM (VALUES ('signer.third', 'signer', '0801930008'), ('council', 'signer', '0811150006'), ('council', 'signer', '0801930008'),
             ('council.staff', 'local_user', '0811150006'), ('council.staff', 'local_user', '0801930008')) AS m (login, role, body)
JOIN user_account u USING (login) JOIN body b ON b.code = m.body;
UPDATE service SET joint_request = true WHERE code = 'GOV-01';
"""
LOGINS = {"signer_c": "signer.third", "council": "council", "council_staff": "council.staff"}


def procedure(name):
    """A procedure of the tests or, once it is there, of the product."""
    for folder in ("workflow/definitions", "tests/workflow/procedures"):
        path = pathlib.Path(SOURCE) / folder / f"{name}.json"
        if path.exists():
            document = json.loads(path.read_text())
            if "clocks" in document:
                return document
    raise FileNotFoundError(name)


def anew(document, version=90):
    """The same procedure as a later version: whoever files from now on follows it."""
    document = copy.deepcopy(document)
    document["version"] = version
    return document


class Desk(Api):
    """An Api with its own database, where joint requests are filed and answered."""

    def __init__(self, template, contract, people=PEOPLE, logins=None, **settings):
        super().__init__(Server(template, template.clone(), **settings), contract)
        self.template, self.database = template, self.server.database
        PRINCIPALS.update(logins or LOGINS)
        LIKE.update({login: "signer.malla" for login in LOGINS.values()})
        self.database.sql(people)

    def publish(self, document):
        publish(self.database, document)
        assert until(lambda: self.get(f"/api/v1/workflows/{document['key']}", role="operator").json().get("version") == document["version"])

    def verify(self):
        self.server.verify()

    def joint(self, *others, submit=True, role="local_user", **more):
        return self.file(role, service=SERVICE, title="Pla conjunt de mobilitat", submit=submit,
                         data={"participants": [TOWN, *others]}, **more)

    def members(self, ref, role="local_user"):
        answer = self.get(f"/api/v1/requests/{ref}/members", role=role)
        assert answer.status_code == 200, answer
        return {member["body"]: member["state"] and member["state"]["key"] for member in answer.json()["items"]}

    def answer(self, ref, event, role, body=None, version=None, key=None):
        """What a body answers; of whoever acts for several, it says which."""
        if version is None:
            version = self.get(f"/api/v1/requests/{ref}", role=role).json()["version"]
        return self.post(f"/api/v1/requests/{ref}/transitions", role=role, json={"event": event, **({"body": body} if body else {})},
                         headers={"If-Match": f'"v{version}-ca"', "Idempotency-Key": key or new_key()})

    def invite(self, ref, body, role="local_user", version=None):
        if version is None:
            version = self.get(f"/api/v1/requests/{ref}", role=role).json()["version"]
        return self.post(f"/api/v1/requests/{ref}/members", role=role, json={"body": body},
                         headers={"If-Match": f'"v{version}-ca"', "Idempotency-Key": new_key()})

    def close(self):
        self.server.close()
        self.database.drop()

