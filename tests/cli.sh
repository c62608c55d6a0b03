#!/bin/bash
# The command line as a user meets it: exit status, words, files. Prints what is wrong, and fails if
# anything is.
#
#   tests/cli.sh FAULTLINE       FAULTLINE: the program
set -uo pipefail
faultline=$(readlink -f "${1:?usage: tests/cli.sh FAULTLINE}")
scenarios=$(readlink -f "$(dirname "$0")/../scenarios")
fixtures=$(readlink -f "$(dirname "$0")/report")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 2
unset NO_COLOR

problems=0
complain() {
  printf 'cli: %s\n' "$*"
  problems=$((problems + 1))
}

# expect STATUS WORDS...: runs faultline; keeps what it prints in "out" and "err".
expect() {
  local wanted=$1 status=0
  shift
  "$faultline" "$@" > out 2> err || status=$?
  if (( status != wanted )); then
    complain "faultline $*: exit status $status, not $wanted; $(head -c 300 err)"
  fi
}
says() { grep -qF -- "$1" out || complain "no \"$1\" in: $(head -c 600 out)"; }
warns() { grep -qF -- "$1" err || complain "no \"$1\" on standard error, but: $(head -c 600 err)"; }
# A sanitized program may remark on its own stack.
silent() {
  sed -i '/ASan is ignoring/,/sanitizers\/issues/d' err
  [[ ! -s err ]] || complain "something on standard error: $(head -c 600 err)"
}
is_json() { node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' "$1" ||
  complain "$1 is not JSON"; }

cat > small.json <<'END'
{
  "seed": 4, "duration": "2s",
  "topology": {"regions": {"here": 3}},
  "services": {"store": {"model": "quorum"}},
  "workloads": {"clients": {"target": "store", "arrivals": {"poisson": "200/s"}}},
  "expect": [{"metric": "availability", "of": "clients", "above": 0.5}]
}
END

# ---- help ----------------------------------------------------------------------------------------
expect 0 --help
commands=(run compare validate check export hunt reproduce sweep sweep-task sweep-collect query
          frontier placement models schema report)
for command in "${commands[@]}"; do
  says "$command"
done
for command in "${commands[@]}"; do
  expect 0 "$command" --help
  says "example: faultline $command"
done
expect 0 --version

# ---- run -----------------------------------------------------------------------------------------
before=$(ls)
expect 0 run small.json
silent
says "clients -> store"
says "linearizable"
says "met   availability of clients"
[[ $(ls) == "$before" ]] || complain "run without --out leaves files: $(ls)"
if grep -q $'\033' out; then complain "colours in a pipe"; fi

expect 0 run small.json --set /workloads/clients/most_operations=10
says "ended early"
expect 1 run small.json --set /expect/0/above=2
says "UNMET"
says "no interval for ok, goodput, p50, p99"
expect 0 run small.json --set /duration=60s --no-report --out long
says " ± "
says "from stretches of this run"
node -e '
  const { workloads } = JSON.parse(require("fs").readFileSync("long/result.json"));
  const { phases, intervals } = workloads.clients;
  const { availability, goodput, latency } = intervals.steady;
  const holds = ({ value, low, high }, figure) => low <= value && value <= high && value === figure;
  const { steady } = phases;
  if (!holds(availability, steady.availability) || !(availability.low < 1)) process.exit(1);
  const same = (name) => holds(latency[name], steady.latency[name]);
  if (!same("p50") || !same("p99")) process.exit(1);
  if (Math.abs(goodput.value / steady.goodput - 1) > 1e-9 || !latency.p999.why) process.exit(1);
' || complain "intervals of one run: $(grep -A 60 intervals long/result.json | head -c 900)"
expect 0 run small.json --json
is_json out
expect 0 run small.json --out result --trace --no-report
for file in result.json timeseries.csv history.jsonl scenario.json messages.jsonl; do
  [[ -s result/$file ]] || complain "no result/$file"
done
is_json result/result.json
expect 0 run result/scenario.json --out again --trace --no-report
for file in timeseries.csv history.jsonl messages.jsonl; do
  cmp -s result/$file again/$file || complain "the scenario as run gives another $file"
done
expect 0 run small.json --seed 5 --out other --no-report
if cmp -s result/history.jsonl other/history.jsonl; then complain "--seed changes nothing"; fi
expect 0 run small.json small.json --out two --no-report
[[ -s two/small/result.json && -s two/small-2/result.json ]] ||
  complain "two runs share a folder: $(ls two)"

