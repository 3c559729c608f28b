"""/metrics under traffic of every kind, read by Prometheus' own parser for Python and held to what promtool's lint holds a page to.

promtool itself comes only with the whole of Prometheus, 115 MB of packages and a daemon, which is too much for one check."""
import math
import re

import pytest

parser = pytest.importorskip("prometheus_client.parser", reason="python3-prometheus-client is not installed")

SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[0-9]+(?:\.[0-9]+)?)')
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
ABBREVIATED = {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"}
NO_BASE_UNIT = {"milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "weeks", "kilobytes", "megabytes", "bits", "percent"}


@pytest.fixture(scope="module")
def page(all_tokens):
    """After requests of every class, long-polls, what no route matches, and labels that would break out of their quotes."""
    api = all_tokens
    ref = api.file(role="local_user")["ref"]
    for path in ("/livez", "/metrics", "/api/v1/requests", f"/api/v1/requests/{ref}", f"/api/v1/requests/{ref}/status",
                 "/api/v1/requests/OAM-2026-999999", '/"}', "/%7B%22%5C%0A", "/api/v1/requests?zz=1"):
        api.get(path, check=False)
    api.request("BREW", "/api/v1/requests", check=False)
    api.get("/api/v1/me", role=None)
    answer = api.get("/metrics", role=None)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


@pytest.fixture(scope="module")
def families(page):
    return {family.name + ("_total" if family.type == "counter" else ""): family for family in parser.text_string_to_metric_families(page)}


def test_the_page__is_written_as_the_format_wants_it(page):
    """One HELP and one TYPE, in this order, then all the samples of that name together, each series once; nothing else."""
    assert page.endswith("\n") and "\r" not in page and "\n\n" not in page
    done, name, kind, series, await_type = set(), None, None, set(), False
    for line in page.splitlines():
        if line.startswith("# HELP "):
            assert not await_type
            _, _, name, text = line.split(" ", 3)
            assert name not in done and text.strip()
            done.add(name)
            await_type = True
        elif line.startswith("# TYPE "):
            _, _, of, kind = line.split(" ")
            assert await_type and of == name and kind in ("counter", "gauge", "histogram")
            await_type = False
        else:
            match = SAMPLE.fullmatch(line)
            assert match and not await_type, line
            assert match[1] in [name + part for part in PARTS.get(kind, ("",))], line
            assert (match[1], match[2]) not in series, line
            series.add((match[1], match[2]))
    assert not await_type


def test_the_page__is_read_by_prometheus(page, families):
    names = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
    assert set(families) == names
    assert all(family.samples or family.type in ("counter", "histogram") for family in families.values())
    assert all(math.isfinite(sample.value) for family in families.values() for sample in family.samples)
    assert sum(len(family.samples) for family in families.values()) == sum(not line.startswith("#") for line in page.splitlines())


def test_names__are_as_promtool_wants_them(families):
    for name, family in families.items():
        words = name.split("_")
        assert family.documentation, name
        assert name.endswith("_total") == (family.type == "counter"), name
        assert not name.endswith(("_bucket", "_count", "_sum")) and ":" not in name and name == name.lower(), name
        assert not ABBREVIATED & set(words) and not NO_BASE_UNIT & set(words), name
        assert not {"counter", "gauge", "histogram", "summary"} & set(words), name
        for sample in family.samples:
            assert all(label == label.lower() for label in sample.labels)
            assert ("le" in sample.labels) == sample.name.endswith("_bucket") and "quantile" not in sample.labels


def test_histograms__add_up(families):
    durations = families["oam_http_request_duration_seconds"]
    series = {}
    for sample in durations.samples:
        labels = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
        series.setdefault(labels, []).append(sample)
    assert len(series) > 5
    for labels, samples in series.items():
        buckets = [(float(sample.labels["le"]), sample.value) for sample in samples if sample.name.endswith("_bucket")]
        count = next(sample.value for sample in samples if sample.name.endswith("_count"))
        total = next(sample.value for sample in samples if sample.name.endswith("_sum"))
        assert [bound for bound, _ in buckets] == sorted({bound for bound, _ in buckets}) and buckets[-1] == (math.inf, count)
        assert [seen for _, seen in buckets] == sorted(seen for _, seen in buckets) and total >= 0
        answered = sum(sample.value for sample in families["oam_http_requests_total"].samples
                       if all(sample.labels[name] == value for name, value in labels))
        assert answered >= count > 0, labels


def test_labels__are_as_many_as_there_are_routes(families):
    """What a client sends never becomes a label: nobody can fill the memory of who measures us."""
    routes = {sample.labels["route"] for sample in families["oam_http_requests_total"].samples}
    methods = {sample.labels["method"] for sample in families["oam_http_requests_total"].samples}
    assert methods <= {"GET", "POST", "PUT", "PATCH", "DELETE", "-"} and "-" in routes
    assert all(route == "-" or re.fullmatch(r"(/[a-z0-9_.:{}-]+)+", route) for route in routes), routes


def test_values__are_what_they_are_of(api, families):
    value = {name: family.samples[0].value for name, family in families.items() if len(family.samples) == 1}
    assert value["process_resident_memory_bytes"] > 1_000_000
    assert 3 < value["process_open_fds"] < value["process_max_fds"]
    assert value["oam_directory_version"] >= 1
    assert 0 <= value["oam_relay_tick_age_seconds"] < 2
    again = api.get("/metrics", role=None).text
    grown = {family.name: sample.value for family in parser.text_string_to_metric_families(again) for sample in family.samples if not sample.labels}
    assert all(grown[family.name] >= family.samples[0].value for family in families.values() if family.type == "counter" and len(family.samples) == 1)
