"""The contract as a judge: every answer is compared with what api/openapi.yaml says of it, and what was hit is remembered."""
import json
import re

import jsonschema
import yaml

from oamtest.database import SOURCE

METHODS = ("get", "post", "put", "patch", "delete")
# Declared headers that an answer may leave out. Every other declared one must be there.
OPTIONAL = {"Link", "Idempotency-Replayed", "Preference-Applied", "Allow", "Retry-After"}
# In a concrete answer that declares it, Retry-After is not optional.
PROBLEM = "application/problem+json"


class Mismatch(AssertionError):
    """An answer that the contract does not allow."""


class Operation:
    def __init__(self, method, path, document, shared):
        self.method, self.path, self.id = method.upper(), path, document["operationId"]
        self.document = document
        self.parameters = shared.get("parameters", []) + document.get("parameters", [])
        self.responses = document["responses"]
        self.public = document.get("security") == []
        self.query = [p for p in self.parameters if p["in"] == "query"]
        self.headers = [p for p in self.parameters if p["in"] == "header"]
        self.path_names = re.findall(r"{(\w+)}", path)
        self.pattern = re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part)
                                          for part in re.split(r"({\w+})", path)) + "$")

    def takes(self, header):
        return any(p["name"] == header for p in self.headers)

    @property
    def body_types(self):
        return list(self.document.get("requestBody", {}).get("content", {}))

    @property
    def body_schema(self):
        content = self.document.get("requestBody", {}).get("content", {})
        return next(iter(content.values()))["schema"] if content else None

    @property
    def body_max_kb(self):
        return self.document.get("x-limits", {}).get("body_max_kb")

    def __repr__(self):
        return f"{self.method} {self.path}"


class Contract:
    def __init__(self):
        raw = yaml.safe_load((SOURCE / "api" / "openapi.yaml").read_text())
        self.document = self._inline(raw, raw)
        self.operations = [Operation(method, path, item[method], item)
                           for path, item in self.document["paths"].items() for method in METHODS if method in item]
        # A literal path before one with parameters.
        self.operations.sort(key=lambda operation: len(operation.path_names))
        self.codes = set(re.findall(r"`([a-z_]+)`", raw["components"]["schemas"]["Problem"]["description"])) - {"code"}
        self.problem = self._validator(self.document["components"]["schemas"]["Problem"])
        self.hits = set()
        self._validators = {}

    def _inline(self, node, root):
        """The node with each $ref replaced by what it names (the contract has no circles)."""
        if isinstance(node, list):
            return [self._inline(item, root) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node and isinstance(node["$ref"], str):
            target = root
            for step in node["$ref"][2:].split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            merged = self._inline(target, root)
            beside = {key: self._inline(value, root) for key, value in node.items() if key != "$ref"}
            return {**merged, **beside} if isinstance(merged, dict) else merged
        return {key: value if key in ("example", "examples") else self._inline(value, root) for key, value in node.items()}

    @staticmethod
    def _validator(schema):
        return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())

    def find(self, method, path):
        path = path.split("?", 1)[0]
        for operation in self.operations:
            if operation.method == method and operation.pattern.match(path):
                return operation
        return None

    def by_id(self, name):
        return next(operation for operation in self.operations if operation.id == name)

    def statuses(self):
        """Each (operation id, concrete status) the contract documents."""
        return {(operation.id, int(status)) for operation in self.operations for status in operation.responses
                if status != "default"}

    def check(self, method, path, answer):
        """Raises Mismatch unless the contract allows this answer; remembers that it was given."""
        status, headers, body = answer.status_code, answer.headers, answer.content
        told = f"{method} {path} -> {status}"
        operation = self.find("GET" if method == "HEAD" else method, path)
        if "Request-Id" not in headers:
            raise Mismatch(f"{told}: no Request-Id")
        if method == "OPTIONS" and status < 400:
            return
        if operation is None:
            if status < 400:
                raise Mismatch(f"{told}: the contract has no such operation")
            self._check_problem(told, answer, method)
            return
        documented = operation.responses.get(str(status)) or operation.responses["default"]
        if str(status) in operation.responses:
            if method != "HEAD":
                self.hits.add((operation.id, status))
        elif status < 400:
            raise Mismatch(f"{told}: not documented")
        self._check_headers(told, documented, answer)
        if method == "HEAD":
            return
        content = documented.get("content")
        if not content:
            if body:
                raise Mismatch(f"{told}: has a body: {body[:200]!r}")
            return
        kind = headers.get("Content-Type", "").split(";")[0]
        if kind not in content:
            raise Mismatch(f"{told}: Content-Type {kind!r}, documented {list(content)}: {body[:300]!r}")
        if kind == PROBLEM:
            self._check_problem(told, answer, method)
        elif kind.endswith("json"):
            key = (operation.id, str(status), kind)
            if key not in self._validators:
                self._validators[key] = self._validator(content[kind]["schema"])
            self._check_schema(told, self._validators[key], answer)
        elif kind == "text/event-stream":
            self.check_events(told, answer.text, content[kind]["x-event-schema"])

    def check_events(self, told, text, schema=None):
        """The events of a stream, each held against the contract."""
        schema = schema or self.by_id("stream_events").responses["200"]["content"]["text/event-stream"]["x-event-schema"]
        for block in text.split("\n\n")[:-1]:
            lines = dict(line.split(": ", 1) for line in block.split("\n"))
            if "data" not in lines:
                continue
            event = json.loads(lines["data"])
            faults = [fault.message for fault in self._validator(schema).iter_errors(event)]
            if faults or lines["id"] != event["id"] or lines["event"] != event["type"]:
                raise Mismatch(f"{told}: {faults}: {block}")

    def _check_headers(self, told, documented, answer):
        for name, header in documented.get("headers", {}).items():
            value = answer.headers.get(name)
            if value is None:
                # A refusal by the layer below (an unknown parameter) has no secret in it.
                if name == "Cache-Control" and answer.headers.get("Content-Type") == PROBLEM:
                    continue
                if name not in OPTIONAL or (name == "Retry-After" and answer.status_code in (429, 503)) \
                        or (name == "Allow" and answer.status_code == 405):
                    raise Mismatch(f"{told}: no {name}")
                continue
            schema = header["schema"]
            if schema.get("type") == "integer":
                value = int(value) if value.isdigit() else value
            for fault in self._validator(schema).iter_errors(value):
                raise Mismatch(f"{told}: {name}: {fault.message}")

    def _check_schema(self, told, validator, answer):
        try:
            document = json.loads(answer.content)
        except ValueError as fault:
            raise Mismatch(f"{told}: not JSON: {fault}: {answer.content[:200]!r}") from None
        faults = [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"[:400] for fault in validator.iter_errors(document)]
        if faults:
            raise Mismatch(f"{told}: " + "; ".join(faults[:5]))
        return document

    def _check_problem(self, told, answer, method):
        if answer.headers.get("Content-Type", "").split(";")[0] != PROBLEM:
            raise Mismatch(f"{told}: not a problem: {answer.headers.get('Content-Type')} {answer.content[:200]!r}")
        if method == "HEAD":
            return
        problem = self._check_schema(told, self.problem, answer)
        if problem["status"] != answer.status_code or problem["instance"] != "urn:uuid:" + answer.headers["Request-Id"]:
            raise Mismatch(f"{told}: the problem is about another answer: {problem}")
        if problem["code"] not in self.codes:
            raise Mismatch(f"{told}: the contract does not name the code {problem['code']}")
        if answer.status_code in (429, 503) and "Retry-After" not in answer.headers:
            raise Mismatch(f"{told}: no Retry-After")
