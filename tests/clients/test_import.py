"""oamctl import: through the API, by row, as often as one likes."""
import collections
import csv
import gzip
import json
import signal
import time

import pytest

from conftest import SAMPLE, SEED

STATES = {"accepted": "granted", "rejected": "denied", "Closed": "closed", "Cancelled": "cancelled", "Open": "in_progress",
          "Pending": "assigned", "Referred Out": "referred"}


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def town_of(source_id, towns=[]):
    """The documented hash, written a second time: FNV-1a of 64 bits modulo the population, in the order of the file."""
    if not towns:
        end = 0
        for town in rows_of(SEED / "municipalities.csv"):
            end += int(town["pop_2024"] or 0)
            towns.append((end, town["ens10"]))
    value = 0xCBF29CE484222325
    for byte in source_id.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    point = value % towns[-1][0]
    return next(code for end, code in towns if point < end)


def load(oamctl, path, *more, expect=0):
    return oamctl("import", path, "--map", SEED / "requests-service-map.csv", "--municipalities", SEED / "municipalities.csv",
                  "--json", *more, role="integration", expect=expect)


def renamed(path, tmp_path, prefix):
    """The sample under refs of its own, so that tests do not meet each other's rows."""
    copy = tmp_path / f"{prefix}.csv"
    copy.write_text(path.read_text().replace("SYN-", f"{prefix}-"))
    return copy


def test_every_row_is_loaded_or_refused_with_its_reason(oamctl, tmp_path):
    source = renamed(SAMPLE, tmp_path, "A")
    report_path = tmp_path / "report.json"
    summary = load(oamctl, source, "--report", report_path).json
    assert {key: summary[key] for key in ("rows", "loaded", "already", "rejected", "failed")} == {
        "rows": 60, "loaded": 59, "already": 0, "rejected": 1, "failed": 0}
    report = json.loads(report_path.read_text())
    assert report["reasons"] == {"closed_before_submitted": 1}
    assert [entry["external_ref"] for entry in report["rejections"]] == ["A-LA-009"]
    assert report["rejections"][0]["row"] == 43


def test_what_is_loaded_is_what_the_file_says(oamctl, tmp_path):
    source = renamed(SAMPLE, tmp_path, "B")
    load(oamctl, source)
    services = {(row["dataset"], row["source_service"]): row["service_code"] for row in rows_of(SEED / "requests-service-map.csv")}
    stored = {item["external_ref"]: item for item in oamctl("list", "--all", "--json", role="integration").json
              if (item["external_ref"] or "").startswith("B-")}
    expected = [row for row in rows_of(source) if row["source_id"] != "B-LA-009"]
    assert set(stored) == {row["source_id"] for row in expected}
    for row in expected:
        item = stored[row["source_id"]]
        assert item["synthetic"] is True
        assert item["body"] == town_of(row["source_id"])
        assert item["service"] == services[row["dataset"], row["service"]]
        assert item["state"] == STATES[row["status"]]
        assert item["title"] == (row["title"] or row["service"])
        assert item["submitted_at"].startswith(row["opened_at"])
        assert (item["supports"] or 0) == int(row["votes"] or 0)
        assert item["place"] == (row["area"] or None)
    counted = collections.Counter(item["state"] for item in stored.values())
    assert counted == collections.Counter(STATES[row["status"]] for row in expected)


def test_again_it_finds_everything_there(oamctl, tmp_path):
    source = renamed(SAMPLE, tmp_path, "C")
    assert load(oamctl, source).json["loaded"] == 59
    again = load(oamctl, source).json
    assert (again["loaded"], again["already"], again["rejected"]) == (0, 59, 1)
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    other_digest = load(oamctl, packed, "--concurrency", "1").json
    assert (other_digest["loaded"], other_digest["already"]) == (0, 59)
    assert load(oamctl, source, "--strict", expect=1).json["rejected"] == 1


