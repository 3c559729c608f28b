"""base/text/{ca,es,en}.json -> generated/text: an enum of the keys and one table for each language.

Fails where a language lacks a key or where the placeholders of two languages differ, so that a text cannot miss at run time.
"""
import json
import re

import c_text

LANGUAGES = ("ca", "es", "en")
KEY = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")
PLACEHOLDER = re.compile(r"\{[a-z0-9_]*\}|%(?:[-+ #0]*[0-9]*(?:\.[0-9]+)?(?:hh|h|ll|l|z|j)?[diouxXeEfgGcs]|%)")


def read_flat(path):
    """One catalogue; a key twice is an error, which json by itself would pass over."""
    def unique(pairs):
        keys = [key for key, _ in pairs]
        for key in set(keys):
            if keys.count(key) > 1:
                c_text.fail(path, f"key `{key}` stands there twice")
        return dict(pairs)

    catalogue = json.loads(path.read_text(), object_pairs_hook=unique)
    for key, text in catalogue.items():
        if not KEY.match(key) or not isinstance(text, str):
            c_text.fail(path, f"`{key}`: expected a flat object of dotted.lower_case keys and texts")
    return catalogue


def compare(paths, catalogues):
    """Every key in every language, with the same placeholders as in Catalan."""
    first = catalogues[LANGUAGES[0]]
    for language in LANGUAGES[1:]:
        other = catalogues[language]
        for key in sorted(first.keys() ^ other.keys()):
            lacking = language if key in first else LANGUAGES[0]
            c_text.fail(paths[lacking], f"key `{key}` is missing")
        for key, text in first.items():
            if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(other[key])):
                c_text.fail(paths[language], f"`{key}` has other placeholders than in {LANGUAGES[0]}")


def main():
    chosen = c_text.arguments()
    paths = {path.stem: path for path in chosen.inputs}
    if paths and set(paths) != set(LANGUAGES):
        c_text.fail(chosen.inputs[0].parent, f"expected exactly {', '.join(f'{name}.json' for name in LANGUAGES)}")
    catalogues = {language: read_flat(paths[language]) if paths else {} for language in LANGUAGES}
    compare(paths, catalogues)
    keys = sorted(catalogues[LANGUAGES[0]])
    names = ["TEXT_" + key.upper().replace(".", "_") for key in keys]
    if len(set(names)) != len(names):
        c_text.fail(paths[LANGUAGES[0]], "two keys give the same enum name (`.` and `_` are one there)")
    header = ("enum text_key {\n" + "".join(f"  {name},\n" for name in names) + "  TEXT_KEY_COUNT\n};\n"
              f"/* In the order {', '.join(LANGUAGES)}. */\n"
              f"#define TEXT_LANGUAGE_COUNT {len(LANGUAGES)}\n"
              "extern const char *const text_catalogue[TEXT_LANGUAGE_COUNT][TEXT_KEY_COUNT];\n"
              "/* The key as the catalogues spell it. */\nextern const char *const text_key_names[TEXT_KEY_COUNT];\n")
    source = "const char *const text_catalogue[TEXT_LANGUAGE_COUNT][TEXT_KEY_COUNT] = {\n"
    for language in LANGUAGES:
        source += "  {\n" + "".join(
            f"  [{name}] =\n{c_text.literal(catalogues[language][key])},\n" for key, name in zip(keys, names)) + "  },\n"
    source += "};\nconst char *const text_key_names[TEXT_KEY_COUNT] = {\n"
    source += "".join(f'  "{key}",\n' for key in keys) + "};\n"
    c_text.write(chosen.output, header, source)


main()
