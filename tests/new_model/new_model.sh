#!/bin/bash
# tools/new-model in a copy of the tree: what it refuses, and that what it makes builds, passes its
# test and runs its scenario. The copy is not built as a whole: the model stands on the rooms of the
# build that is being tested. Prints what is wrong, and fails if anything is.
#
#   tests/new_model/new_model.sh BUILD-FOLDER COMPILER [COMPILE-OPTIONS]
set -uo pipefail
usage="usage: tests/new_model/new_model.sh BUILD-FOLDER COMPILER [COMPILE-OPTIONS]"
build=$(readlink -f "${1:?$usage}")
compiler=${2:?$usage}
options=${3:-}
source=$(readlink -f "$(dirname "$0")/../..")
name=two_phase_commit2
class=TwoPhaseCommit2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

problems=0
complain() {
  printf 'new-model: %s\n' "$*"
  problems=$((problems + 1))
}
give_up() {
  complain "$1: $(tail -n 30 log)"
  exit 1
}

copy() {
  mkdir "$1"
  tar -C "$source" --exclude=node_modules -c .clang-format CMakeLists.txt cmake models scenarios \
    sim tests tools | tar -C "$1" -x
}
copy tree
copy before

# ---- what it refuses -----------------------------------------------------------------------------
# refuses WHY ARGUMENT...: in one line, and leaves everything as it was.
refuses() {
  local why=$1 status=0
  shift
  tree/tools/new-model "$@" > log 2>&1 || status=$?
  (( status == 2 )) || complain "new-model $*: exit status $status, not 2"
  [[ $(wc -l < log) == 1 && $(< log) == *"$why"* ]] || complain "no \"$why\" in: $(< log)"
}
refuses "one name, please"
refuses "one name, please" two names
for bad in "" Raft two-phase 2pc _paxos paxos_ two__phase ../raft "a b" 'a;b'; do
  refuses "is no model's name" "$bad"
done
refuses "longer than 32" "$(printf 'a%.0s' {1..33})"
refuses "means something else in C++" class
refuses "means something else in C++" main
refuses "there is models/raft already" raft
refuses "there is sim/engine already" engine
refuses "is a word of the simulator: sim/model/request.hpp" request
refuses "is a word of the simulator: sim/model/request.hpp" succeeded
diff -r tree before || complain "a name that is refused changes the tree"

# ---- what it makes -------------------------------------------------------------------------------
tree/tools/new-model "$name" > log 2>&1 || give_up "fails"
refuses "there is models/$name already" "$name"
diff -q -r tree before > log
for file in models tests scenarios; do
  grep -qF "Only in tree/$file: $name" log || complain "no $file/$name"
done
for file in models/catalog.cpp tests/CMakeLists.txt; do
  if diff {before,tree}/$file | grep '^<'; then complain "takes away from $file"; fi
done
(( $(wc -l < log) == 5 )) || complain "changes other files: $(< log)"

if command -v clang-format > /dev/null; then
  clang-format --dry-run -Werror tree/models/catalog.cpp "tree/models/$name"/* \
    "tree/tests/$name"/*.cpp > log 2>&1 || complain "not formatted: $(< log)"
fi
# Style has nothing against it but what a person has to write.
tree/tests/style.sh > log
if grep -v "not written yet\|problems in" log; then complain "style: $(< log)"; fi
for file in models tests scenarios; do
  grep -q "^$file/$name/.*not written yet" log || complain "style knows nothing to write in $file"
done

cmake -S tree -B whole -G Ninja -DCMAKE_CXX_COMPILER="$compiler" > log 2>&1 ||
  give_up "the tree cannot be configured"
cmake --build whole --target help > log
grep -q "^test_$name:" log || complain "the tree has no test_$name"

cmake -S "$source/tests/new_model/project" -B made -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$options" -DTREE="$work/tree" -DNAME="$name" -DCLASS="$class" \
  -DBUILD="$build" > log 2>&1 || give_up "the model cannot be configured"
cmake --build made > log 2>&1 || give_up "the model does not build"
made/new_model_test > log 2>&1 || give_up "the model's test fails"
"$build/tools/faultline/faultline" run "tree/scenarios/$name/two-phase-commit2.json" \
  --plugin made/libnew_model.so > log 2>&1 || give_up "the model's scenario fails"

if (( problems > 0 )); then
  echo "new-model: $problems problems"
  exit 1
fi
echo "new-model: no problems"
