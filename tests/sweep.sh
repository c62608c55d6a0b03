#!/bin/bash
# Sweeps as a user meets them: what is refused, what interruptions leave, what the results say.
# Prints what is wrong, and fails if anything is.
#
#   tests/sweep.sh FAULTLINE       FAULTLINE: the program
set -uo pipefail
faultline=$(readlink -f "${1:?usage: tests/sweep.sh FAULTLINE}")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 2

problems=0
complain() {
  printf 'sweep: %s\n' "$*"
  problems=$((problems + 1))
}

# expect STATUS WORDS...: runs faultline; keeps what it prints in "out" and "err".
expect() {
  local wanted=$1 status=0
  shift
  "$faultline" "$@" > out 2> err < /dev/null || status=$?
  if (( status != wanted )); then
    complain "faultline $*: exit status $status, not $wanted; $(head -c 300 err)"
  fi
}
says() { grep -qF -- "$1" out || complain "no \"$1\" in: $(head -c 600 out)"; }
warns() { grep -qF -- "$1" err || complain "no \"$1\" on standard error, but: $(head -c 600 err)"; }
# Every table, row by row.
dump() {
  local table
  for table in sweep points parameters runs metrics checks expectations estimates; do
    echo "$table"
    "$faultline" query "$1" "SELECT * FROM $table" --csv
  done
}

cat > small.json <<'END_OF_SCENARIO'
{
  "seed": 4, "duration": "2s",
  "topology": {"regions": {"here": 3}},
  "services": {"store": {"model": "quorum"}},
  "workloads": {"clients": {"target": "store", "arrivals": {"poisson": "200/s"}}},
  "expect": [{"metric": "availability", "of": "clients", "above": 0.5}]
}
END_OF_SCENARIO
quorums=(small.json --vary /services/store/read_quorum=1..3
         --vary "/services/store/write_quorum=1,2" --trials 3)

# ---- results -------------------------------------------------------------------------------------
expect 0 sweep "${quorums[@]}" -j 2 --out whole
says "6 of 6 points are done, 3 trials each"
says "read_quorum  write_quorum"
for file in sweep.sqlite sweep.json sweep.csv plan.json sweep.html; do
  [[ -s whole/$file ]] || complain "no whole/$file"
done
[[ ! -e whole/tasks ]] || complain "a sweep that is done leaves tasks"
dump whole > whole.txt
# A point is what trials of its scenario are: the same seeds, the same figures.
expect 0 run small.json --set /services/store/read_quorum=3 --set /services/store/write_quorum=2 \
  --trials 3 --json
cp out alone.json
node -e '
  const read = (file) => JSON.parse(require("fs").readFileSync(file));
  const { points, parameters, base } = read("whole/sweep.json");
  const alone = read("out");
  const point = points.find(({ values }) => values["/services/store/read_quorum"] === 3 &&
    values["/services/store/write_quorum"] === 2);
  if (points.length !== 6 || parameters.length !== 2) process.exit(1);
  if (base["/services/store/read_quorum"] !== 2 || point.status !== "done") process.exit(1);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  for (const [phase, figures] of Object.entries(point.summary.workloads.clients.phases)) {
    const whole = alone.workloads.clients.phases[phase];
    if (!same(figures.goodput, whole.goodput)) process.exit(2);
    if (!same(figures.latency.p99, whole.latency.p99)) process.exit(2);
  }
  const { checks } = point.summary;
  if (!same(checks.linearizable.held, alone.checks.linearizable.held)) process.exit(2);
  if (JSON.stringify(point).length > 5000) process.exit(3);
' || complain "a point of sweep.json is not what its trials alone are, or is long"
expect 0 query whole --json "SELECT summary FROM points WHERE point = (SELECT r.point FROM
  parameters r JOIN parameters w USING (point) WHERE r.name = 'read_quorum' AND r.number = 3 AND
  w.name = 'write_quorum' AND w.number = 2)"
node -e '
  const [{ summary }] = JSON.parse(require("fs").readFileSync("out"));
  const all = typeof summary === "string" ? JSON.parse(summary) : summary;
  const alone = JSON.parse(require("fs").readFileSync("alone.json"));
  if (JSON.stringify(all) !== JSON.stringify(alone)) process.exit(1);
' || complain "the summary of a point is not that of its trials alone"
expect 0 sweep "${quorums[@]}" --no-report --out one-job
dump one-job | cmp -s - whole.txt || complain "one job fills other tables than two"
for file in sweep.json sweep.csv; do
  cmp -s whole/$file one-job/$file || complain "one job writes another $file than two"
done

