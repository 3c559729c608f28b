"""api/openapi.yaml -> generated/openapi: the same document as compact JSON, ready to be served."""
import json
import re

import c_text
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's core types only: `no` is a text, a date is a text, 12:30 is a text; a key twice is an error."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                mark = key.start_mark
                c_text.fail(f"{mark.name}:{mark.line + 1}", f"key `{key.value}` stands there twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for tag, pattern, first in (
        ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
        ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
        ("float", r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", list("-+0123456789"))):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def main():
    chosen = c_text.arguments()
    text = "{}"
    for path in chosen.inputs:
        with path.open() as stream:
            text = json.dumps(yaml.load(stream, Loader), ensure_ascii=False, separators=(",", ":"))
    # Broken into lines of C, not of JSON.
    pieces = [text.encode()[at:at + 4000] for at in range(0, len(text.encode()), 4000)]
    body = "\n".join(c_text.literal(piece) for piece in pieces)
    header = ("extern const char openapi_json[]; /* NUL-terminated */\n"
              "extern const size_t openapi_json_length;\n")
    c_text.write(chosen.output, header,
                 f"const char openapi_json[] =\n{body};\nconst size_t openapi_json_length = sizeof openapi_json - 1;\n")


main()
