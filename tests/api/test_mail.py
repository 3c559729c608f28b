"""Electronic notifications leave by e-mail through a real SMTP server: what they say and to whom, what becomes of those it refuses, and that a
letter that is sent again after a crash is known by its Message-ID."""
import asyncio
import collections
import copy
import email
import email.policy
import socket
import threading
import time

import pytest
from oamtest.client import TOWN, Api, new_key
from oamtest.database import oamd
from oamtest.procedure import DOCUMENT, publish, text
from oamtest.waiting import eventually

controller = pytest.importorskip("aiosmtpd.controller")


class Box:
    """What an SMTP server does with what it gets: keeps it, refuses it, or hangs, by recipient."""

    def __init__(self):
        self.letters, self.tries = [], collections.Counter()
        self.refused, self.slow, self.busy = set(), set(), set()
        self.lock = threading.Lock()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def open(self):
        self.server = controller.Controller(self, hostname="127.0.0.1", port=self.port)
        self.server.start()

    def close(self):
        if self.server:
            self.server.stop()
        self.server = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        with self.lock:
            self.tries[address] += 1
        if address in self.slow:
            await asyncio.sleep(6)
        if address in self.refused:
            return "550 5.1.1 nobody of that name"
        if address in self.busy:
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            self.letters.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 Message accepted"

    def parsed(self, to=None):
        found = [email.message_from_bytes(content, policy=email.policy.default) for _, rcpt, content in list(self.letters) if not to or rcpt == [to]]
        return found


@pytest.fixture
def box():
    made = Box()
    with socket.socket() as free: # the controller looks for itself at the port that it was given
        free.bind(("127.0.0.1", 0))
        made.port = free.getsockname()[1]
    made.open()
    yield made
    made.close()


HALF = {"ca": "Ha passat la meitat del termini", "es": "Ha pasado la mitad del plazo", "en": "Half of the time has passed"}


def electronic():
    """The procedure of oamtest.procedure, whose questions go out by e-mail."""
    document = copy.deepcopy(DOCUMENT)
    document["version"] = 91
    document["roles"]["signer"] = {"label": text("Signatari"), "from": "applicant_entity", "team": "signer", "scope": "entity"}
    document["states"]["open"]["after"][0] |= {"label": HALF, "do": [{"fx": "notify", "to": "applicant", "electronic": True}]}
    document["states"]["open"]["states"]["waiting"]["entry"] = [{"fx": "notify", "to": "applicant", "electronic": True}]
    document["states"]["open"]["states"]["working"]["on"]["remind"] = [
        {"role": ["agent", "operator"], "internal": True, "do": [{"fx": "notify", "to": "signer", "electronic": True}]}]
    return document


@pytest.fixture
def desk(new_server, contract, box):
    server = new_server(OAM_SMTP_URL=box.url, OAM_MAIL_FROM="oam@oam.example.cat")
    api = Api(server, contract)
    api.database, api.box = server.database, box
    publish(server.database, electronic())
    eventually(lambda: api.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 91)
    return api


def address(desk, login, email, language="ca"):
    desk.database.sql("UPDATE user_account SET email = %s, language = %s WHERE login = %s", email, language, login)


def ask(desk, title="Llicència «d'obres» a la plaça", event="ask"):
    made = desk.post("/api/v1/requests", role="local_user", headers={"Idempotency-Key": new_key()},
                     json={"service": "OAM-GEN", "body": TOWN, "title": title, "submit": True}).json()["ref"]
    done = desk.act(made, event, {"question": "?"} if event == "ask" else {}, role="agent")
    assert done.status_code == 200, done
    return made


