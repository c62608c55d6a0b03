#!/bin/bash
# The same scenario gives the same bytes, whatever the compiler and its options: runs it with each
# binary and compares all result files. Only wall_seconds and the name of the compiler may differ.
#
#   tests/determinism.sh BINARY BINARY... -- ARGUMENT-OF-FAULTLINE-RUN...
#
# Exit status 0 if all agree, 1 if they differ, 2 if they cannot be compared.
set -euo pipefail

fail() { echo "determinism: $*" >&2; exit 2; }

binaries=()
while (( $# > 0 )) && [[ $1 != -- ]]; do
  [[ -x $1 ]] || fail "$1 is no program"
  binaries+=("$1")
  shift
done
(( $# > 1 && ${#binaries[@]} > 1 )) ||
  fail "usage: tests/determinism.sh BINARY BINARY... -- ARGUMENT-OF-FAULTLINE-RUN..."
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The engine's speed and who built it are all in the results that depends on the machine.
hide_machine() {
  sed -E -i 's/("wall_seconds": *)[-+.0-9eE]+/\1"hidden"/; s/("compiler": *)"[^"]*"/\1"hidden"/' \
    "$1/result.json"
}

for i in "${!binaries[@]}"; do
  status=0
  "${binaries[$i]}" run "$@" --no-report --out "$work/$i" > "$work/$i.log" 2>&1 || status=$?
  if (( status > 1 )); then  # 1 is an unmet expectation
    cat "$work/$i.log" >&2
    fail "${binaries[$i]} ended with status $status"
  fi
  for file in result.json history.jsonl timeseries.csv; do
    [[ -s $work/$i/$file ]] || fail "${binaries[$i]} wrote no $file"
  done
  grep -q '"wall_seconds"' "$work/$i/result.json" || fail "no wall_seconds in result.json"
  hide_machine "$work/$i"
done

differ=0
for i in "${!binaries[@]}"; do
  (( i > 0 )) || continue
  if ! diff -rq "$work/0" "$work/$i"; then
    echo "determinism: ${binaries[0]} and ${binaries[$i]} differ; the first differences:" >&2
    diff -r "$work/0" "$work/$i" | cut -c 1-200 | head -n 20 >&2 || true
    differ=1
  fi
done
if (( differ == 0 )); then
  echo "determinism: ${#binaries[@]} builds, the same $(cat "$work"/0/* | wc -c) bytes"
fi
exit "$differ"
