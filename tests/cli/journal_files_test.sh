#!/usr/bin/env bash
# Aim: the data directory of the real binary (first argument): what is in it and who may read it,
# what a restart takes up, and what happens when the journal is damaged, not usable, or cannot be
# made. Method: the box is started again and again on one directory that is spoilt in between.
# B-JRN-9, B-JRN-10, B-LIFE-3, B-LIFE-7.
set -euo pipefail

binary=$1
folder=$(mktemp -d)
box=
# shellcheck disable=SC2329  # Called by the trap.
finish() {
  [ -z "$box" ] || kill -KILL "$box" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
failures=0

complain() {
  echo "$1" >&2
  failures=$((failures + 1))
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

port=$(free_port)
rest=$(free_port)
data=$folder/data
cat >"$folder/config.json" <<CONFIG
{"publicUrl":"http://127.0.0.1:$port","serve":{"port":$port},"inboundPolicy":"open",
 "api":{"token":"0123456789abcdef0123456789abcdef"},
 "lines":[{"id":"a","provider":"twilio","fromNumber":"+15005550006",
  "accountSid":"AC00000000000000000000000000000001","authToken":"0123456789abcdef0123456789abcdef",
  "apiBaseUrl":"http://127.0.0.1:$rest"}]}
CONFIG
config=(--config "$folder/config.json")

# start: the box runs, and has said what its journal holds.
start() {
  : >"$folder/report"
  "$binary" run "${config[@]}" --data "$data" >"$folder/report" 2>"$folder/log" &
  box=$!
  for _ in $(seq 200); do
    grep -q '^journal: ' "$folder/report" && return
    kill -0 "$box" 2>/dev/null || break
    sleep 0.05
  done
  complain "the box does not start: $(cat "$folder/log")"
}
stop() {
  kill "-$1" "$box"
  wait "$box" 2>/dev/null || true
  box=
}
# reports PATTERN, healthy PATTERN
reports() {
  grep -q -- "$1" "$folder/report" || complain "expected '$1' at start: $(cat "$folder/report")"
}
healthy() {
  local answer
  answer=$("$binary" status --json "${config[@]}" 2>&1 || true)
  grep -q -- "$1" <<<"$answer" || complain "expected '$1' of the status: $answer"
}
# refuses PATTERN DIRECTORY: it does not start, and says why in one line.
refuses() {
  local code=0
  "$binary" run "${config[@]}" --data "$2" >"$folder/output" 2>&1 || code=$?
  [ "$code" = 1 ] || complain "expected exit code 1, got $code for $2"
  grep -q -- "$1" "$folder/output" || complain "expected '$1': $(cat "$folder/output")"
  [ "$(grep -vc warning "$folder/output")" = 1 ] || complain "not one line: $(cat "$folder/output")"
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && complain 'the port is bound'
  return 0
}

# --- A first start, a call, and what a second start finds, killed in between.
start
reports '^journal: took up 0 calls, 0 finished; [0-9]* of [0-9]* KiB free'
[ "$(stat -c %a "$data")" = 700 ] || complain "the directory has mode $(stat -c %a "$data")"
[ "$(stat -c %a "$data/journal")" = 600 ] || complain "the journal has mode $(stat -c %a "$data/journal")"
code=0
"$binary" run "${config[@]}" --data "$data" >"$folder/output" 2>&1 || code=$?
grep -q 'is in use by another hookflash' "$folder/output" || complain 'two boxes have one journal'
"$binary" simulate "${config[@]}" --calls 2 --seconds 1 --speech tone --quiet \
  >"$folder/story" 2>&1 || complain "the calls went wrong: $(cat "$folder/story")"
stop KILL
start
reports '^journal: took up 0 calls, 2 finished'
healthy '"status":"ok"'
"$binary" calls "${config[@]}" | grep -q completed || complain 'the finished calls are not listed'
if grep -aq 0123456789abcdef0123456789abcdef "$data/journal"; then
  complain 'a secret is in the journal'
fi
stop TERM

# --- Single bytes: each costs at most what it is in.
size=$(stat -c %s "$data/journal")
for at in 5 100 1000 3000 70000; do
  printf '\125' | dd of="$data/journal" bs=1 seek="$at" conv=notrunc status=none
  start
  reports '^journal: took up 0 calls, [012] finished'
  healthy '"status":'
  [ ! -e "$data/journal.lost" ] || break
  stop KILL
done
[ -z "$box" ] || stop KILL
rm -f "$data"/journal.lost*

# --- Nothing of it can be read: set aside once, with the alarm; the next time under another name.
for name in journal.lost journal.lost-2; do
  head -c "$size" /dev/urandom >"$data/journal"
  start
  reports '^journal: took up 0 calls, 0 finished'
  [ -e "$data/$name" ] || complain "no $name in the directory"
  healthy '"alarm":"journal-lost"'
  healthy '"status":"degraded"'
  stop KILL
done
start
healthy '"status":"ok"'
[ "$(find "$data" -name 'journal.lost*' | wc -l)" = 2 ] || complain 'a good journal was set aside'
stop TERM

# --- There is something that is no journal and cannot be set aside: no calls, and when it has gone
# the box finds out by itself.
rm -f "$data/journal"
mkdir "$data/journal"
start
reports '^journal: not readable'
healthy '"status":"failing"'
healthy '"alarm":"journal"'
if "$binary" simulate "${config[@]}" --calls 1 --seconds 1 --speech tone --quiet \
  >"$folder/story" 2>&1; then
  complain 'a call was taken without a journal'
fi
rmdir "$data/journal"
for _ in $(seq 150); do
  "$binary" status --json "${config[@]}" 2>/dev/null | grep -q '"status":"ok"' && break
  sleep 0.1
done
healthy '"status":"ok"'
"$binary" simulate "${config[@]}" --calls 1 --seconds 1 --speech tone --quiet \
  >"$folder/story" 2>&1 || complain "no call though the journal is there: $(cat "$folder/story")"
stop KILL
start
reports '^journal: took up 0 calls, 1 finished'
stop TERM

# --- Nobody runs: the journal is read where it lies (B-LIFE-7).
before=$(sha256sum "$data/journal")
code=0
"$binary" status "${config[@]}" --data "$data" >"$folder/output" 2>&1 || code=$?
[ "$code" = 3 ] || complain "expected exit code 3 of the status, got $code"
grep -q 'its journal has 0 live and 1 finished calls' "$folder/output" ||
  complain "the status does not read the journal: $(cat "$folder/output")"
[ "$(sha256sum "$data/journal")" = "$before" ] || complain 'reading has changed the journal'

# --- It cannot be made: one line, and nothing is left.
refuses 'cannot make the data directory' /proc/hookflash
refuses 'cannot make the data directory' "$folder/none/none"
(
  trap '' XFSZ
  ulimit -f 1024
  refuses 'cannot make the journal' "$folder/full"
  [ "$failures" = 0 ]
) || failures=$((failures + 1))
[ ! -s "$folder/full/journal" ] || complain 'half a journal is left'
[ "$failures" = 0 ]