# ---- the sweep that a scenario has of its own, and other plans -----------------------------------
own='  "sweep": {"vary": {"/services/store/read_quorum": "1..3"}, "trials": 2},'
sed "2a\\$own" small.json > own.json
expect 0 sweep own.json --no-report --out own
says "3 of 3 points are done, 2 trials each"
expect 0 run own.json
expect 0 sweep own.json --no-report --plan one_at_a_time --vary /duration=1s,3s --out alone
says "3 of 3 points"
expect 0 sweep own.json --no-report --plan latin_hypercube --points 4 \
  --vary '/workloads/clients/arrivals/poisson=100/s..300/s' --out hypercube
says "4 of 4 points"

# ---- killed, at several moments ------------------------------------------------------------------
longer=("${quorums[@]}" --set /duration=40s -j 2 --no-report)
expect 0 sweep "${longer[@]}" --out undisturbed
dump undisturbed > undisturbed.txt
interrupted=0
for moment in 0.02 0.1 0.2 0.3 0.45 0.6; do
  rm -rf killed
  "$faultline" sweep "${longer[@]}" --out killed > /dev/null 2>&1 &
  sleep "$moment"
  kill -KILL $!
  { wait $!; } 2> /dev/null
  expect 0 sweep "${longer[@]}" --out killed --resume
  if grep -qE '^([1-9]|1[0-7]) of 18 runs were done' out; then interrupted=$((interrupted + 1)); fi
  dump killed | cmp -s - undisturbed.txt || complain "killed after $moment s: other tables"
  cmp -s killed/sweep.json undisturbed/sweep.json || complain "killed after $moment s: other JSON"
done
(( interrupted > 0 )) || echo "sweep: note: no kill came in the middle of the runs"
# Again and again, until it is done.
rm -rf killed
expect 0 sweep "${longer[@]}" --out killed --no-run
for _ in $(seq 30); do
  if timeout -s KILL 0.3 "$faultline" sweep "${longer[@]}" --out killed --resume; then break; fi
done > out 2>&1
expect 0 sweep --resume --no-report --out killed
says "6 of 6 points"
dump killed | cmp -s - undisturbed.txt || complain "killed many times: other tables"

# Jobs that cannot be are refused before anything is touched.
expect 0 sweep "${quorums[@]}" --out counted --no-run
expect 0 sweep-task counted 1
for jobs in 0 -1; do
  expect 2 sweep --resume --out counted -j "$jobs"
  warns "--jobs $jobs: not a number from 1"
done
[[ -s counted/tasks/1 ]] || complain "jobs that cannot be cost a run that was done"
# What another plan has left behind is not taken in.
rm counted/plan.json
expect 0 sweep "${quorums[@]}" --seed 99 --out counted --no-run
[[ ! -e counted/tasks/1 ]] || complain "a new sweep finds the tasks of an old one"
expect 0 sweep-task killed 1
mkdir -p counted/tasks
cp killed/tasks/1 counted/tasks/1
expect 0 sweep-collect counted
says "0 of 18 runs are done"

# ---- in pieces, as other machines run it ---------------------------------------------------------
expect 0 sweep "${quorums[@]}" --out pieces --no-run
for task in $(seq 18 -1 2); do expect 0 sweep-task pieces "$task"; done
expect 0 sweep-task pieces 7
expect 0 sweep-collect pieces
says "17 of 18 runs are done"
expect 0 sweep-task pieces 1
expect 0 sweep-collect pieces
says "18 of 18 runs are done"
expect 0 sweep-collect pieces
dump pieces | cmp -s - whole.txt || complain "a sweep in pieces fills other tables"
expect 0 sweep "${quorums[@]}" --out shares --no-run
expect 2 sweep-worker shares --share 1/2
warns "tasks/pending"
seq 18 > shares/tasks/pending
expect 0 sweep-worker shares --share 1/2 -j 2
expect 0 sweep-collect shares
says "9 of 18 runs are done"
OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 expect 0 sweep-worker shares
expect 0 sweep-collect shares
says "18 of 18 runs are done"
dump shares | cmp -s - whole.txt || complain "a sweep in shares fills other tables"
expect 2 sweep-worker shares
warns "only a rank of Open MPI has one unasked"
for share in 0/2 3/2 1 1/2/3 a/b; do
  expect 2 sweep-worker shares --share "$share"
  warns "--share $share: is no share"
done
mkdir shares/tasks
echo 19 > shares/tasks/pending
expect 2 sweep-worker shares --share 1/2
warns "19 is no task of the plan"
expect 2 sweep-task pieces 19
warns "1 to 18"
expect 2 sweep-task . 1
expect 2 sweep-collect .

# ---- a worker dies -------------------------------------------------------------------------------
"$faultline" sweep small.json --set /duration=2000s --vary /services/store/read_quorum=1,2 \
  --set /workloads/clients/arrivals/poisson=20/s --trials 1 --out dying > out 2> err &
