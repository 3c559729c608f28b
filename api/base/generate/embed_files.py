"""Any files -> generated/<output>: {name, bytes, length}. `--struct seed_file` names the struct, and the table seed_files."""
import c_text


def main():
    chosen = c_text.arguments("--struct")
    kind = chosen.struct
    rows = []
    for path in chosen.inputs:
        data = path.read_bytes()
        rows.append(f'  {{"{path.name}", (const unsigned char *)\n{c_text.literal(data)},\n  {len(data)}}}')
    header = (f"/* A file as it stands in the source tree; one NUL, not counted, follows its bytes. */\n"
              f"struct {kind} {{\n  const char *name;\n  const unsigned char *bytes;\n  size_t length;\n}};\n"
              f"extern const struct {kind} {kind}s[];\nextern const size_t {kind}_count;\n")
    c_text.write(chosen.output, header, c_text.table(f"const struct {kind} {kind}s[]", f"{kind}_count", rows))


main()
