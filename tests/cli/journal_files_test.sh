#!/usr/bin/env bash
# Aim: the data directory of the real binary (first argument): what is in it and who may read it,
# what a restart takes up, and what happens when the journal cannot be read, used, or made. (Damage
# byte by byte, full and read-only disks: tests/kill.) Method: the box is started again and again on one directory that is spoilt in between.
# B-JRN-9, B-JRN-10, B-LIFE-3, B-LIFE-7.
# shellcheck source=tests/cli/set_up.sh
. "$(dirname "$0")/set_up.sh"

write_config ''

healthy() {
  local answer
  answer=$("$binary" status --json "${config[@]}" 2>&1 || true)
  grep -q -- "$1" <<<"$answer" || complain "expected '$1' of the status: $answer"
}
# calls N: so many, which must all be good.
calls() {
  "$binary" simulate "${config[@]}" --calls "$1" --seconds 1 --speech tone --quiet \
    >"$folder/story" 2>&1
}
# refuses PATTERN DIRECTORY: it does not start, and says why in one line.
refuses() {
  expect 1 "$1" run "${config[@]}" --data "$2"
  one_line
  unbound
}

# --- A first start, a call, and what a second start finds, killed in between.
start
reports '^journal: took up 0 calls, 0 finished; [0-9]* of [0-9]* KiB free'
[ "$(stat -c %a "$data")" = 700 ] || complain "the directory has mode $(stat -c %a "$data")"
[ "$(stat -c %a "$data/journal")" = 600 ] || complain "the journal has mode $(stat -c %a "$data/journal")"
expect 1 'is in use by another hookflash' run "${config[@]}" --data "$data"
calls 2 || complain "the calls went wrong: $(cat "$folder/story")"
stop KILL
start
reports '^journal: took up 0 calls, 2 finished'
healthy '"status":"ok"'
expect 0 completed calls "${config[@]}"
if grep -aq 0123456789abcdef0123456789abcdef "$data/journal"; then
  complain 'a secret is in the journal'
fi
stop TERM

# --- Nothing of it can be read: set aside once, with the alarm; the next time under another name.
size=$(stat -c %s "$data/journal")
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
! calls 1 || complain 'a call was taken without a journal'
rmdir "$data/journal"
until_line 'alarm journal is over' "$folder/log" "$box" || complain 'the journal is not opened again'
healthy '"status":"ok"'
calls 1 || complain "no call though the journal is there: $(cat "$folder/story")"
stop KILL
start
reports '^journal: took up 0 calls, 1 finished'
stop TERM

# --- Nobody runs: the journal is read where it lies (B-LIFE-7).
before=$(sha256sum "$data/journal")
expect 3 'its journal has 0 live and 1 finished calls' status "${config[@]}" --data "$data"
[ "$(sha256sum "$data/journal")" = "$before" ] || complain 'reading has changed the journal'

# --- It cannot be made: one line, and nothing is left.
refuses 'cannot make the data directory' /proc/hookflash
refuses 'cannot make the data directory' "$folder/none/none"
(
  trap '' XFSZ
  ulimit -f 1024
  refuses 'cannot make the journal' "$folder/full"
  verdict
) || failures=$((failures + 1))
[ ! -s "$folder/full/journal" ] || complain 'half a journal is left'
verdict
