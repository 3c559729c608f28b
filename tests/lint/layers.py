#!/usr/bin/env python3
"""Includes go one way. The table of api/README.md says who may include whom and which folder knows which library; an include
that it does not name fails, and so does a row that is no longer true of any file."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "api/README.md"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Headers of a library, by their beginning.
LIBRARIES = {
    "jansson": ("jansson",), "libulfius": ("ulfius", "u_", "orcania", "yder"), "libmicrohttpd": ("microhttpd",),
    "libpq": ("libpq", "postgres", "pg_config"), "libjwt": ("jwt",), "rhonabwy": ("rhonabwy",), "libsodium": ("sodium",),
    "libcrypto": ("openssl/",), "libcurl": ("curl/",), "zlib": ("zlib",), "cmocka": ("cmocka",),
}
LIBC = re.compile(
    r"^(assert|ctype|dirent|dlfcn|errno|fcntl|fnmatch|getopt|glob|grp|iconv|inttypes|langinfo|libgen|limits|locale|malloc|math|"
    r"memory|netdb|poll|pthread|pwd|regex|sched|search|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|"
    r"stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|threads|time|uchar|unistd|wchar|wctype|"
    r"(sys|netinet|arpa|net|linux)/[a-z0-9_]+)\.h$")


def read_table():
    """folder -> (folders that it may include, libraries that it may know)."""
    rows = {}
    inside = False
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[:3] == ["Folder", "May include", "Libraries"]:
            inside = True
        elif inside and not line.startswith("|"):
            break
        elif inside and not set(cells[0]) <= set("-: "):
            names = [re.findall(r"`([^`]+)`", cell) for cell in cells[:3]]
            rows[names[0][0]] = (set(names[1]), set(names[2]))
    if not rows:
        sys.exit(f"{TABLE}: no table with the columns Folder, May include, Libraries")
    return rows


def folder_of(path, rows):
    """The row of a file: the longest folder of the table that holds it."""
    relative = path.relative_to(ROOT).as_posix()
    holding = [folder for folder in rows if relative == folder or relative.startswith(folder + "/")]
    return max(holding, key=len, default=None)


def library_of(header):
    for library, beginnings in LIBRARIES.items():
        if header.startswith(beginnings):
            return library
    return None


def resolve(path, header):
    """The file of the tree that "header" is, or what is generated as if it stood in api/."""
    if header.startswith("generated/"):
        return ROOT / "api" / header
    for base in (path.parent, ROOT / "api", ROOT / "clients/c", ROOT):
        if (base / header).is_file():
            return base / header
    return None


def judge(path, rows, quote, header):
    """What is wrong with one include, or None."""
    own = folder_of(path, rows)
    folders, libraries = rows[own]
    target = resolve(path, header) if quote == '"' else None
    if target:
        other = folder_of(target, rows)
        if other is None:
            return f"`{header}` is in no folder of the table"
        return None if other == own or other in folders else f"{own} may not include {other} (`{header}`)"
    library = library_of(header)
    if library:
        return None if library in libraries else f"{own} may not know {library} (`{header}`)"
    return None if LIBC.match(header) else f"`{header}` is neither ours, nor libc's, nor a library of the table"


def main():
    rows = read_table()
    faults, used, files = [], set(), 0
    for top in ("api", "workflow", "clients"):
        for path in sorted((ROOT / top).rglob("*.[ch]")):
            where = path.relative_to(ROOT)
            own = folder_of(path, rows)
            if own is None:
                faults.append(f"{where}: its folder is not in the table")
                continue
            files += 1
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if match:
                    fault = judge(path, rows, *match.groups())
                    used.add((own, library_of(match.group(2))))
                    if fault:
                        faults.append(f"{where}:{number}: {fault}")
    for folder, (folders, libraries) in rows.items():
        if not (ROOT / folder).exists() and folder != "api/generated":
            faults.append(f"{TABLE.name}: there is no {folder}")
        faults += [f"{TABLE.name}: `{other}` of {folder} is no row" for other in folders if other not in rows]
        faults += [f"{TABLE.name}: {folder} does not use {library}" for library in libraries if (folder, library) not in used]
    for fault in faults:
        print(fault)
    print(f"{files} files, {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
