"""How soon a receiver of webhooks has what was committed, when nothing else happens."""
import http.server
import json
import threading
import time
import uuid

from product import API
from quiet import quantile
from watchers import comment

TIMES = 60


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


def webhooks(bench):
    product, receiver = bench.product, Receiver()
    def ask(method, path, body=None):
        return product.ask(method, API + path, json.dumps(body) if body else None, {
            **product.bearer(Idempotency_Key=str(uuid.uuid4())), **({"Content-Type": "application/json"} if body else {})})
    made = ask("POST", "/webhooks", {"url": receiver.url, "types": ["cat.oam.request.commented"]})[2]
    found = []
    for number in range(10 if bench.options.smoke else TIMES):
        receiver.came.clear()
        time.sleep(0.05 + 0.007 * (number % 11))  # nothing is under way, and no beat of ours falls together with one of theirs
        committed = comment(bench, number)
        if not receiver.came.wait(30):
            raise SystemExit("bench: the receiver of webhooks was told nothing")
        found.append(max(0.0, receiver.at - committed) * 1000)
    etag = f'"v{made["version"]}-ca"'
    product.ask("DELETE", f"{API}/webhooks/{made['id']}", None, product.bearer(If_Match=etag))
    receiver.close()
    bench.single("webhooks", f"from a commit until its receiver has it, p99 of {len(found)} (p50 {quantile(found, .5):.0f})", "ms",
                 quantile(found, .99), 100)
