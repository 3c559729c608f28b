"""schema/migrations/NNNN_name.sql -> generated/migrations: {number, name, sql, sha256 of the file}, in order."""
import hashlib
import re

import c_text

FILE = re.compile(r"^([0-9]{4})_([a-z0-9_]+)\.sql$")


def main():
    chosen = c_text.arguments()
    rows = []
    for expected, path in enumerate(chosen.inputs, 1):
        match = FILE.match(path.name)
        if not match:
            c_text.fail(path, "expected NNNN_lower_snake_case.sql")
        if int(match.group(1)) != expected:
            c_text.fail(path, f"migrations are numbered without gaps: expected {expected:04}")
        data = path.read_bytes()
        rows.append(f'  {{{expected}, "{match.group(2)}",\n{c_text.literal(data)},\n  "{hashlib.sha256(data).hexdigest()}"}}')
    header = ("struct migration {\n  int number;\n  const char *name;\n  const char *sql;\n"
              "  const char *sha256; /* hex, of the file's bytes */\n};\n"
              "extern const struct migration migrations[];\nextern const size_t migration_count;\n")
    c_text.write(chosen.output, header, c_text.table("const struct migration migrations[]", "migration_count", rows))


main()
