"""A small procedure in four versions, and the stories that each is published with."""
import copy
import json

from oamtest.client import new_key

KEY = "licence"
PUBLISH = "/api/v1/workflows:publish"


def text(words):
    return {"ca": words, "es": words, "en": words}


def to(role, state):
    return [{"role": role, "to": state}]


FIRST = {
    "format": "oam-wf/1", "key": KEY, "version": 1, "title": text("Llicència"),
    "data": {"hours": {"type": "int", "min": 0, "max": 99, "default": 2}},
    "roles": {"applicant": {"label": text("Ens"), "from": "applicant_entity", "scope": "entity"},
              "operator": {"label": text("OAM"), "from": "team", "team": "oam", "scope": "global"},
              "agent": {"label": text("Agent"), "from": "team", "team": "oam.agents", "scope": "comarca"}},
    "calendars": {"legal": {"union": ["seat"]}},
    "clocks": {"answer": {"label": text("Resposta"), "budget": {"habils": 10}, "calendar": "legal", "kind": "legal"}},
    "initial": "draft",
    "states": {
        "draft": {"label": text("Esborrany"), "phase": "draft", "on": {"submit": to("applicant", "study")}},
        "study": {"label": text("En estudi"), "phase": "study", "entry": [{"fx": "clock_start", "clock": "answer"}],
                  "on": {"grant": to(["operator", "agent"], "granted"), "ask": to(["operator", "agent"], "waiting")},
                  "after": [{"id": "reminder", "in": {"days": 3}, "calendar": "legal", "do": [{"fx": "notify", "to": "operator"}]},
                            {"id": "late", "clock": "answer", "at": "100%", "to": "expired"}]},
        "waiting": {"label": text("Pendent de l'ens"), "phase": "waiting", "pause": ["answer"],
                    "on": {"answer": to("applicant", "study_again")},
                    "after": [{"id": "silence", "in": {"days": 10}, "calendar": "legal", "to": "expired"}]},
        "study_again": {"label": text("Revisió"), "phase": "study", "on": {"grant": to("operator", "granted")}},
        "granted": {"label": text("Concedida"), "phase": "end", "type": "final", "outcome": "completed"},
        "expired": {"label": text("Caducada"), "phase": "end", "type": "final", "outcome": "expired"},
    },
}


def story(name, *steps):
    start = {"on": "2026-03-02", "at": "09:00", "who": "applicant"}
    return {"name": name, "start": start, "steps": [{"who": "applicant", "does": "submit"}, *steps]}


def does(event, who="operator"):
    return {"who": who, "does": event}


def waits(day, *fires):
    return {"on": day, "at": "10:00", "expect": {"fires": list(fires)}}


STORIES = {
    "format": "oam-scenarios/1", "definition": KEY, "language": "ca",
    "town": {"name": "Badalona", "code": "0801550006", "holidays": {"catalunya": {}, "local": {}}},
    "scenarios": [
        story("Concedida", does("grant")),
        story("Esmenada", does("ask"), does("answer", "applicant"), does("grant")),
        story("Sense resposta", does("ask"), waits("2026-03-20", "2026-03-13 00:00 silence")),
        story("Fora de termini", waits("2026-03-20", "2026-03-06 00:00 reminder", "2026-03-17 00:00 late")),
    ],
}


def version(number, **changes):
    document = copy.deepcopy(FIRST)
    document["version"] = number
    for path, value in changes.items():
        at = document
        *around, last = path.split("__")
        for name in around:
            at = at[name]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return document


def texts(number):
    return version(number, states__study__label=text("En tràmit"))


def extension(number):
    """One may set it aside from now on."""
    document = texts(number)
    document["states"]["study"]["on"]["set_aside"] = to("operator", "aside")
    document["states"]["aside"] = {"label": text("Apartada"), "phase": "study", "on": {"take_up": to("operator", "study")}}
    return document


EXTENDED = dict(STORIES, scenarios=STORIES["scenarios"] + [story("Apartada", does("set_aside"), does("take_up"), does("grant"))])


def structure(number):
    """Study is two steps, what waited is renamed, the term is longer, a field is computed."""
    document = extension(number)
    states = document["states"]
    states["review"] = {"label": text("Comprovació"), "phase": "study", "on": {"go_on": to(["operator", "agent"], "study"),
                                                                               "ask": to(["operator", "agent"], "pending")}}
    states["draft"]["on"]["submit"] = to("applicant", "study")
    states["pending"] = states.pop("waiting")
    states["study"]["on"]["ask"] = to(["operator", "agent"], "pending")
    states["study_again"]["on"]["check"] = to("operator", "review")
    states["study_again"]["on"].pop("grant")
    document["clocks"]["answer"]["budget"] = {"habils": 20}
    document["data"]["minutes"] = {"type": "int"}
    return document


MAP = {"states": {"waiting": "pending", "study_again": "review"}, "timers": {"reminder": "rearm"}, "data": {"minutes": "data.hours * 60"}}
RESTRUCTURED = dict(STORIES, scenarios=[
    story("Concedida", does("grant")),
    story("Apartada", does("set_aside"), does("take_up"), does("grant")),
    story("Esmenada", does("ask"), does("answer", "applicant"), does("check"), does("go_on"), does("grant")),
    story("Esmenada dues vegades", does("ask"), does("answer", "applicant"), does("check"), does("ask"), does("answer", "applicant"),
          does("check"), does("go_on"), does("grant")),
    story("Sense resposta", does("ask"), waits("2026-03-20", "2026-03-13 00:00 silence")),
    story("Fora de termini", waits("2026-04-20", "2026-03-06 00:00 reminder", "2026-03-31 00:00 late")),
])


def four_eyes(number):
    """Who asked may not grant what came back from asking, which nobody minded before."""
    document = version(number)
    document["states"]["study_again"]["on"]["grant"][0]["not_same_actor_as"] = ["ask"]
    return document


WATCHED = dict(STORIES, people={"another": {"role": "operator"}}, scenarios=[
    story("Esmenada", does("ask"), does("answer", "applicant"), does("grant", "another")) if one["name"] == "Esmenada" else one
    for one in STORIES["scenarios"]])


def publish(api, document, stories=STORIES, reason="Bases noves", check=True, **how):
    body = {"document": document if isinstance(document, str) else json.dumps(document, indent=1, ensure_ascii=False),
            "scenarios": stories if isinstance(stories, str) else json.dumps(stories, indent=1, ensure_ascii=False), "reason": reason}
    answer = api.post(PUBLISH, json=body, headers={"Idempotency-Key": how.pop("key", None) or new_key(), **how.pop("headers", {})}, role=how.pop("role", "admin"), **how)
    if check:
        assert answer.status_code == 201, answer.text
        return answer.json()
    return answer