# ---- reproduce -----------------------------------------------------------------------------------
is_json result/trace.json
is_json result/otlp.json
expect 0 reproduce result
says "result.json      the same"
says "history.jsonl    the same"
says "timeseries.csv   the same"
expect 0 reproduce result/result.json
cp -r result altered
sed -i '3s/"outcome":"ok"/"outcome":"failed"/' altered/history.jsonl
sed -i '0,/"operations": [0-9]*/s//"operations": 1/' altered/result.json
expect 1 reproduce altered
says "line 3: "
says "result.json      differs"
sed -i 's/"200\/s"/"300\/s"/' altered/scenario.json
expect 2 reproduce altered
warns "altered/scenario.json: is not the scenario that the result came from"
expect 2 reproduce nowhere
warns "nowhere: holds no result.json"
for broken in '{}' '[]' '{"digests":{},"engine":{"compiler":"x"}}'; do
  echo "$broken" > altered/result.json
  expect 2 reproduce altered
  warns "altered/result.json: does not say what it came from"
done

# ---- placement -----------------------------------------------------------------------------------
expect 0 placement --keys 20000 --out places
silent
for partitioner in modulo consistent bounded rendezvous jump maglev directory range geographic \
                   composite; do
  says "$partitioner"
done
is_json places/placement.json
expect 0 placement --keys 20000 --json
cmp -s out places/placement.json || complain "--json prints something else than placement.json"
expect 0 placement range --ranges 0-99:0,100-999:4 --keys 1000
says "1.800"
# refused WORDS OPTIONS...: exit status 2, says why, leaves nothing behind.
refused() {
  expect 2 placement "${@:2}" --out nothing
  warns "$1"
  [[ ! -e nothing/placement.json ]] || complain "placement ${*:2} leaves a file"
}
refused "1 virtual node or more" consistent --virtual-nodes 0
refused "at most as many buckets as keys" jump --nodes 10 --keys 9
refused "keys 100 to 199 are in no range" range --ranges 0-99:0,200-299:1
refused "is not a range (such as 0-499:3)" range --ranges 0-99
refused "\"x\" is not a node" range --ranges 0-99:x
refused "is for ranges alone" jump --ranges 0-99:0
refused "such as 65537" maglev --table-size 65536
refused "(more than 1)" bounded --bound 0.5
refused "did you mean \"maglev\"?" maglew
refused "--nodes: 1 cannot be" --nodes 1
refused "--keys: 0 cannot be" --keys 0
refused "take too long" --nodes 10000 --keys 100000000
refused "--slots" directory --slots -1
refused "makes a table of 4294967291 entries" maglev --table-size 4294967291

# ---- a warm-up that is found ---------------------------------------------------------------------
cat > queue.json <<'END'
{
  "seed": 4, "duration": "20s", "warmup": "detect",
  "topology": {"regions": {"here": {"hosts": 1, "host": {"cores": 1}}}},
  "services": {"server": {"model": "leader_follower", "failover": "none",
                          "work": "1ms"}},
  "workloads": {"clients": {"target": "server", "mix": {"get": 1}, "sessions": 10000,
                            "timeout": "1h", "arrivals": {"poisson": "700/s"}}}
}
END
expect 0 run queue.json --out found --no-report
says "are warm-up and left out: by MSER-5 of 5 pilots (clients"
grep -q '"warmup": "[0-9.]*m\?s"' found/scenario.json ||
  complain "no span: $(grep warmup found/scenario.json)"
expect 0 reproduce found
says "result.json      the same"
expect 0 run queue.json --trials 2 -j 2 --out found-twice --no-report
says "by MSER-5 of 5 pilots"
[[ $(grep '"warmup"' found-twice/result.json) == "$(grep '"warmup"' found/result.json)" ]] ||
  complain "trials find another warm-up than a run"
expect 0 compare queue.json queue.json small.json --set /duration=20s
says "seed 4"
overload='/workloads/clients/arrivals={"poisson": "1500/s"}'
expect 2 run queue.json --set "$overload" --out never --no-report
warns "queue.json: /warmup: within 20s, what operations of clients take has not settled"
[[ ! -e never ]] || complain "a run that was refused leaves files"
expect 2 sweep queue.json --vary /seed=1..2 --out swept
warns "queue.json: /warmup: a sweep needs one that is known"

