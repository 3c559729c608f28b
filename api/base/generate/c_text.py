"""What the generators of this folder share: C literals, the written pair of files, failing with a message that names the place."""
import argparse
import pathlib
import sys

BANNER = "/* Generated at build; the sources are named in api/CMakeLists.txt. */\n"


def fail(place, message):
    """Stops the build as a compiler would: file:line: message."""
    sys.exit(f"{place}: error: {message}")


def literal(data):
    """The bytes as adjacent C string literals, one for each line of the source, so that a debugger and a reader see lines."""
    if isinstance(data, str):
        data = data.encode()
    lines = data.splitlines(keepends=True) or [b""]
    return "\n".join(f'  "{"".join(map(escape, line))}"' for line in lines)


def escape(byte):
    """One byte inside a literal; octal has a fixed width, so what follows can never join it."""
    simple = {9: "\\t", 10: "\\n", 34: '\\"', 63: "\\?", 92: "\\\\"}
    if byte in simple:
        return simple[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


def arguments(*options):
    """--output <path without suffix>, what the script adds, and the input files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", required=True, type=pathlib.Path)
    for option in options:
        parser.add_argument(option, required=True)
    parser.add_argument("inputs", nargs="*", type=pathlib.Path)
    chosen = parser.parse_args()
    chosen.inputs.sort()
    return chosen


def write(output, header, source):
    """Writes <output>.h, guarded, and <output>.c, which includes it."""
    output.parent.mkdir(parents=True, exist_ok=True)
    guard = f"GENERATED_{output.name.upper()}_H"
    write_changed(output.with_suffix(".h"),
                  f"{BANNER}#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n\n{header}\n#endif\n")
    write_changed(output.with_suffix(".c"), f'{BANNER}#include "generated/{output.name}.h"\n\n{source}')


def write_changed(path, text):
    """Leaves an equal file alone: a changed query must not compile again whoever only reads the header."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def table(declaration, count, rows):
    """A table and its length. C has no empty array, so that an empty table holds one row of zeros which is not counted."""
    body = ",\n".join(rows) if rows else "  {0}"
    return f"{declaration} = {{\n{body}\n}};\nconst size_t {count} = {len(rows)};\n"
