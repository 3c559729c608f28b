"""schema/queries/*.sql -> generated/queries: every `-- name: foo` block as {name, sql, n_params}, numbered by `enum query`."""
import re

import c_text

NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$")
NOT_CODE = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
PARAMETER = re.compile(r"\$([0-9]+)")


def parameters(place, sql):
    """How many $1, $2, … the statement takes; a gap is a slip that PostgreSQL would tell only at run time."""
    used = {int(number) for number in PARAMETER.findall(NOT_CODE.sub(" ", sql))}
    if used != set(range(1, len(used) + 1)):
        c_text.fail(place, f"parameters are not $1 to ${max(used)} without a gap")
    return len(used)


def blocks(path):
    """Yields (name, line, sql) of each named block; what stands before the first may only be comment."""
    name, start, lines = None, 0, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = NAME.match(line.rstrip())
        if match:
            if name:
                yield name, start, "\n".join(lines).strip()
            name, start, lines = match.group(1), number, []
        elif line.startswith("-- name"):
            c_text.fail(f"{path}:{number}", "expected `-- name: lower_snake_case` and nothing else on the line")
        elif name:
            lines.append(line)
        elif line.strip() and not line.startswith("--"):
            c_text.fail(f"{path}:{number}", "a statement without a `-- name:` line above it")
    if name:
        yield name, start, "\n".join(lines).strip()


def main():
    chosen = c_text.arguments()
    seen, rows = {}, []
    for path in chosen.inputs:
        for name, line, sql in blocks(path):
            place = f"{path}:{line}"
            if name in seen:
                c_text.fail(place, f"query `{name}` is already at {seen[name]}")
            if not sql:
                c_text.fail(place, f"query `{name}` is empty")
            seen[name] = place
            rows.append((name, sql, parameters(place, sql)))
    rows.sort()
    header = ("/* The named statements of schema/queries, sorted by name. */\nenum query {\n"
              + "".join(f"  QUERY_{name.upper()},\n" for name, _, _ in rows) + "  QUERY_COUNT\n};\n"
              "struct query_source {\n  const char *name;\n  const char *sql;\n  int n_params;\n};\n"
              "/* Indexed by enum query; `query_source_count` is QUERY_COUNT. */\n"
              "extern const struct query_source query_sources[];\nextern const size_t query_source_count;\n")
    source = c_text.table("const struct query_source query_sources[]", "query_source_count",
                          [f'  {{"{name}",\n{c_text.literal(sql)},\n  {count}}}' for name, sql, count in rows])
    c_text.write(chosen.output, header, source)


main()