# ---- trials --------------------------------------------------------------------------------------
expect 0 run small.json --trials 5 -j 2 --out repeated --no-report
silent
says "5 trials"
says " ± "
says "5 of 5"
says "repeated/trials.json"
cmp -s repeated/history.jsonl result/history.jsonl || complain "the first trial is not the run"
mv repeated/trials.json two-jobs.json
expect 0 run small.json --trials 5 --out repeated --no-report
cmp -s repeated/trials.json two-jobs.json || complain "one job finds other figures than two"
expect 0 run small.json --trials 5 --json
cmp -s out two-jobs.json || complain "--json prints something else than trials.json"
node -e '
  const { trials, seeds, workloads } = JSON.parse(require("fs").readFileSync("two-jobs.json"));
  const { goodput, latency } = workloads.clients.phases.all;
  const sound = ({ value, low, high }) => low <= value && value <= high;
  if (trials !== 5 || new Set(seeds).size !== 5 || seeds[0] !== 4) process.exit(1);
  if (!sound(goodput) || goodput.low === goodput.high || !sound(latency.p99)) process.exit(1);
' || complain "trials.json: $(head -c 600 two-jobs.json)"
expect 0 run small.json --out repeated --no-report
[[ ! -e repeated/trials.json ]] || complain "one run leaves the figures of earlier trials"
expect 1 run small.json --trials 3 --set /expect/0/above=2
says "UNMET availability of clients: above 2 (met in 0 of 3)"
expect 0 run small.json --precision 5% --metric throughput,availability -j 2 --json
cp out precise.json
expect 0 run small.json --precision 5% --metric throughput,availability --json
cmp -s out precise.json || complain "one job takes other trials for a precision than two"
grep -q '"reached": true' out || complain "a precision is not reached: $(head -c 600 out)"
expect 0 run small.json --precision 0.1% --metric throughput --max-trials 11 -j 2
says "11 trials were not enough for 0.1 %"
for wrong in "--trials 0" "--trials -1" "--trials 1e9" "--trials 99999999" "--jobs 0" \
             "--precision 0" "--precision 200%" "--precision narrow" "--max-trials 0" \
             "--precision 2% --max-trials 5" "--metric goodput"; do
  # shellcheck disable=SC2086
  expect 2 run small.json $wrong --out refused
  [[ -s err ]] || complain "$wrong is refused without a word"
done
[[ ! -e refused ]] || complain "options that are refused leave a folder"
expect 2 run small.json --precision 2% --metric latency.p9
warns 'did you mean "latency.p90"?'

# ---- reports -------------------------------------------------------------------------------------
expect 0 run small.json --out drawn
says "report drawn/report.html"
[[ -s drawn/report.html ]] || complain "no report"
rm drawn/report.html
expect 0 report drawn
[[ -s drawn/report.html ]] || complain "no report the second time"
expect 2 report nowhere
warns "nowhere"
mkdir broken && echo '{' > broken/result.json
expect 2 report broken
warns "broken/result.json"
echo '{}' > broken/result.json
expect 2 report broken
warns "broken"
expect 0 run small.json --trials 3 -j 2 --out three
says "report three/report.html"
grep -q "3 trials, seed 4 and others" three/report.html ||
  complain "a report of trials does not say so"
[[ -s three/phases-latency.svg && -s three/promises.svg ]] || complain "no charts of trials"
sed -i 's|"trials":|"tries":|' three/trials.json
expect 2 report three
warns "three/trials.json"
mkdir swept && cp "$fixtures"/sweep.json swept
expect 0 report swept
says "report swept/sweep.html"
silent
[[ -s swept/sweep.html && -s swept/pareto.svg && ! -e swept/report.html ]] ||
  complain "not what a sweep is to leave: $(ls swept)"
echo '{}' > swept/sweep.json
expect 2 report swept
warns "swept/sweep.json"

# ---- compare -------------------------------------------------------------------------------------
expect 0 compare "$scenarios"/cap/quorum-{cp,ap}.json --out comparison
says "PC/EC"
says "PA/EL"
says "during partition"
[[ -s comparison/report.html && -s comparison/quorum-cp/report.html ]] ||
  complain "compare draws no reports"

# ---- models, schema, validate --------------------------------------------------------------------
expect 0 models
says "leader_follower"
expect 0 models quorum
says "read_quorum (derived, or absent): a whole number"
says "timeout (500ms): a span of time above 0s"
says "on_partition (consistency): one of these"
expect 2 models qourum
warns 'did you mean "quorum"?'
expect 0 schema
is_json out
expect 0 validate small.json
says "3 hosts"