def test_letter__is_in_the_language_of_its_reader(desk):
    address(desk, "local.aguilar-de-segarra", "alcaldia@aguilar.example.cat")
    address(desk, "comptroller.aguilar-de-segarra", "intervencion@aguilar.example.cat", "es")
    address(desk, "local.malla", "malla@malla.example.cat")
    ref = ask(desk)
    eventually(lambda: len(desk.box.letters) == 2)
    catalan, = desk.box.parsed("alcaldia@aguilar.example.cat")
    assert catalan["Subject"] == f"{ref}: Pendent" and catalan["From"] == "oam@oam.example.cat" and catalan["To"] == "alcaldia@aguilar.example.cat"
    assert catalan.get_content().replace("\r\n", "\n") == (f"La sol·licitud «Llicència «d'obres» a la plaça» ({ref}) és ara en l'estat «Pendent».\n\n-- \n"
                                     "Missatge automàtic de l'OAM: no el respongueu.\n")
    spanish, = desk.box.parsed("intervencion@aguilar.example.cat")
    assert spanish["Content-Language"] == "es" and "está ahora en el estado «Pendent»" in spanish.get_content()
    assert catalan["Auto-Submitted"] == "auto-generated" and catalan["Date"].datetime.year >= 2026
    assert catalan["Message-ID"].startswith(f"<{ref}.") and catalan["Message-ID"].endswith("@oam.example.cat>")
    assert catalan["Message-ID"] != spanish["Message-ID"]
    assert eventually(lambda: desk.database.sql("SELECT kind, count(*), min(answer ->> 'answer') FROM effect WHERE kind = 'email' GROUP BY 1") ==
                      [("email", 2, "250")])
    assert {sender for sender, _, _ in desk.box.letters} == {"oam@oam.example.cat"}


@pytest.mark.parametrize("reason, words", [("gone", "ha respondido que ya no existe (410)"), ("failing", "Hace días que no llega nada")])
def test_letter__tells_whom_a_webhook_names_that_it_is_disabled(desk, reason, words):
    hook = desk.post("/api/v1/webhooks?lang=es", role="integration", headers={"Idempotency-Key": new_key()},
                     json={"url": "https://hooks.example.cat/secret-path?token=secret", "contact": "sistemes@exemple.cat"}).json()
    desk.database.sql("INSERT INTO webhook_notice (webhook_id, reason, since, at, wake) SELECT id, %s, now(), now(), now() FROM webhook", reason)
    eventually(lambda: desk.box.letters)
    letter, = desk.box.parsed("sistemes@exemple.cat")
    text = letter.get_content()
    assert letter["Subject"] == "Un webhook suyo se ha desactivado" and letter["Message-ID"].startswith(f"<webhook.{hook['id']}.")
    assert words in text and "https://hooks.example.cat," in text.replace(" ha respondido", ",").replace(", y no", ",") and hook["id"] in text and "secret" not in text
    assert eventually(lambda: desk.database.sql("SELECT wake, lease FROM webhook_notice") == [(None, 1)])


def test_letter__of_a_timer_says_what_it_is_called(desk):
    address(desk, "local.aguilar-de-segarra", "alcaldia@aguilar.example.cat")
    address(desk, "comptroller.aguilar-de-segarra", "intervencion@aguilar.example.cat", "es")
    ref = desk.post("/api/v1/requests", role="local_user", headers={"Idempotency-Key": new_key()},
                    json={"service": "OAM-GEN", "body": TOWN, "title": "Gual", "submit": True}).json()["ref"]
    desk.database.sql("UPDATE request_timer SET due = now(), wake = now() WHERE timer = 'half'")
    eventually(lambda: len(desk.box.letters) == 2)
    (catalan,), (spanish,) = desk.box.parsed("alcaldia@aguilar.example.cat"), desk.box.parsed("intervencion@aguilar.example.cat")
    assert catalan["Subject"] == f"{ref}: {HALF['ca']}" and spanish["Subject"] == f"{ref}: {HALF['es']}"
    assert catalan.get_content().startswith(f"{HALF['ca']}. Us recordem que la sol·licitud «Gual» ({ref}) continua")
    assert spanish.get_content().startswith(f"{HALF['es']}. ") and f"«Gual» ({ref})" in spanish.get_content()


