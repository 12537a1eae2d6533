#!/bin/sh
# fuzz.sh [SECONDS]
#
# Feeds the lexer, parser and validation of GraphQL with bytes that libFuzzer makes up, guided by what code they reach,
# for 60 seconds unless told otherwise. What makes them crash, or takes longer than 5 seconds, is kept in
# .build/fuzz and ends the run with an error; what was learned is kept in .build/fuzz/corpus for the next run.
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

seconds=${1:-60}
out=.build/fuzz
mkdir -p "$out/corpus"

# Built by itself rather than by SwiftPM, which does not know this sanitizer: with what Package.swift says and
# the counters that guide the fuzzer.
module() { # NAME FLAGS FILES...
    name=$1
    shift
    swiftc -O -wmo -parse-as-library -swift-version 6 -package-name bay -sanitize=fuzzer -I "$out" \
        -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault \
        -enable-upcoming-feature MemberImportVisibility -module-name "$name" "$@"
}
library() { # NAME
    # shellcheck disable=SC2046 # no name has a space
    module "$1" -emit-module -emit-module-path "$out/$1.swiftmodule" -emit-library -static -o "$out/lib$1.a" \
        $(find "Sources/$1" -name '*.swift')
}
say '-- building the fuzzer'
library JSON
library GraphQL
module GraphQLFuzz -strict-memory-safety -o "$out/fuzzer" -L "$out" -lGraphQL -lJSON -lswiftSynchronization \
    Tests/GraphQLFuzz/Fuzz.swift Tests/GraphQLPeer/Library.swift Tests/GraphQLPeer/LibrarySchema.swift

# The documents of the differential test are a start, where its Python environment is there.
if [ -x .build/python/bin/python ] && [ ! -e "$out/corpus/rule0" ]; then
    (cd Tests/GraphQLPeer/differ && "$root/.build/python/bin/python" -B - "$root/$out/corpus" <<'PYTHON'
import sys
from rules import CASES
documents = [case if isinstance(case, str) else case["query"] for _, fit, broken in CASES for case in fit + broken]
for number, document in enumerate(documents):
    with open(f"{sys.argv[1]}/rule{number}", "w", encoding="utf-8", newline="") as file:
        file.write(document)
PYTHON
    )
fi

say "-- fuzzing for $seconds s"
exec "$out/fuzzer" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
    -dict=Tests/GraphQLFuzz/graphql.dict -artifact_prefix="$out/" "$out/corpus"