# ---- compare, many trials ------------------------------------------------------------------------
sed 's|200/s|205/s|' small.json > busier.json
expect 0 compare small.json busier.json --trials 8 -j 2
silent
says "differ beyond chance (*)"
says "Holm"
expect 0 compare small.json busier.json --trials 8 -j 2 --json
cp out two-jobs.json
expect 0 compare small.json busier.json --trials 8 --out compared --no-report --json
cmp -s out two-jobs.json || complain "one job compares otherwise than two"
cmp -s compared/comparison.json out || complain "--json prints something else than comparison.json"
[[ -s compared/small/trials.json && -s compared/busier/trials.json ]] ||
  complain "no trials.json below a comparison: $(ls -R compared)"
# Eight trials tell 200/s from 205/s, whose noise is 10/s in a trial of two seconds, since both meet
# the same arrivals: with independent seeds, the variance would be several times as large.
node -e '
  const { differences } = JSON.parse(require("fs").readFileSync("two-jobs.json"));
  const goodput = differences.find(({ metric }) => metric === "goodput");
  if (!(goodput.variance_ratio < 0.2 && goodput.differs && goodput.low > 0)) process.exit(1);
' || complain "common random numbers save nothing: $(grep -A 14 goodput two-jobs.json | head -20)"
expect 0 compare small.json busier.json --trials 3 --out compared
[[ -s compared/report.html && -s compared/difference-goodput.svg ]] ||
  complain "a comparison of trials is not drawn: $(ls compared)"
expect 0 compare small.json busier.json --out compared --no-report
[[ ! -e compared/comparison.json ]] ||
  complain "one run each leaves the differences of earlier trials"
expect 0 compare small.json small.json --trials 4
says "nothing can be told"
says "same"
expect 0 compare small.json busier.json --precision 5% --metric throughput -j 2
says "small: half of every interval asked for is at most 5.0 % of its value"
says "busier: half of every interval"
expect 0 compare small.json busier.json --precision 0.1% --metric throughput --max-trials 11 -j 2
says "busier: 11 trials were not enough for 0.1 %"
says "Paired differences of 11 trials"
expect 2 compare small.json --trials 4
warns "one scenario"
expect 2 compare small.json busier.json --trials 0 --out refused
expect 2 compare small.json wrong-name.json --trials 4 --out refused
[[ ! -e refused ]] || complain "a comparison that is refused leaves a folder"

# ---- check ---------------------------------------------------------------------------------------
expect 0 check result/history.jsonl --level monotonic_reads
expect 0 check result/history.jsonl --json
is_json out
says '"verdict": "valid"'
cat > stale.edn <<'END'
{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value nil}
END
expect 1 check stale.edn
says "linearizable: invalid"
says "process 1's read of nothing"
expect 1 check stale.edn --out judged
for file in verdict.json witness.svg witness.vl.json; do
  [[ -s judged/$file ]] || complain "no judged/$file"
done
expect 1 check stale.edn --level all
says "linearizable         invalid"
expect 0 check stale.edn --level read_your_writes
cat > skew.edn <<'END'
{:process 0, :type :invoke, :f :txn, :value [[:r :x nil] [:append :y 1]]}
{:process 1, :type :invoke, :f :txn, :value [[:r :y nil] [:append :x 2]]}
{:process 0, :type :ok, :f :txn, :value [[:r :x []] [:append :y 1]]}
{:process 1, :type :ok, :f :txn, :value [[:r :y []] [:append :x 2]]}
{:process 0, :type :invoke, :f :txn, :value [[:r :x nil] [:r :y nil]]}
{:process 0, :type :ok, :f :txn, :value [[:r :x [2]] [:r :y [1]]]}
END
expect 1 check skew.edn --model txn
says "serializable: invalid"
says "G2-item"
expect 0 check skew.edn --model txn --level snapshot-isolation
expect 1 check skew.edn --model txn --out judged
[[ -s judged/witness.svg ]] || complain "no picture of a cycle"
cp judged/verdict.json kept.json
sed '4!d' stale.edn > headless.edn
head -c 150 stale.edn > cut.edn
for bad in headless.edn cut.edn missing.edn . small.json; do
  expect 2 check "$bad" --out refused
  [[ -s err && $(wc -l < err) == 1 ]] || complain "check $bad: $(head -c 300 err)"