def test_letter__to_the_role_that_it_is_for(desk):
    """To signers only; to the body's own address when nobody of them has one; inside only when nobody has any."""
    address(desk, "local.aguilar-de-segarra", "alcaldia@aguilar.example.cat")
    ask(desk, event="remind")
    eventually(lambda: desk.database.one("SELECT count(*) FROM notification WHERE role = 'signer'") == 1)
    desk.database.sql("UPDATE body SET email = 'bustia@aguilar.example.cat' WHERE code = %s", TOWN)
    ask(desk, event="remind")
    eventually(lambda: len(desk.box.letters) == 1)
    address(desk, "signer.aguilar-de-segarra", "secretaria@aguilar.example.cat")
    ask(desk, event="remind")
    eventually(lambda: len(desk.box.letters) == 2)
    assert [rcpt for _, (rcpt,), _ in desk.box.letters] == ["bustia@aguilar.example.cat", "secretaria@aguilar.example.cat"]
    assert len(desk.get("/api/v1/notifications", role="signer_a").json()["items"]) == 3, "inside all of them are told"


def test_header__cannot_be_forged(desk):
    """Whatever a title holds, there is one Subject and no other header of it."""
    address(desk, "local.aguilar-de-segarra", "alcaldia@aguilar.example.cat")
    desk.database.sql("UPDATE workflow_definition SET document = document")
    ref = ask(desk, title="x =?UTF-8?B?QmNjOiBldmls?= ñ" + "ç" * 120)
    desk.database.sql("UPDATE request SET title = E'a\\r\\nBcc: evil@example.cat\\r\\n\\r\\nhola' WHERE ref = %s", ref)
    letter = eventually(lambda: desk.box.parsed())[0]
    raw = desk.box.letters[0][2].split(b"\r\n\r\n")[0]
    assert letter["Bcc"] is None and len(letter.get_all("Subject")) == 1
    assert all(len(line) <= 78 for line in raw.split(b"\r\n")) and all(byte < 128 for byte in raw)
    for statement in ("UPDATE user_account SET email = E'a@b.cat\\r\\nBcc: c@d.cat'", "UPDATE user_account SET email = 'a b@c.cat'"):
        with pytest.raises(Exception, match="user_account_email"):
            desk.database.sql(statement)


def test_refused__waits_longer_and_longer_and_holds_up_nobody(desk):
    address(desk, "local.aguilar-de-segarra", "ningu@aguilar.example.cat")
    address(desk, "comptroller.aguilar-de-segarra", "viu@aguilar.example.cat")
    desk.box.refused.add("ningu@aguilar.example.cat")
    begin = time.monotonic()
    ask(desk)
    eventually(lambda: desk.box.parsed("viu@aguilar.example.cat"))
    assert time.monotonic() - begin < 5
    row = eventually(lambda: desk.database.sql("SELECT tries, last_error, wake > now() - interval '1 s', wake < now() + interval '6 s' FROM outbox "
                                               "WHERE kind = 'email' AND last_error IS NOT NULL"))[0]
    assert row[0] >= 1 and "550" in row[1] and row[2:] == (True, True)
    # Eleven more, without waiting for them: then a person is asked, who gives another address.
    desk.database.sql("UPDATE outbox SET tries = 11, wake = now() WHERE kind = 'email'")
    incident = eventually(lambda: desk.get("/api/v1/incidents", role="supervisor").json()["items"])[0]
    assert incident["subject"] == "email" and incident["tries"] == 12 and "550" in incident["error"]
    path = f"/api/v1/incidents/{incident['id']}/decision"
    proposed = desk.post(path, role="supervisor", headers={"Idempotency-Key": new_key(), "If-Match": '"v1"'},
                         json={"decision": "propose", "reason": "Ha canviat d'adreça",
                               "payload": {**incident["payload"], "address": "nou@aguilar.example.cat"}})
    assert proposed.status_code == 200, proposed
    taken = desk.post(path, role="admin", headers={"Idempotency-Key": new_key(), "If-Match": proposed.etag}, json={"decision": "patch"})
    assert taken.status_code == 200, taken
    letter = eventually(lambda: desk.box.parsed("nou@aguilar.example.cat"))[0]
    key = desk.database.one("SELECT seq || '.' || ordinal FROM effect WHERE kind = 'email' AND payload ? 'address'")
    assert letter["Message-ID"] == f"<{incident['ref']}.{key}@oam.example.cat>", "the same letter"


