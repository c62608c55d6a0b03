#!/bin/bash
# Keeps what a compiler does not: which room may know what, and how long lines and files may be.
# Prints file:line: what is wrong, and fails if anything is.
#
#   tests/style.sh [FOLDER]      FOLDER: the tree to look at; this one unless told otherwise
set -euo pipefail
shopt -s lastpipe      # the last part of a pipe counts problems in this shell
export LC_ALL=C.UTF-8  # columns are characters, not bytes
cd "${1:-$(dirname "$(readlink -f "$0")")/..}"

most_columns=100
most_lines=600

# All files that are or will be part of the project, of the kinds that people write by hand.
all_files() {
  if [[ -e .git ]]; then
    git ls-files --cached --others --exclude-standard
  else
    find . -name node_modules -prune -o -path './build*' -prune -o -type f -printf '%P\n'
  fi
}
code='\.(cpp|hpp|h|cmake|py|sh|js|mjs|cjs|css|html)$|(^|/)CMakeLists\.txt$'
scripts='^(tools|\.ci)/([^./]+/)*[^./]+$'
mapfile -t files < <(all_files | sort -u | grep -E "$code|$scripts" |
  while read -r file; do if [[ -f $file ]]; then echo "$file"; fi; done)
(( ${#files[@]} > 0 )) || { echo "style: found no files in $PWD" >&2; exit 2; }

problems=0

# complain WHAT: reads grep's FILE:LINE:TEXT and prints FILE:LINE: WHAT.
complain() {
  local file line rest
  while IFS=: read -r file line rest; do
    printf '%s:%s: %s: %s\n' "$file" "$line" "$1" "${rest:0:60}"
    problems=$((problems + 1))
  done
}

# search PATTERN FILE...: grep that is content to find nothing.
search() {
  local pattern=$1
  shift
  (( $# == 0 )) || grep -HnE -- "$pattern" "$@" || (( $? == 1 ))
}

# matching PATTERN and not_matching PATTERN: the files of such names.
matching() { printf '%s\n' "${files[@]}" | grep -E -- "$1" || true; }
not_matching() { printf '%s\n' "${files[@]}" | grep -vE -- "$1" || true; }

mapfile -t without_simgrid < <(not_matching '^(sim/engine|tools/bench|tests)/')
search '#[[:space:]]*include[[:space:]]*[<"](simgrid|xbt|smpi)/' "${without_simgrid[@]}" |
  complain "only sim/engine may include SimGrid"

rooms_without_json="core|statistics|placement|overload|eviction|"
rooms_without_json+="engine|model|workload|fault|metric|check"
mapfile -t without_json < <(matching "^(models|sim/($rooms_without_json))/")
search '#[[:space:]]*include[[:space:]]*[<"]nlohmann/' "${without_json[@]}" |
  complain "JSON is for sim/scenario and what stands on it"

# Two types of one name in one namespace break each other silently, wherever both are linked.
mapfile -t headers < <(matching '^sim/.*[.]hpp$')
grep -noE '^(struct|class|enum class) [A-Za-z]+( final)?( :.*)? [{]' "${headers[@]}" |
  awk -F'[: ]' '{ name = $3 == "enum" ? $5 : $4 }
    name in seen && seen[name] != $1 { print $1 ":" $2 ":" name " is also in " seen[name] }
    { seen[name] = $1 }' | complain "a type's name stands for two"

# It adds 1 to what it compares, and so lets pass any two latencies in seconds.
mapfile -t tests < <(matching '^tests/.*[.][ch]pp$' | grep -v '^tests/close_to[.]hpp$')
search 'doctest::Approx' "${tests[@]}" | complain "compare with close_to() of tests/close_to.hpp"

# A sentence in a template of the report cannot be broken without changing what it says.
search ".{$((most_columns + 1))}" "${files[@]}" |
  { grep -vE '^[^:]+\.mjs:.*[`'"'"'<]' || true; } | complain "more than $most_columns columns"
search $'\t' "${files[@]}" | complain "tab"
search '\<(TO''DO|FIX''ME|X''XX)\>' "${files[@]}" | complain "unfinished business"

# tools/new-model leaves these where a person has to write.
mapfile -t written < <(all_files | sort -u |
  grep -E '^(models|scenarios|tests)/.*[.](hpp|cpp|md|json)$' |
  while read -r file; do if [[ -f $file ]]; then echo "$file"; fi; done)
search 'TO BE WRITTEN' "${written[@]}" | complain "not written yet"

mapfile -t counted < <(matching '^(sim|models|tools)/')
for file in "${counted[@]}"; do
  lines=$(wc -l < "$file")
  if (( lines > most_lines )); then
    complain "more than $most_lines lines" <<< "$file:$((most_lines + 1)):$lines lines"
  fi
done

if (( problems > 0 )); then
  echo "style: $problems problems in ${#files[@]} files"
  exit 1
fi
echo "style: ${#files[@]} files, no problems"