done
[[ ! -e refused ]] || complain "a history that was refused leaves a folder"
expect 2 check stale.edn --model regster
warns "cas-register"
expect 2 check stale.edn --level linearisable
warns "read_your_writes"
expect 2 check stale.edn --model queue
warns "does not know"
expect 2 check skew.edn
expect 4 check "$(dirname "$scenarios")/tests/check/hard.edn" --model cas-register --bound 3

# ---- export --------------------------------------------------------------------------------------
expect 0 export result/history.jsonl --as edn --out history.edn
expect 0 check history.edn
expect 0 export result/history.jsonl --as porcupine
cp out porcupine.log
expect 0 check porcupine.log --model kv --initial '""'
expect 2 export result/history.jsonl --as xml
warns "porcupine"

# ---- hunt ----------------------------------------------------------------------------------------
cat > fragile.json <<'END'
{
  "duration": "8s",
  "topology": {"regions": {"here": 3}},
  "services": {"store": {"model": "leader_follower", "replication": "asynchronous",
                         "read_from": "leader"}},
  "workloads": {"clients": {"target": "store", "arrivals": {"poisson": "100/s"},
                            "keys": {"count": 5, "uniform": true}, "mix": {"get": 1, "put": 1}}}
}
END
expect 1 hunt fragile.json --seeds 30 -j 2 --out found.json
says "linearizable broke with seed"
expect 1 run found.json
says "UNMET"
cp found.json found-by-two.json
expect 1 hunt fragile.json --seeds 30 -j 1 --out found.json
cmp -s found.json found-by-two.json || complain "two jobs find something else than one"
expect 0 hunt small.json --claim convergence --seeds 2 --faults pause --out held.json
says "held on 2 random schedules"
[[ ! -e held.json ]] || complain "a hunt that found nothing leaves a file"
expect 2 hunt fragile.json --claim consistent
warns "read_your_writes"
expect 2 hunt fragile.json --faults meteor
warns "partition"
expect 2 hunt wrong-name.json
expect 2 hunt fragile.json -j 0

# ---- bad input: all of it at once, exit status 2, nothing written --------------------------------
echo '{"duraton": "2s"}' > wrong.json
echo '[' > truncated.json
expect 2 run small.json wrong.json truncated.json missing.json --out never
warns 'wrong.json:1:2: /duraton: unknown key "duraton" (did you mean "duration"?)'
warns "truncated.json:2:1: "
warns "missing.json: "
[[ ! -e never ]] || complain "bad input leaves a folder"
[[ ! -s out ]] || complain "bad input prints results"
expect 2 run .
warns "directory"
expect 2 validate small.json --set /services/store/replicas=4
warns "--set /services/store/replicas=4: "
expect 2 run small.json --set nonsense
warns "--set"
expect 2 run
expect 2 run small.json --sed 3
expect 2 nonsense
expect 2
head -c 10000000 /dev/zero | tr '\0' '[' > brackets.json
expect 2 run brackets.json
warns "brackets.json:1:65: "
expect 2 run small.json --out small.json
warns "small.json"
expect 2 run small.json --out /proc/nothing
warns "/proc/nothing"
if [[ $(id -u) != 0 ]]; then  # root may write everywhere
  mkdir -m 555 closed
  expect 2 run small.json --out closed
  warns "closed"
fi

# ---- a terminal ----------------------------------------------------------------------------------
if command -v script > /dev/null; then
  on_terminal() { TERM=xterm script -qec "$*" /dev/null < /dev/null; }
  on_terminal "'$faultline' run small.json" > out
  grep -q $'\033\[[0-9;]*m' out || complain "no colours on a terminal"
  NO_COLOR=1 on_terminal "'$faultline' run small.json" > out
  if grep -q $'\033\[[0-9;]*m' out; then complain "colours in spite of NO_COLOR"; fi
fi

# ---- killed --------------------------------------------------------------------------------------
"$faultline" run small.json --set /duration=1000h \
  --set '/workloads/clients/arrivals/poisson=9000/s' --out killed > /dev/null 2>&1 &
sleep 1
kill -KILL $!
{ wait $!; } 2> /dev/null
[[ -z $(ls -A killed) ]] || complain "a killed run leaves: $(ls -A killed)"
sleep 0.2
if pgrep -f "^$faultline run small.json --set /duration=1000h" > /dev/null; then
  complain "a killed run goes on"
  pkill -KILL -f "^$faultline run small.json --set /duration=1000h"
fi

if (( problems > 0 )); then
  echo "cli: $problems problems"
  exit 1
fi
echo "cli: no problems"
