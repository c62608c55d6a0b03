#!/bin/bash
# Models from outside: installs faultline, builds the project beside this file against what was
# installed, runs its model, and has wrong plug-ins refused. Prints what is wrong, and fails if
# anything is.
#
#   tests/plugin/plugin.sh BUILD-FOLDER COMPILER
set -uo pipefail
build=$(readlink -f "${1:?usage: tests/plugin/plugin.sh BUILD-FOLDER COMPILER}")
compiler=${2:?usage: tests/plugin/plugin.sh BUILD-FOLDER COMPILER}
source=$(readlink -f "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

problems=0
complain() {
  printf 'plugin: %s\n' "$*"
  problems=$((problems + 1))
}
give_up() {
  complain "$1: $(tail -n 20 log)"
  exit 1
}

# ---- an external project, as its author builds it ------------------------------------------------
cmake --install "$build" --prefix "$work/prefix" > log 2>&1 || give_up "cannot be installed"
faultline=$work/prefix/bin/faultline
# build_project FOLDER SOURCE
build_project() {
  cmake -S "$2" -B "$1" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    > log 2>&1 || give_up "$1 cannot be configured"
  if grep -q Warning log; then complain "configuring warns: $(< log)"; fi
  cmake --build "$1" > log 2>&1 || give_up "$1 does not build"
}
build_project project "$source/project"
# The scenario expects what the model's header claims, in figures.
ctest --test-dir project --no-tests=error --output-on-failure > log 2>&1 ||
  give_up "the project's test fails"

# ---- commands that know models -------------------------------------------------------------------
plugin=project/libread_one_write_all.so
scenario=$source/project/read-one-write-all.json

# expect STATUS ARGUMENTS...: runs faultline; keeps what it prints in "out" and "err".
expect() {
  local wanted=$1 status=0
  shift
  "$faultline" "$@" > out 2> err || status=$?
  (( status == wanted )) ||
    complain "faultline $*: exit status $status, not $wanted; $(head -c 300 err)"
}
says() { grep -qF -- "$1" out || complain "no \"$1\" in: $(head -c 600 out)"; }
# refuses WHY FILE...: in one line, before anything else is looked at.
refuses() {
  local why=$1
  shift
  expect 2 models "${@/#/--plugin=}"
  grep -qF -- "$why" err || complain "no \"$why\" on standard error, but: $(head -c 600 err)"
  [[ $(wc -l < err) == 1 && ! -s out ]] || complain "more than one message: $(head -c 900 out err)"
}

expect 0 models --plugin "$plugin" read_one_write_all
says "how long a write waits for all copies"
expect 0 schema --plugin "$plugin"
says '"read_one_write_all"'
expect 0 validate "$scenario" --plugin "$plugin"
expect 2 validate "$scenario"
grep -q '/services/store/model: there is no model "read_one_write_all"' err ||
  complain "without the plug-in: $(< err)"
expect 0 compare "$scenario" "$scenario" --plugin "$plugin" --set /duration=25s --no-report
expect 1 run "$scenario" --plugin "$plugin" --trials 2 -j 2 --set /expect/4/above=1.5
expect 0 hunt "$scenario" --plugin "$plugin" --claim convergence --seeds 1 --faults pause

# The report is drawn by what was installed, not by what lies in the source.
expect 0 run "$scenario" --plugin "$plugin" --out result
[[ -s result/report.html ]] || complain "the installed program draws no report"
mv prefix/share/faultline/report elsewhere
expect 3 report result
grep -qF "there is no $work/prefix/share/faultline/report/report.mjs" err ||
  complain "without its report program: $(< err)"

# ---- what is refused -----------------------------------------------------------------------------
refuses "there is no such plug-in" nowhere.so
refuses "is no file" .
refuses "is no plug-in of faultline" "$scenario"
refuses "is no plug-in of faultline" /bin/true
expect 2 models --plugin
# altered NAME CHANGE: the plug-in, its stamp changed.
altered() { LC_ALL=C sed "$2" "$plugin" > "$1"; }
altered version.so 's/^interface: 1$/interface: 9/'
refuses "version.so: was built for another faultline: interface 9 (here 1) (build" version.so
altered headers.so 's/^headers: ..../headers: zzzz/'
refuses "another faultline: headers zzzz" headers.so
altered compiler.so 's/^compiler: \(.\)/compiler: z/'
refuses "another faultline: compiler z" compiler.so
altered name.so 's/\x00read_one_write_all\x00/\x00read_one_Write_all\x00/g'
refuses 'name.so: brings a model "read_one_Write_all" (a name is' name.so
head -c $(($(stat -c %s "$plugin") / 2)) "$plugin" > half.so
refuses "half.so: is cut short" half.so
build_project impostor "$source/impostor"
refuses 'brings a model "quorum", which there is already' impostor/libimpostor.so
cp "$plugin" again.so
refuses 'again.so: brings a model "read_one_write_all" whose class is there already' \
  "$plugin" again.so
expect 0 models --plugin "$plugin" --plugin "$plugin"
[[ $(grep -c read_one_write_all out) == 1 ]] || complain "a plug-in counts twice: $(< out)"

if (( problems > 0 )); then
  echo "plugin: $problems problems"
  exit 1
fi
echo "plugin: no problems"
