#!/bin/bash
# The same sweep by processes of this machine, by a real Slurm and by a real Open MPI, with a task
# that is requeued and workers that are killed: the same tables, byte for byte. Slurm runs here for
# that long: one node, without systemd or cgroups, on ports and in a folder of its own. Prints what
# is wrong, and fails if anything is.
#
#   tests/executors.sh FAULTLINE       FAULTLINE: the program
set -uo pipefail
faultline=$(readlink -f "${1:?usage: tests/executors.sh FAULTLINE}")
work=$(mktemp -d)
chmod 755 "$work"
cd "$work" || exit 2
# Of a job of another Slurm in which this may run.
unset "${!SLURM_@}" "${!SBATCH_@}" "${!OMPI_@}"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PATH=$PATH:/usr/sbin:/sbin

problems=0
daemons=()
complain() {
  printf 'executors: %s\n' "$*"
  problems=$((problems + 1))
}
workers_of() { pgrep -f "^$faultline sweep-worker $work/$1"; }
end_all() {
  local all
  mapfile -t all < <(workers_of "")
  kill -KILL "${all[@]}" 2> /dev/null
  # Each waits for the one before to be gone: a node's daemon for its controller, both for munged.
  for (( i = ${#daemons[@]} - 1; i >= 0; --i )); do
    kill -TERM "${daemons[i]}" 2> /dev/null
    for _ in $(seq 30); do kill -0 "${daemons[i]}" 2> /dev/null || break; sleep 0.1; done
    kill -KILL "${daemons[i]}" 2> /dev/null
  done
  rm -rf "$work"
}
trap end_all EXIT

# expect STATUS WORDS...: runs faultline; keeps what it prints in "out" and "err".
expect() {
  local wanted=$1 status=0
  shift
  /usr/bin/timeout 60 "$faultline" "$@" > out 2> err < /dev/null || status=$?
  (( status == wanted )) ||
    complain "faultline $*: exit status $status, not $wanted; $(tail -n 5 out err)"
}
says() { grep -qF -- "$1" out || complain "no \"$1\" in: $(head -c 600 out)"; }
warns() { grep -qF -- "$1" err || complain "no \"$1\" on standard error, but: $(head -c 600 err)"; }
# until_true COMMAND...: waits for half a minute at most.
until_true() {
  for _ in $(seq 600); do "$@" > /dev/null 2>&1 && return; sleep 0.05; done
  complain "in vain: $*"
  return 1
}
same_as_local() {
  dump "$1" | cmp -s - local.txt || complain "$1: other tables than by processes of this machine"
}
dump() {
  local table
  for table in sweep points parameters runs metrics checks expectations estimates; do
    "$faultline" query "$1" "SELECT * FROM $table" --csv
  done
}
# killed_worker FOLDER WORDS...: a sweep into the folder, one of whose workers is killed: some runs
# are missing then, and that is said.
killed_worker() {
  local sweeping status=0
  "$faultline" "${@:2}" --out "$1" > out 2> err &
  sweeping=$!
  until_true workers_of "$1"
  kill -KILL "$(workers_of "$1" | head -n 1)"
  wait "$sweeping" || status=$?
  (( status == 3 )) || complain "$1: a worker was killed, and the exit status is $status"
  warns "of 12 runs have left no result (--resume runs them again)"
}
# slurm_conf PORT: a controller and a node, of this user, at that port and the next.
slurm_conf() {
  cat <<END_OF_CONF
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$1
SlurmdPort=$(($1 + 1))
AuthType=auth/munge
# A requeued task waits until its credential has expired: two minutes, or what is said here, if that
# is five seconds at least. A busy machine must have started it before, so a little more.
AuthInfo=socket=$work/munge.socket,cred_expire=8
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
MaxArraySize=3
NodeName=node NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2
PartitionName=all Nodes=ALL Default=YES State=UP
END_OF_CONF
}
# The first of two ports below those that the system gives away, at which nobody listens.
free_port() {
  local port
  while true; do
    port=$((10000 + RANDOM % 10000 * 2))
    { : > "/dev/tcp/127.0.0.1/$port"; } 2> /dev/null && continue
    { : > "/dev/tcp/127.0.0.1/$((port + 1))"; } 2> /dev/null && continue
    echo "$port"
    return
  done
}

cat > small.json <<'END_OF_SCENARIO'
{
  "seed": 4, "duration": "200s",
  "topology": {"regions": {"here": 3}},
  "services": {"store": {"model": "quorum"}},
  "workloads": {"clients": {"target": "store", "arrivals": {"poisson": "200/s"}}}
}
END_OF_SCENARIO
sweep=(sweep small.json --vary /services/store/read_quorum=1..3 --trials 4 --no-report)
by_slurm=("${sweep[@]}" --executor slurm)
by_mpi=("${sweep[@]}" --executor mpi --executor-options --oversubscribe -j 2)

# ---- engines that are not there: a word, nothing written -----------------------------------------
mkdir nobody
slurm_conf "$(free_port)" > nobody/slurm.conf
(  # a controller that is not there is asked again for ten seconds
  cd nobody || exit
  SLURM_CONF=$work/nobody/slurm.conf \
    "$faultline" "${by_slurm[@]/small.json/../small.json}" --out ../never > out 2> err
  echo $? >> err
) &
nobody=$!
PATH=/nowhere expect 2 "${by_slurm[@]}" --out never
warns "--executor slurm: there is no sbatch here"
PATH=/nowhere expect 2 "${by_mpi[@]}" --out never
warns "--executor mpi: there is no mpirun here"
mkdir other
printf '#!/bin/sh\necho HYDRA build details\n' > other/mpirun
chmod +x other/mpirun
PATH=$work/other:$PATH expect 2 "${by_mpi[@]}" --out never
warns "mpirun is not Open MPI's, but says: HYDRA build details"
expect 2 "${sweep[@]}" --executor slrum --out never
warns "--executor slrum: is none (local, slurm or mpi)"
expect 2 "${sweep[@]}" --executor-options --oversubscribe --out never
warns "says nothing without"
expect 2 "${by_mpi[@]}" -j 0 --out never
[[ ! -e never ]] || complain "a sweep that is refused leaves a folder"

expect 0 "${sweep[@]}" -j 2 --out local
dump local > local.txt

# ---- Slurm ---------------------------------------------------------------------------------------
# start NAME COMMAND...: a daemon that is ended in the end; what it says is in NAME.log.
start() {
  "${@:2}" > "$1.log" 2>&1 &
  daemons+=($!)
}
is_idle() { [[ $(timeout 20 sinfo --noheader --format=%t) == idle ]]; }
is_running() { [[ -n $(squeue --noheader --states=RUNNING) ]]; }
head -c 1024 /dev/urandom > munge.key
chmod 400 munge.key
mkdir state spool
slurm_conf "$(free_port)" > slurm.conf
export SLURM_CONF=$work/slurm.conf
start munged munged --foreground --force --socket="$work/munge.socket" \
  --key-file="$work/munge.key" --pid-file="$work/munged.pid" --seed-file="$work/munge.seed"
until_true test -S munge.socket
start slurmctld slurmctld -D -i
start slurmd slurmd -D
until_true is_idle || { tail -n 20 ./*.log; exit 1; }

for option in "--array=1-2" "--chdir=/" "-D /"; do
  expect 2 "${by_slurm[@]}" --executor-options "$option" --out never
  warns "is for the sweep itself to say"
done
[[ ! -e never ]] || complain "a sweep that is refused leaves a folder"
# Nothing that Slurm refuses is lost, nor waited for.
expect 2 "${by_slurm[@]}" --executor-options "--partition=none" --out slurm
warns "invalid partition specified"
warns "go on with --resume"
# The sweep is killed, and a task requeued that runs: whoever resumes waits for the same job.
"$faultline" "${by_slurm[@]}" --resume --out slurm > out 2> err &
sweeping=$!
until_true is_running
grep -q -- '--array=0-2$' slurm/tasks/slurm.sh || complain "not as many tasks as an array may have"
job=$(< slurm/tasks/slurm.job)
{ kill -KILL "$sweeping"; wait "$sweeping"; } 2> /dev/null
scontrol requeue "${job}_0" || complain "nothing to requeue"
expect 0 "${by_slurm[@]}" --resume --out slurm
warns "job $job of this sweep still goes on"
scontrol show job "${job}_0" | grep -q 'Restarts=1' || complain "no task was requeued"
same_as_local slurm
[[ ! -e slurm/tasks ]] || complain "a sweep that is done leaves tasks"

# A worker is killed: its runs are missing, and nothing else is run again.
killed_worker killed "${by_slurm[@]}" -j 2
expect 0 "${by_slurm[@]}" --executor-options "--cpus-per-task=2" -j 1 --resume --out killed
grep -qE '^([6-9]|10|11) of 12 runs were done already' out ||
  complain "a worker was killed, and $(head -n 1 out)"
same_as_local killed

# ---- Open MPI ------------------------------------------------------------------------------------
expect 0 "${by_mpi[@]}" --out mpi
same_as_local mpi
# A rank is killed, and Open MPI ends the others.
killed_worker rank "${by_mpi[@]}"
expect 0 "${by_mpi[@]}" --resume --out rank
same_as_local rank

wait "$nobody"
cp nobody/err err
warns "Slurm does not answer"
[[ $(tail -n 1 err) == 2 && ! -e never ]] || complain "a Slurm that does not answer: $(< err)"

(( problems == 0 )) || exit 1
echo "executors: no problems"
