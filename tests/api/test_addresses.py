"""Where one is written to: nothing goes to an address before its owner has shown that they read it, and nobody learns of another's."""
import concurrent.futures
import re
import time

import pytest
from oamtest.client import Api
from oamtest.waiting import eventually
from test_mail import ask, box, controller, desk  # noqa: F401 (fixtures)

PATH, CONFIRM = "/api/v1/me/address", "/api/v1/me/address:confirm"
MINE = "alcaldia@aguilar.example.cat"


def read(api, role="local_user"):
    answer = api.get(PATH, role=role)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store", answer
    return answer.json()


def give(api, address=MINE, status=202, role="local_user", language="ca"):
    answer = api.request("PUT", PATH, role=role, json={"address": address}, headers={"Accept-Language": language})
    assert answer.status_code == status, answer
    return answer


def confirm(api, code, status=200, role="local_user"):
    answer = api.post(CONFIRM, role=role, json={"code": code})
    assert answer.status_code == status, answer
    return answer.json()


def code_of(letter):
    return re.search(r"\b(\d{4} \d{4})\b", letter.get_content()).group(1)


def letters(desk, count, to=MINE):
    return eventually(lambda: len(desk.box.parsed(to)) == count and desk.box.parsed(to))


def test_an_address__is_written_to_once_its_owner_has_shown_that_they_read_it(desk):
    assert read(desk) == {"address": None, "pending": None}
    pending = give(desk).json()["pending"]
    assert pending["address"] == MINE and pending["tries_left"] == 5
    letter = letters(desk, 1)[0]
    assert letter["To"] == MINE and letter["Subject"] == "Confirmeu la vostra adreça" and letter["Message-ID"].startswith("<address.")
    ask(desk)
    time.sleep(1)
    assert len(desk.box.letters) == 1, "no notification before the code has come back"
    assert confirm(desk, code_of(letter).replace(" ", "-")) == {"address": MINE, "pending": None} == read(desk)
    ref = ask(desk)
    assert letters(desk, 2)[1]["Subject"] == f"{ref}: Pendent"
    confirm(desk, code_of(letter), status=409)
    # Another one: the first stays until the second is shown to be read, and what nobody wants any more is gone.
    give(desk, "nova@aguilar.example.cat")
    assert read(desk)["address"] == MINE and read(desk)["pending"]["address"] == "nova@aguilar.example.cat"
    confirm(desk, code_of(letters(desk, 1, "nova@aguilar.example.cat")[0]))
    assert read(desk) == {"address": "nova@aguilar.example.cat", "pending": None}
    assert desk.delete(PATH, role="local_user").status_code == 204 and read(desk) == {"address": None, "pending": None}
    give(desk)
    late = code_of(letters(desk, 3)[2])
    assert desk.delete(PATH, role="local_user").status_code == 204
    confirm(desk, late, status=409)


@pytest.mark.parametrize("language, subject, word", [("ca", "Confirmeu la vostra adreça", "vint-i-quatre hores"), ("es", "Confirme su dirección", "veinticuatro horas"),
                                                     ("en", "Confirm your address", "twenty-four hours")])
def test_the_letter__is_in_the_language_it_was_asked_for_in(desk, language, subject, word):
    give(desk, language=language)
    letter = letters(desk, 1)[0]
    assert letter["Subject"] == subject and letter["Content-Language"] == language and word in letter.get_content() and MINE in letter.get_content()


def test_a_code__is_tried_five_times_and_is_its_persons_only(desk):
    give(desk)
    code = code_of(letters(desk, 1)[0])
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08d}"
    confirm(desk, code, status=409, role="comptroller")
    for left in (4, 3, 2, 1):
        problem = confirm(desk, wrong, status=422)
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/code", "wrong_code")]
        assert read(desk)["pending"]["tries_left"] == left
    confirm(desk, code + "0", status=422)
    confirm(desk, code, status=409)
    assert read(desk)["address"] is None
    # A new letter has another code, and the old one is none.
    give(desk)
    again = code_of(letters(desk, 2)[1])
    assert again != code
    confirm(desk, code, status=422)
    assert confirm(desk, again)["address"] == MINE


def test_guesses_at_once__count_each(desk):
    give(desk)
    code = code_of(letters(desk, 1)[0])
    desk.token("local_user")
    with concurrent.futures.ThreadPoolExecutor(8) as people:
        told = [people.submit(lambda: desk.post(CONFIRM, role="local_user", json={"code": "00000000"}).status_code) for _ in range(12)]
        assert sorted(answer.result() for answer in told) == [409] * 7 + [422] * 5 or code == "0000 0000"