sweep=$!
until pkill -KILL -P "$sweep" || ! kill -0 "$sweep" 2> /dev/null; do sleep 0.01; done
status=0
wait "$sweep" || status=$?
(( status == 3 )) || complain "a worker died, and the exit status is $status"
warns "point 1: read_quorum=1; trial 1): ended by signal 9"
expect 0 query dying "SELECT run, status, error FROM runs WHERE status = 'failed'" --csv
says "1,failed,ended by signal 9 (Killed)"
grep -q '"status":"failed","summary":null' dying/sweep.json || complain "sweep.json hides a failure"
expect 0 sweep --resume --no-report --out dying
says "1 of 2 runs were done"
says "2 of 2 points"

# ---- what is in the way --------------------------------------------------------------------------
"$faultline" sweep small.json --set /duration=2000s --vary /services/store/read_quorum=1,2 \
  --out busy > /dev/null 2>&1 &
sweep=$!
for _ in $(seq 1000); do if [[ -e busy/plan.json ]]; then break; else sleep 0.01; fi; done
expect 2 sweep --resume --out busy
warns "another process"
kill -KILL "$sweep"
{ wait "$sweep"; } 2> /dev/null
expect 2 sweep "${quorums[@]}" --out whole
warns "--resume goes on with it"
expect 2 sweep "${quorums[@]}" --out whole --resume --set /duration=3s
warns '/scenario/duration was "2s", now "3s"'
expect 2 sweep "${quorums[@]:0:5}" --out whole --resume --trials 4
warns "/scenario/sweep/trials was 3, now 4"
sed -i 's/"faultline": "[^"]*"/"faultline": "0.0.1"/' pieces/plan.json
expect 2 sweep --resume --no-report --out pieces
warns "version 0.0.1"
dump whole | cmp -s - whole.txt || complain "what is refused has changed the tables"
# A file may not grow beyond a bound: as on a full disk, writing fails in the middle.
status=0
(
  trap '' XFSZ
  ulimit -f 300
  exec "$faultline" sweep "${longer[@]}" --out full
) > out 2> err || status=$?
(( status == 2 )) || complain "a full disk, and the exit status is $status"
warns "cannot be written"
warns "go on with --resume"
expect 0 sweep "${longer[@]}" --out full --resume
dump full | cmp -s - undisturbed.txt || complain "a full disk has lost something"
if [[ $(id -u) != 0 ]]; then  # root may write everywhere
  cp -r dying closed
  chmod a-w closed/sweep.sqlite
  expect 2 sweep --resume --no-report --out closed
  warns "closed/sweep.sqlite"
fi

# ---- bad input: status 2, a word about each, nothing written -------------------------------------
expect 2 sweep small.json --vary /services/stor/read_quorum=1..3 --out never
warns '--vary /services/stor/read_quorum=1..3'
warns 'did you mean "/services/store/read_quorum"?'
expect 2 sweep small.json --vary /services/store/read_quorm=1..3 --out never
warns 'did you mean "read_quorum"?'
expect 2 sweep small.json --vary /services/store/read_quorum=3..1 --out never
warns "is empty"
expect 2 sweep small.json --vary /services/store/read_quorum=1..4 --out never
warns "point 4 (read_quorum=4): /services/store/read_quorum: 4 of 3 replicas"
warns "--skip-invalid"
expect 2 sweep small.json --vary /services/store/read_quorum=4..5 --skip-invalid --out never
warns "no point is a valid scenario"
expect 2 sweep small.json --vary /seed=1..1000000000 --out never
warns "1,000,000,000 points with 10 trials each are 10,000,000,000 runs, about "
for wrong in "" "--vary /seed" "--vary /seed=" "--vary /seed=1 --vary /seed=2" "--vary seed=1..3" \
             "--vary /seed=1..3 --trials 0" "--vary /seed=1..3 --plan gird" \
             "--vary /seed=1..3 -j 0" "--vary /settle=1s..2s" \
             "--vary /seed=1..9 --plan latin_hypercube --points 0"; do
  # shellcheck disable=SC2086
  expect 2 sweep small.json $wrong --out never
  [[ -s err ]] || complain "sweep $wrong is refused without a word"
done
expect 2 sweep small.json --vary /seed=1..3
warns "--out"
[[ ! -e never ]] || complain "a sweep that is refused leaves a folder"
expect 0 sweep small.json --vary /services/store/read_quorum=1..4 --trials 1 --skip-invalid \
  --out some
says "3 of 3 points"
says "1 of 4 points are left out"
if command -v script > /dev/null; then
  echo n | script -qec "'$faultline' sweep small.json --vary /seed=1..1000000000 --out never" \
    /dev/null > out
  says "Start? [y/N]"
  says "not started"
  [[ ! -e never ]] || complain "an answer of no leaves a folder"
