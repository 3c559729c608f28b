#!/usr/bin/env bash
# workflow_symbols.sh [liboam_workflow.a]: the core of the engine calls nothing but a few mem* and str* functions, so it
# cannot read a clock, a file or a socket, nor allocate. Its undefined symbols are the proof. What compilers add by
# themselves (stack protector, fortified copies, sanitizers, coverage) is not a call of ours.
set -euo pipefail
archive=${1:-${OAM_BUILD:-build/dev}/workflow/liboam_workflow.a}
[ -f "$archive" ] || { echo "$archive is not built"; exit 77; }

allowed='memcpy|memmove|memset|memcmp|strlen|strcmp|strncmp'
added='_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__(memcpy|memmove|memset)_chk|__(asan|ubsan|tsan|sanitizer|sancov|gcov|llvm)_[a-z0-9_]+'

# Prints what an archive needs and neither has itself nor may call.
foreign() {
  comm -23 <(nm --undefined-only "$1" | awk 'NF == 2 { print $2 }' | sort -u) \
           <(nm --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort -u) |
    grep -Evx "$allowed|$added" || true
}

# A check that cannot fail proves nothing: one that does allocate must be caught.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf 'void *malloc(unsigned long n);\nvoid *wrong(void);\nvoid *wrong(void) { return malloc(8); }\n' > "$scratch/wrong.c"
"${CC:-cc}" -O0 -c "$scratch/wrong.c" -o "$scratch/wrong.o"
ar rc "$scratch/wrong.a" "$scratch/wrong.o"
[ "$(foreign "$scratch/wrong.a")" = malloc ] || { echo "the check does not see a call of malloc"; exit 1; }

nm --defined-only "$archive" | grep ' T workflow_step$' > /dev/null || { echo "$archive is not the engine"; exit 1; }
found=$(foreign "$archive")
[ -z "$found" ] || { echo "$archive calls what it may not:"; echo "$found"; exit 1; }
echo "$archive calls nothing but: $(nm --undefined-only "$archive" | awk 'NF == 2 { print $2 }' | sort -u | grep -Ex "$allowed" | tr '\n' ' ')"
