"""How soon a receiver of webhooks has what was committed: when nothing else happens, and beside forty others that are dead."""
import contextlib
import http.server
import json
import socket
import threading
import time
import uuid

from product import API
from quiet import quantile
from watchers import comment

TIMES = 200
DEAD = 40
OWNERS = 2 # integrations of theirs


class Receiver:
    """Takes everything, and remembers when something came."""

    def __init__(self):
        self.came = threading.Event()
        self.at = 0.0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.at = time.perf_counter()
                outer.came.set()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Refusal(Receiver):
    """Takes nothing, and says so."""

    def __init__(self):
        super().__init__()
        self.server.RequestHandlerClass.do_POST = lambda handler: handler.send_error(500)


def ask(bench, method, path, body=None, role="integration", **headers):
    """The answer's JSON; `body` goes as one."""
    more = {"Content-Type": "application/json"} if body else {}
    status, _, answer = bench.product.ask(method, API + path, json.dumps(body) if body else None, {
        **bench.product.bearer(role, Idempotency_Key=str(uuid.uuid4()), **headers), **more})[:3]
    if status >= 300:
        raise SystemExit(f"bench: {method} {path} is answered by {status}: {answer}")
    return answer


def hook_up(bench, url, **more):
    return ask(bench, "POST", "/webhooks", {"url": url, "types": ["cat.oam.request.commented"], **more}, **({"role": "admin"} if "client" in more else {}))


def latencies(bench, receiver, times):
    """Milliseconds from a commit until its receiver has it."""
    found = []
    for number in range(times):
        receiver.came.clear()
        time.sleep(0.05 + 0.007 * (number % 11))  # no beat of ours falls together with one of theirs
        committed = comment(bench, number)
        if not receiver.came.wait(30):
            raise SystemExit("bench: the receiver of webhooks was told nothing")
        found.append(max(0.0, receiver.at - committed) * 1000)
    return found


@contextlib.contextmanager
def dead_ones(bench, times):
    """Half of them never answer, a quarter refuses the connection, a quarter what is sent; all of them fail by now."""
    bench.database.sql("INSERT INTO oam.api_client (client_id, name, secret_hash, scopes, all_bodies) SELECT 'bench-' || n, 'Bench', sha256('x'), "
                       f"'{{events:read}}', true FROM generate_series(1, {OWNERS}) n")
    silent, refusal = socket.create_server(("127.0.0.1", 0), backlog=1024), Refusal()
    nobody = socket.create_server(("127.0.0.1", 0))
    urls = [f"http://127.0.0.1:{silent.getsockname()[1]}/", f"http://127.0.0.1:{nobody.getsockname()[1]}/", f"http://127.0.0.1:{silent.getsockname()[1]}/", refusal.url]
    nobody.close()
    made = [hook_up(bench, urls[number % 4], client=f"bench-{1 + number % OWNERS}") for number in range(DEAD)]
    for number in range(times):
        comment(bench, number)
    for _ in range(600):
        (failing,), = bench.database.sql("SELECT count(*) FROM oam.webhook WHERE failing_since IS NOT NULL")
        if int(failing) == DEAD:
            break
        time.sleep(0.1)
    else:
        raise SystemExit(f"bench: of {DEAD} dead receivers, {failing} fail")
    yield
    for one in made:
        ask(bench, "DELETE", f"/webhooks/{one['id']}", role="admin", If_Match='"v1"')
    silent.close()
    refusal.close()


def webhooks(bench):
    receiver, times = Receiver(), 10 if bench.options.smoke else TIMES
    made = hook_up(bench, receiver.url)
    alone = latencies(bench, receiver, times)
    with dead_ones(bench, 3):
        beside = latencies(bench, receiver, times)
    again = latencies(bench, receiver, times)
    ask(bench, "DELETE", f"/webhooks/{made['id']}", If_Match=f'"v{made["version"]}-ca"')
    receiver.close()
    bench.single("webhooks", f"from a commit until its receiver has it, p99 of {len(alone)} (p50 {quantile(alone, .5):.0f})", "ms",
                 quantile(alone, .99), 100)
    # Alone before and after, since a p99 of a minute is a few looks of the relay.
    both = alone + again
    bench.single("webhooks", f"the same beside {DEAD} dead ones, p99 {quantile(beside, .99):.0f} (p50 {quantile(beside, .5):.0f}; alone "
                 f"{quantile(both, .99):.0f} and {quantile(both, .5):.0f}): p99 to p99", "times", quantile(beside, .99) / quantile(both, .99), 1.1)
