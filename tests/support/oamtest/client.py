"""A client that says what it is told to the byte, and lets the contract judge every answer."""
import base64
import http.client
import json
import threading
import time
import urllib.parse
import uuid

# Who calls: the login or client id behind each name. `_b` is of the other town (Malla), the rest of Aguilar de Segarra.
PRINCIPALS = {
    "local_user": "local.aguilar-de-segarra", "signer": "signer.malla", "signer_a": "signer.aguilar-de-segarra", "comptroller": "comptroller.aguilar-de-segarra", "local_user_b": "local.malla",
    "operator": "operator", "agent": "agent.bages.1", "agent_b": "agent.osona.1", "technician": "technician.gov",
    "technician_other": "technician.dig", "unit_head": "head.gov", "unit_head_other": "head.dig", "technician_oam": "technician.oam",
    "unit_head_oam": "head.oam", "technician_ma": "technician.ma", "unit_head_ma": "head.ma", "supervisor": "supervisor", "admin": "admin",
    "integration": "demo-integration", "integration_a": "town-system", "integration_b": "other-town",
    "directory_only": "directory-only", "requests_only": "requests-only",
}
CLIENTS = {"integration", "integration_a", "integration_b", "directory_only", "requests_only"}
# People of our own world (database.PEOPLE) have the password of the one they were made like.
LIKE = {"local.malla": "signer.malla", "technician.dig": "technician.gov",
        "head.dig": "head.gov", "technician.oam": "technician.gov", "head.oam": "head.gov"}
TOWN, OTHER_TOWN = "0800230008", "0811150006"
TOKEN_LIFE_S = 480


def new_key():
    return str(uuid.uuid4())


def act(api, ref, role="supervisor", check=True, **how):
    """Opens an action of a request, with a milestone; the answer."""
    body = {"title": "Camí de Malla", "milestones": [{"key": "general_enquiry", "title": "Una fita"}], **how}
    answer = api.post(f"/api/v1/requests/{ref}/actions", role=role, json=body, headers={"Idempotency-Key": new_key()})
    assert answer.status_code == 201 or not check, answer
    return answer


class Headers:
    """Case-blind; a header that came twice is joined with a comma, as HTTP allows."""

    def __init__(self, pairs):
        self._values = {}
        for name, value in pairs:
            folded = name.lower()
            self._values[folded] = f"{self._values[folded]}, {value}" if folded in self._values else value

    def __contains__(self, name):
        return name.lower() in self._values

    def __getitem__(self, name):
        return self._values[name.lower()]

    def get(self, name, fallback=None):
        return self._values.get(name.lower(), fallback)

    def items(self):
        return self._values.items()


class Answer:
    def __init__(self, status, pairs, content, seconds):
        self.status_code = self.status = status
        self.headers = Headers(pairs)
        self.content = content
        self.seconds = seconds

    @property
    def text(self):
        return self.content.decode()

    def json(self):
        return json.loads(self.content)

    @property
    def etag(self):
        return self.headers["ETag"]

    def __repr__(self):
        return f"<{self.status_code} {self.content[:600].decode(errors='replace')}>"


