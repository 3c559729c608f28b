"""Signatures beside the library of the standard: what it signs is believed by oam_webhook_verify, what it refuses is not. What oamd signs is judged
by it in tests/api/test_webhook_sending.py."""
import base64
import json
import random
import time

TEXTS = ["", "{}", '{"test": 2432232314}', '{"títol": "Llicència «d\'obres» 日本 \\u0000"}', "a" * 55, "a" * 56, "a" * 63, "a" * 64, "a" * 65, "x" * 100_000]


def messages(chance):
    for size in (24, 25, 31, 32, 48, 63, 64):
        secret = "whsec_" + base64.b64encode(bytes(chance.randrange(256) for _ in range(size))).decode()
        for body in TEXTS:
            yield {"secret": secret, "id": f"msg_{chance.randrange(10**12)}", "timestamp": str(int(time.time()) - chance.randrange(200)), "body": body,
                   "now": int(time.time())}


def spoiled(chance, message):
    """One thing of it is another."""
    what = chance.choice(["id", "timestamp", "signature", "body", "secret"])
    if what == "timestamp":
        return {**message, what: str(int(message[what]) - 1)}
    if what == "secret":
        return {**message, what: "whsec_" + base64.b64encode(bytes(chance.randrange(256) for _ in range(32))).decode()}
    if what == "signature":
        place = chance.randrange(3, 40)
        other = chance.choice([c for c in "ABab01+/" if c != message[what][place]])
        return {**message, what: message[what][:place] + other + message[what][place + 1:]}
    return {**message, what: message[what] + "x"}


def test_what_the_standards_library_signs__is_believed_and_nothing_else(node, driver):
    chance = random.Random(20261122)
    sent = list(messages(chance))
    signatures = node("standardwebhooks.mjs", [json.dumps({**message, "do": "sign"}) for message in sent])
    good = [{**message, "signature": signature} for message, signature in zip(sent, signatures, strict=True)]
    bad = [spoiled(chance, message) for message in good for _ in range(5)]
    for cases, expected in ((good, "ok"), (bad, "webhook_signature")):
        lines = [json.dumps(case) for case in cases]
        assert set(driver("webhook", lines)) == {expected}
        theirs = node("standardwebhooks.mjs", [json.dumps({**case, "do": "verify"}) for case in cases])
        # The library also reads the body as JSON, which some are not; what it says of the signature comes first.
        assert {told == "No matching signature found" for told in theirs} == {expected != "ok"}


def test_what_is_old__is_neither_believed_by_them_nor_by_us(node, driver):
    message = {"secret": "whsec_" + base64.b64encode(bytes(32)).decode(), "id": "msg_1", "timestamp": str(int(time.time()) - 400), "body": "{}", "now": int(time.time())}
    signed = {**message, "signature": node("standardwebhooks.mjs", [json.dumps({**message, "do": "sign"})])[0]}
    assert driver("webhook", [json.dumps(signed)]) == ["webhook_stale"]
    assert node("standardwebhooks.mjs", [json.dumps({**signed, "do": "verify"})]) == ["Message timestamp too old"]
