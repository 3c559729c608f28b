"""A procedure with everything that happens by itself: clocks that pause, timers of clocks, spans and dates, effects and their undo."""
import json


def text(words):
    return {"ca": words, "es": words, "en": words}


ROLES = {
    "applicant": {"label": text("Ens"), "from": "applicant_entity", "scope": "entity"},
    "operator": {"label": text("OAM"), "from": "team", "team": "oam", "scope": "global"},
    "agent": {"label": text("Agent"), "from": "team", "team": "oam.agents", "scope": "comarca"},
    "supervisor": {"label": text("Supervisió"), "from": "team", "team": "oam.supervisors", "scope": "global"},
}
DOCUMENT = {
    "format": "oam-wf/1", "key": "general_enquiry", "version": 90, "title": text("Consulta amb terminis"),
    "data": {"question": {"type": "string", "max": 400}, "answer": {"type": "string", "max": 400}, "visit": {"type": "date"},
             "reminders": {"type": "int"}},
    "roles": ROLES,
    "calendars": {"legal": {"union": ["seat", "applicant_entity"]}, "office": {"union": ["seat"], "hours": "mon-fri 08:00-15:00"}},
    "clocks": {"answer": {"label": text("Resposta"), "budget": {"habils": 10}, "calendar": "legal", "kind": "legal", "law": "39/2015 21"}},
    "assign": {"territorial": {"pool": "agents in comarca(applicant)", "rank": ["open_load asc", "agent_id asc"], "if_none": "operator"}},
    "initial": "draft",
    "states": {
        "draft": {"label": text("Esborrany"), "phase": "draft",
                  "on": {"submit": [{"role": "applicant", "to": "open", "do": [{"fx": "register", "book": "entrada"}]}],
                         "discard": [{"role": "applicant", "to": "cancelled"}]},
                  "after": [{"id": "draft_expiry", "in": {"days": 90}, "calendar": "legal", "to": "cancelled"}]},
        "open": {"label": text("Oberta"), "phase": "study", "type": "compound", "initial": "working",
                 "entry": [{"fx": "clock_start", "clock": "answer"}, {"fx": "reserve", "what": "room", "undo": "release"}],
                 "on": {"withdraw": [{"role": "applicant", "to": "withdrawn"}]},
                 "after": [{"id": "half", "clock": "answer", "at": "50%", "window": "office", "set": {"reminders": "1"},
                            "do": [{"fx": "notify", "to": "supervisor"}]},
                           {"id": "late", "clock": "answer", "at": "100%", "to": "expired"}],
                 "states": {
                     "working": {"label": text("En curs"), "assign": "territorial",
                                 "on": {"ask": [{"role": ["agent", "operator"], "require": ["question"], "to": "waiting"}],
                                        "resolve": [{"role": ["agent", "operator"], "to": "closed",
                                                     "do": [{"fx": "document", "template": "resolution"}]}]}},
                     "waiting": {"label": text("Pendent"), "phase": "waiting", "pause": ["answer"],
                                 "entry": [{"fx": "notify", "to": "applicant"}],
                                 "on": {"answer": [{"role": "applicant", "require": ["answer"], "to": "working"}],
                                        "agree_visit": [{"role": "applicant", "require": ["visit"], "to": "visit"}]},
                                 "after": [{"id": "silence", "in": {"habils": 3}, "calendar": "legal", "to": "withdrawn"}]},
                     "visit": {"label": text("Visita"), "after": [{"id": "visit_day", "on_date": "data.visit", "to": "working"}]}}},
        "closed": {"label": text("Tancada"), "phase": "end", "type": "final", "outcome": "completed"},
        "expired": {"label": text("Caducada"), "phase": "end", "type": "final", "outcome": "expired"},
        "withdrawn": {"label": text("Desistida"), "phase": "end", "type": "final", "outcome": "withdrawn"},
        "cancelled": {"label": text("Anul·lada"), "phase": "end", "type": "final", "outcome": "cancelled"},
    },
}


def publish(database, document=None):
    """The next requests of general enquiries follow it."""
    written = json.dumps(document or DOCUMENT)
    database.sql("INSERT INTO workflow_definition (hash, key, version, document) VALUES (sha256(convert_to(%s, 'UTF8')), %s, %s, %s)",
                 written, (document or DOCUMENT)["key"], (document or DOCUMENT)["version"], written)