fi

# ---- reproduce -----------------------------------------------------------------------------------
expect 0 reproduce whole --run 5
says "run 5            the same"
expect 2 reproduce whole
warns "is a sweep (say which of its runs"
expect 2 reproduce whole --run 19
warns "--run 19: is no run of whole that has ended well"
cp -r whole changed
sqlite3 changed/sweep.sqlite "UPDATE runs SET digest = 'another' WHERE run = 5" \
  "UPDATE metrics SET value = 1 WHERE run = 5 AND metric = 'operations'" ||
  complain "the tables cannot be changed"
expect 1 reproduce changed --run 5
says "run 5            differs"
says "operations of workload "
expect 0 reproduce changed --run 6
sqlite3 changed/sweep.sqlite "ALTER TABLE runs DROP COLUMN digest"
expect 2 reproduce changed --run 6
warns "changed/sweep.sqlite: says of no run what it came from"

# ---- query ---------------------------------------------------------------------------------------
expect 0 query whole
says "6 of 6 points are done"
expect 0 query whole "SELECT count(*) AS many FROM runs"
says "many"
says "18"
expect 0 query whole "SELECT value FROM estimates WHERE metric = 'latency.p99' LIMIT 2" --json
node -e 'if (JSON.parse(require("fs").readFileSync("out")).length !== 2) process.exit(1)' ||
  complain "query --json: $(head -c 300 out)"
expect 2 query whole "DELETE FROM runs"
warns "only reads"
expect 2 query whole "SELECT nothing FROM nowhere"
warns "nowhere"
expect 2 query whole "SELECT 1; SELECT 2"
expect 2 query .
warns "sweep.sqlite"
expect 2 query whole "SELECT 1" --csv --json
dump whole | cmp -s - whole.txt || complain "a query has changed the tables"

# ---- frontier ------------------------------------------------------------------------------------
bounds=(small.json --vary /services/store/read_quorum=1..3 --vary /services/store/write_quorum=1..3
        --where "latency.p99 > 1.2ms" --where "stale_reads < 3%" --trials 4 --max-trials 16 -j 2)
cost="/services/store/read_quorum + /services/store/write_quorum"
# Writes and reads must both wait for a second answer, or p99 is that of one round trip.
expect 0 frontier "${bounds[@]}" --minimise "$cost" --out cheapest
says "read_quorum=2, write_quorum=2"
says "are dearer and were not run"
says "confidence of 95 %"
node -e '
  const { answer, points } = JSON.parse(require("fs").readFileSync("cheapest/frontier.json"));
  const run = points.filter(({ trials }) => trials > 0);
  if (answer.values["/services/store/read_quorum"] !== 2 || points.length !== 9) process.exit(1);
  if (run.some(({ costs }) => Object.values(costs)[0] > 4)) process.exit(2);
' || complain "frontier.json: $(head -c 600 cheapest/frontier.json)"
expect 0 frontier "${bounds[@]}" --minimise "$cost" --json
cmp -s out cheapest/frontier.json || complain "--json prints something else than frontier.json"
expect 0 frontier "${bounds[@]}" --minimise "$cost" --out cheapest --resume
says "read_quorum=2, write_quorum=2"
expect 2 sweep --resume --no-report --out cheapest
warns "frontier --resume"
searched=("${bounds[@]}" --minimise "$cost" --out searched)
for moment in 0.1 0.2; do
  rm -rf searched
  { timeout -s KILL "$moment" "$faultline" frontier "${searched[@]}"; } > /dev/null 2>&1
  expect 0 frontier "${searched[@]}" --resume
  cmp -s searched/frontier.json cheapest/frontier.json || complain "a killed search finds another"
done
expect 1 frontier "${bounds[@]}" --where "latency.mean < 0.1ms" --minimise latency.mean
says "every point surely breaks a bound"
expect 4 frontier small.json --vary /services/store/read_quorum=2,3 --where "goodput > 200/s" \
  --minimise latency.mean --trials 2 --max-trials 2
says "raise --max-trials"
for wrong in "latency.p9 < 1ms" "latency.p99" "latency.p99 < fast" "latency.p99 < 50" \
             "latency.p99, noon < 1ms"; do
  expect 2 frontier small.json --vary /seed=1,2 --where "$wrong" --minimise /seed --out never
  warns "--where"
done
expect 2 frontier small.json --vary /seed=1,2 --where "ok > 1" --minimise /duration --out never
warns "is not varied"
expect 2 frontier small.json --vary /services/store/timeout=1s,2s --minimise /seed --out never
[[ ! -e never ]] || complain "a search that is refused leaves a folder"

if (( problems > 0 )); then
  echo "sweep: $problems problems"
  exit 1
fi
echo "sweep: no problems"