def test_hanging_receiver__holds_up_nobody(desk):
    address(desk, "local.aguilar-de-segarra", "lent@aguilar.example.cat")
    desk.box.slow.add("lent@aguilar.example.cat")
    ask(desk)
    eventually(lambda: desk.box.tries["lent@aguilar.example.cat"] == 1)
    address(desk, "local.aguilar-de-segarra", "rapid@aguilar.example.cat")
    begin = time.monotonic()
    ask(desk)
    eventually(lambda: desk.box.parsed("rapid@aguilar.example.cat"))
    assert time.monotonic() - begin < 4 and not desk.box.parsed("lent@aguilar.example.cat")
    eventually(lambda: desk.box.parsed("lent@aguilar.example.cat"), 12)


def test_killed__in_the_middle_sends_again_under_the_same_key(desk):
    """At least once, and who receives it twice can tell: nothing is lost, and each key is one letter."""
    address(desk, "local.aguilar-de-segarra", "alcaldia@aguilar.example.cat")
    refs = []
    for round_ in range(4):
        refs += [ask(desk, title=f"Carta {round_} {n}") for n in range(3)]
        time.sleep(0.05 * round_)
        desk.server.kill()
        desk.server.start()
    # Whoever died held some for a minute: here it is over at once.
    def settled():
        desk.database.sql("UPDATE outbox SET wake = now() WHERE kind = 'email' AND wake > now() + interval '10 s'")
        return desk.database.one("SELECT count(*) FROM outbox") == 0
    eventually(settled, 30)
    keys = collections.defaultdict(set)
    for letter in desk.box.parsed():
        keys[letter["Message-ID"]].add(letter.get_content())
    assert all(len(contents) == 1 for contents in keys.values())
    assert sorted(key[1:].split(".")[0] for key in keys) == sorted(refs)
    assert desk.database.one("SELECT count(*) FROM effect WHERE kind = 'email'") == len(refs)
    print(f"{len(refs)} letters, {len(desk.box.letters) - len(keys)} of them sent twice")


def test_server_down__is_tried_again(desk):
    address(desk, "local.aguilar-de-segarra", "alcaldia@aguilar.example.cat")
    desk.box.close()
    ask(desk)
    eventually(lambda: desk.database.sql("SELECT 1 FROM outbox WHERE kind = 'email' AND last_error IS NOT NULL"))
    desk.box.open()
    eventually(lambda: desk.box.parsed("alcaldia@aguilar.example.cat"), 30)


@pytest.mark.parametrize("settings, complaint", [
    ({"OAM_SMTP_URL": "http://mail.example.cat", "OAM_MAIL_FROM": "oam@example.cat"}, "OAM_SMTP_URL is no such URL"),
    ({"OAM_SMTP_URL": "smtp://"}, "OAM_SMTP_URL is no such URL"),
    ({"OAM_SMTP_URL": "smtp://mail.example.cat"}, "OAM_MAIL_FROM is ``; OAM_SMTP_URL needs an address"),
    ({"OAM_SMTP_URL": "smtp://mail.example.cat", "OAM_MAIL_FROM": "a@b.cat\r\nBcc: c@d.cat"}, "OAM_MAIL_FROM is `"),
])
def test_settings__are_checked(template, settings, complaint):
    done = oamd("check-config", check=False, environment={"OAM_DATABASE_URL": "postgresql:///x", "OAM_SECRET_FILE": str(template.secret), **settings})
    assert done.returncode != 0 and complaint in done.stderr, done