def test_a_code__holds_for_a_day(desk):
    give(desk)
    code = code_of(letters(desk, 1)[0])
    desk.database.sql("UPDATE address_change SET asked_at = asked_at - interval '24 hours 1 second'")
    assert read(desk) == {"address": None, "pending": None}
    confirm(desk, code, status=409)


def test_letters__are_three_an_hour_for_a_person_and_five_a_day_for_an_address(desk):
    victim = "victima@exemple.cat"
    for number in range(3):
        give(desk, victim)
        letters(desk, number + 1, victim)
    refused = give(desk, "altra@exemple.cat", status=429)
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600 and read(desk)["pending"]["address"] == victim
    desk.database.sql("UPDATE address_asked SET at = at - interval '61 minutes'")
    give(desk, "altra@exemple.cat")
    # From the sixth on nothing leaves, in whatever letters it is written, and whoever asks is told the same.
    told = [give(desk, spelt, role=role).json()["pending"] for role, spelt in
            (("comptroller", "Victima@exemple.cat"), ("signer_a", victim), ("signer", victim), ("operator", victim))]
    assert all(set(pending) == {"address", "expires_at", "tries_left"} and pending["tries_left"] == 5 for pending in told)
    eventually(lambda: len(desk.box.parsed("altra@exemple.cat")) == 1)
    time.sleep(1)
    assert len(desk.box.parsed(victim)) + len(desk.box.parsed("Victima@exemple.cat")) == 5


def test_nobody__learns_whose_an_address_is(desk):
    """What somebody has already is answered like what nobody has; of others one reads nothing; an integration has none."""
    desk.database.sql("UPDATE user_account SET email = %s WHERE login = 'signer.malla'", MINE)
    taken, free = give(desk, MINE).json(), give(desk, "ningu@example.cat", role="comptroller").json()
    assert taken["address"] is None is free["address"] and set(taken["pending"]) == set(free["pending"])
    assert read(desk, "operator") == {"address": None, "pending": None}
    for method, path, body in (("GET", PATH, None), ("PUT", PATH, {"address": MINE}), ("DELETE", PATH, None), ("POST", CONFIRM, {"code": "1"})):
        assert desk.request(method, path, role="integration", json=body).status_code == 403
    for address in ("nobody", "a b@c.cat", "a@b", "a@b.cat\r\nBcc: c@d.cat", "x" * 250 + "@example.cat", ""):
        problem = give(desk, address, status=422).json()
        assert [error["pointer"] for error in problem["errors"]] == ["/address"], problem


def test_a_letter__that_is_refused_is_tried_again_and_holds_up_nobody(desk):
    desk.box.refused.add(MINE)
    give(desk)
    eventually(lambda: desk.box.tries[MINE] == 1)
    give(desk, "viu@aguilar.example.cat", role="comptroller")
    letters(desk, 1, "viu@aguilar.example.cat")
    desk.box.refused.clear()
    desk.database.sql("UPDATE address_change SET wake = now() WHERE wake IS NOT NULL")
    confirm(desk, code_of(letters(desk, 1)[0]))
    # After the eighth nobody tries any more.
    desk.box.refused.add("mai@example.cat")
    give(desk, "mai@example.cat")
    eventually(lambda: desk.box.tries["mai@example.cat"] == 1)
    desk.database.sql("UPDATE address_change SET wake = now(), lease = 7 WHERE wake IS NOT NULL")
    eventually(lambda: desk.box.tries["mai@example.cat"] == 2)
    assert eventually(lambda: desk.database.sql("SELECT 1 FROM address_change WHERE lease = 8 AND wake IS NULL"))


def test_another_process__sends_what_was_asked_here(desk, new_server, contract):
    """One that has no mail server of its own takes the wish, and the code that came from the other one is right here."""
    other = Api(new_server(database=desk.database), contract)
    give(other)
    assert confirm(other, code_of(letters(desk, 1)[0])) == {"address": MINE, "pending": None} == read(desk)


def test_a_code__is_nowhere_but_in_its_letter(desk):
    give(desk)
    code = code_of(letters(desk, 1)[0]).replace(" ", "")
    rows = desk.database.sql("SELECT c::text FROM address_change c UNION ALL SELECT a::text FROM address_asked a")
    assert rows and not any(code in text for text, in rows) and code not in desk.server.log() and MINE not in desk.server.log()
