"""The running oamd as its drivers see it: tokens, targets for wrk, memory."""
import http.client
import json
import os
import pathlib
import subprocess
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
STATE = pathlib.Path(os.environ["BENCH_STATE"])
API = "/api/v1"


class Product:
    def __init__(self, connections):
        self.url = os.environ["BENCH_URL"]
        self.address = urllib.parse.urlsplit(self.url)
        self.pid = int(os.environ["BENCH_OAMD_PID"])
        self.connections = connections
        self.credentials = json.loads(pathlib.Path(os.environ["BENCH_CREDENTIALS"]).read_text())
        self.tokens = {}
        self.runs = 0

    # ---- single requests ----

    def connect(self, source=None):
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=40, source_address=source)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """(status, headers, document)"""
        to = connection or self.connect()
        to.request(method, path, body, headers or {})
        answer = to.getresponse()
        data = answer.read()
        if not connection:
            to.close()
        if answer.status >= 400:
            raise SystemExit(f"bench: {method} {path}: {answer.status} {data[:500].decode()}")
        return answer.status, answer.headers, json.loads(data) if data else None

    def token(self, role):
        """Fresh enough for a round: tokens live ten minutes."""
        token, taken = self.tokens.get(role, (None, 0))
        if time.monotonic() - taken > 240:
            person = next(entry for entry in self.credentials if entry["role"] == role)
            if role == "integration":
                form = {"grant_type": "client_credentials", "client_id": person["client_id"], "client_secret": person["client_secret"]}
                body, kind, path = urllib.parse.urlencode(form), "application/x-www-form-urlencoded", API + "/oauth/token"
            else:
                body, kind, path = json.dumps({"login": person["login"], "password": person["password"]}), "application/json", API + "/session"
            token = self.ask("POST", path, body, {"Content-Type": kind})[2]["access_token"]
            self.tokens[role] = token, time.monotonic()
        return token

    def bearer(self, role="integration", **more):
        return {"Authorization": "Bearer " + self.token(role), **{name.replace("_", "-"): value for name, value in more.items()}}

    def verify(self):
        """Every event through its definition again: what the benchmark wrote is what the product would have written."""
        environment = {"OAM_DATABASE_URL": f"postgresql://oam@/oam?host={os.environ['BENCH_SOCKET']}",
                       "OAM_SECRET_FILE": os.environ["BENCH_SECRET"], "PATH": os.environ["PATH"]}
        told = subprocess.run([*os.environ["BENCH_AS_SERVICE"].split(), os.environ["BENCH_OAMD"], "verify"], env=environment, cwd="/",
                              text=True, capture_output=True, check=False)
        if told.returncode or " 0 faults of state, 0 faults of chain" not in told.stdout:
            lines = [line for line in told.stdout.splitlines() if ", event " in line or "faults of" in line]
            raise SystemExit("\n".join(["bench: what it wrote is not what the product writes:", *lines[:5], *lines[-1:], told.stderr[-1000:]]))

    # ---- many ----

    def wrk(self, script, targets, seconds, role="integration", url=None, connections=None):
        self.runs += 1
        path = STATE / f"targets-{script}"
        path.write_text("\n".join(targets) + "\n")
        environment = dict(os.environ, OAM_BENCH_LUA=str(HERE / "wrk"), OAM_BENCH_TARGETS=str(path),
                           OAM_BENCH_RUN=f"{os.getpid()}-{self.runs}")
        environment.pop("OAM_BENCH_TOKEN", None)
        if role:
            environment["OAM_BENCH_TOKEN"] = self.token(role)
        out = subprocess.run(["wrk", "-t1", f"-c{connections or self.connections}", f"-d{seconds}s", "--timeout", "10s",
                              "-s", str(HERE / "wrk" / f"{script}.lua"), url or self.url],
                             env=environment, text=True, capture_output=True, timeout=seconds + 60)
        lines = [line for line in out.stdout.splitlines() if line.startswith("{")]
        if out.returncode or not lines:
            raise SystemExit(f"bench: wrk {script} failed: {out.stderr[-1000:]}{out.stdout[-1000:]}")
        found = json.loads(lines[-1])
        if found["failed"] or found["broken"]:
            raise SystemExit(f"bench: wrk {script}: {found['failed']} answers of 400 and more, {found['broken']} broken connections")
        found["per_second"] = found["requests"] / found["seconds"]
        return found

    # ---- the process ----

    def resident_mb(self, pid=None):
        for line in pathlib.Path(f"/proc/{pid or self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("bench: oamd is gone")