def test_a_load_that_was_killed_is_resumed_without_doubles(oamctl, tmp_path):
    lines = SAMPLE.read_text().splitlines()
    flat = [line for line in lines if line.startswith("myla311") and "LA-009" not in line]
    source = tmp_path / "long.csv"
    source.write_text("\n".join([lines[0]] + [line.replace("SYN-", f"D{i}-") for i in range(80) for line in flat]) + "\n")
    state = tmp_path / "state"
    words = ("import", source, "--map", SEED / "requests-service-map.csv", "--municipalities", SEED / "municipalities.csv",
             "--state", state, "--json")
    first = oamctl.start(*words, role="integration")
    while first.poll() is None and (not state.exists() or len(state.read_text().splitlines()) < 4):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    done = oamctl(*words, role="integration").json
    assert done["loaded"] + done["already"] == len(flat) * 80 and done["already"] > 0 and done["failed"] == 0
    refs = [item["external_ref"] for item in oamctl("list", "--all", "--json=external_ref", role="integration").json]
    own = [ref for ref in refs if ref and ref.startswith("D") and "-LA-" in ref]
    assert len(own) == len(set(own)) == len(flat) * 80
    third = oamctl(*words, role="integration").json
    assert third["already"] == len(flat) * 80
    source.write_text(lines[0] + "\n" + flat[0] + "\n")
    assert "--state" in oamctl(*words, role="integration", expect=1).err


def test_a_load_that_is_interrupted_tells_how_far_it_came_and_goes_on(oamctl, tmp_path):
    lines = SAMPLE.read_text().splitlines()
    flat = [line for line in lines if line.startswith("myla311") and "LA-009" not in line]
    source, state = tmp_path / "long.csv", tmp_path / "state"
    source.write_text("\n".join([lines[0]] + [line.replace("SYN-", f"I{i}-") for i in range(80) for line in flat]) + "\n")
    words = ("import", source, "--map", SEED / "requests-service-map.csv", "--municipalities", SEED / "municipalities.csv",
             "--state", state, "--json")
    first = oamctl.start(*words, role="integration")
    while first.poll() is None and (not state.exists() or len(state.read_text().splitlines()) < 3):
        time.sleep(0.01)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    told = json.loads(out)
    assert first.returncode == 130 and "Finishing what is on its way" in err and "Run the same command again" in err
    assert 0 < told["loaded"] < len(flat) * 80 and told["loaded"] + told["failed"] == told["rows"]
    assert told["loaded"] == (len(state.read_text().splitlines()) - 1) * 100
    done = oamctl(*words, role="integration").json
    assert done["already"] == told["loaded"] and done["loaded"] == len(flat) * 80 - told["loaded"] and done["failed"] == 0


def test_a_rehearsal_sends_nothing(oamctl, tmp_path):
    source = renamed(SAMPLE, tmp_path, "E")
    done = load(oamctl, source, "--dry-run").json
    assert done["dry_run"] is True and done["loaded"] == 60
    assert oamctl("list", "--external-ref", "E-PAM-001", "--json", role="integration").json == []


def test_rows_that_cannot_be_mapped_are_refused_here(oamctl, tmp_path):
    source = tmp_path / "odd.csv"
    titles = SAMPLE.read_text().splitlines()[0]
    good = "myla311,F-{},2020-01-02T08:00:00,,,{},,{},,,en,Call,,,,,,,,"
    source.write_text("\n".join([titles, good.format(1, "Open", "Other"), good.format(2, "Lost", "Other"),
                                 good.format(3, "Open", "Nothing known"), "myla311,F-4,yesterday,,,Open,,Other,,,en,Call,,,,,,,,",
                                 "myla311,F-5,too,few", good.format("", "Open", "Other").replace("F-", "")]) + "\n")
    done = load(oamctl, source).json
    assert done["loaded"] == 1
    assert done["reasons"] == {"status_unmapped": 1, "service_unmapped": 1, "bad_time": 1, "wrong_field_count": 1,
                               "no_source_id": 1}


@pytest.mark.parametrize("content, hint", [(b"", "titles"), (b'dataset,source_id\n"open', "opened_at"),
                                           (b"\x1f\x8b\x08\x00broken", "titles")])
def test_a_file_that_is_none_is_said_to_be_one(oamctl, tmp_path, content, hint):
    source = tmp_path / "bad.csv"
    source.write_bytes(content)
    assert hint in load(oamctl, source, expect=1).err


def test_a_broken_quote_stops_at_its_line(oamctl, tmp_path):
    source = tmp_path / "quote.csv"
    source.write_text("\n".join(SAMPLE.read_text().splitlines()[:2]).replace("SYN-", "G-") + '\nmyla311,"G-x"y\n')
    assert "line 3" in load(oamctl, source, expect=1).err


def test_who_may_not_import_loads_nothing(oamctl, tmp_path):
    source = renamed(SAMPLE, tmp_path, "H")
    oamctl("import", source, "--map", SEED / "requests-service-map.csv", "--municipalities", SEED / "municipalities.csv",
           role="local_user", expect=None)
    assert oamctl("list", "--external-ref", "H-PAM-001", "--json", role="integration").json == []