class Api:
    """Calls one server. `role` is a name of PRINCIPALS, None for nobody; a raw token goes in as token=…"""

    def __init__(self, server, contract, role="operator"):
        self.server = server
        self.contract = contract
        self.role = role
        self._local = threading.local()
        self._tokens = {}
        self._lock = threading.Lock()
        self._secrets = {entry.get("login") or entry["client_id"]: entry.get("password") or entry["client_secret"]
                         for entry in server.credentials}

    # ---- who

    def as_(self, role):
        """The same server, seen by somebody else."""
        other = object.__new__(Api)
        other.__dict__.update(self.__dict__, role=role)
        return other

    def secret(self, name):
        own = self._secrets.get(LIKE.get(name, name))
        return own or self._secrets["demo-integration"]

    def token(self, role):
        """A token of that principal, asked for anew shortly before it ends."""
        with self._lock:
            kept, since = self._tokens.get(role, (None, 0))
            if kept is None or time.monotonic() - since > TOKEN_LIFE_S:
                kept, since = self.login(PRINCIPALS[role]) if role not in CLIENTS else self.client_token(client=PRINCIPALS[role]), \
                    time.monotonic()
                self._tokens[role] = kept, since
            return kept

    def login(self, login):
        answer = self.post("/api/v1/session", role=None, json={"login": login, "password": self.secret(login)})
        assert answer.status_code == 200, answer
        return answer.json()["access_token"]

    def client_token(self, scope=None, client="demo-integration"):
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": self.secret(client)}
        if scope:
            form["scope"] = scope
        answer = self.post("/api/v1/oauth/token", role=None, data=urllib.parse.urlencode(form),
                           headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 200, answer
        return answer.json()["access_token"]

    # ---- what

    def get(self, path, **how):
        return self.request("GET", path, **how)

    def post(self, path, **how):
        return self.request("POST", path, **how)

    def patch(self, path, **how):
        return self.request("PATCH", path, **how)

    def delete(self, path, **how):
        return self.request("DELETE", path, **how)

    def request(self, method, path, role="", token=None, json=None, data=None, params=None, headers=None, check=True, timeout=60):
        """json= is sent as JSON, data= as it stands. check=False keeps the contract out of it."""
        role = self.role if role == "" else role
        sent = {"Content-Type": "application/json"} if json is not None else {}
        if role is not None and token is None:
            token = self.token(role)
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        for name, value in (headers or {}).items():
            sent.pop(next((known for known in sent if known.lower() == name.lower()), None), None)
            if value is not None:
                sent[name] = value
        if json is not None:
            data = dumps(json)
        if isinstance(data, str):
            data = data.encode()
        if params:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(params)
        answer = self._exchange(method, path, data, sent, timeout)
        if check:
            self.contract.check(method, path, answer)
        return answer

    def _exchange(self, method, path, data, headers, timeout):
        begin = time.monotonic()
        fresh = False
        connections = self._local.__dict__
        while True:
            connection = connections.get(self.server.port)
            if connection is None:
                connection, fresh = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout), True
                connections[self.server.port] = connection
            connection.timeout = timeout
            if connection.sock:
                connection.sock.settimeout(timeout)
            try:
                try:
                    connection.request(method, path, body=data, headers=headers)
                except (BrokenPipeError, ConnectionResetError):
                    # Refused while we still spoke: the answer may be there all the same.
                    if connection.sock is None or not data:
                        raise
                    connection._HTTPConnection__state = "Request-sent"
                response = connection.getresponse()
                if response.getheader("Content-Type") == "text/event-stream" and method != "HEAD":
                    content = response.read1()  # what it begins with: it has no end
                    connections.pop(self.server.port).close()
                else:
                    content = response.read()
                return Answer(response.status, response.getheaders(), content, time.monotonic() - begin)
            except (http.client.HTTPException, OSError):
                connections.pop(self.server.port, None)
                connection.close()
                # One that lay idle may have been closed under us; a new one that fails has failed.
                if fresh:
                    raise

    # ---- what tests often need

    def act(self, ref, event, data=None, role="", version=None, comment=None, key=None, **how):
        """Performs a transition under the version that is current for the caller, or the one given."""
        if version is None:
            version = self.get(f"/api/v1/requests/{ref}", role=role).json()["version"]
        body = {"event": event, **({"data": data} if data is not None else {}), **({"comment": comment} if comment else {})}
        return self.post(f"/api/v1/requests/{ref}/transitions", role=role, json=body,
                         headers={"If-Match": f'"v{version}-ca"', "Idempotency-Key": key or new_key()}, **how)

    def file(self, role="", submit=True, body=TOWN, service="OAM-GEN", title="Consulta sobre el padró", key=None, **more):
        """Files a request and returns it."""
        answer = self.try_file(role, submit=submit, body=body, service=service, title=title, key=key, **more)
        assert answer.status_code == 201, answer
        return answer.json()

    def try_file(self, role="", key=None, **fields):
        return self.post("/api/v1/requests", role=role, json=fields, headers={"Idempotency-Key": key or new_key()})

    def walk(self, path, direction="next", role="", params=None):
        """All items of a list, page by page."""
        items, cursor = [], None
        while True:
            page = self.get(path, role=role, params={**(params or {}), **({"cursor": cursor} if cursor else {})})
            assert page.status_code == 200, page
            items.append(page.json()["items"])
            cursor = page.json()[direction]
            if cursor is None:
                return items

    def whole(self, path, role="", **params):
        return [item for page in self.walk(path, role=role, params={"limit": 200, **params}) for item in page]


def dumps(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def basic(name, secret):
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
