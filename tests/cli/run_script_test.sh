#!/usr/bin/env bash
# Aim: script/run shows a call, keeps what the caller heard, stays up, and ends on Ctrl-C with
# nothing left bound. Method: the script with a program that is built already (first argument), in a
# copy of the script's tree, interrupted as a terminal does it.
set -euo pipefail
# shellcheck source=tests/cli/until_line.sh
. "$(dirname "$0")/until_line.sh"

binary=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
script=
# shellcheck disable=SC2329  # Called by the trap.
finish() {
  [ -z "$script" ] || { kill -TERM "$script" && wait "$script"; } 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
mkdir "$folder/script"
cp "$root/script/run" "$folder/script/run"
port=$((15000 + RANDOM % 5000))
export HOOKFLASH_BINARY=$binary HOOKFLASH_PORT=$port HOOKFLASH_REST_PORT=$((port + 1))

complain() {
  echo "$1; it said:" >&2
  cat "$folder/output" >&2
  exit 1
}

# A terminal sends SIGINT to the whole group; setsid gives the script one of its own, and what a
# shell starts in the background would ignore SIGINT.
setsid env --default-signal=INT "$folder/script/run" --seconds 2 >"$folder/output" 2>&1 &
script=$!
until_line 'stays up until Ctrl-C' "$folder/output" "$script" || complain 'script/run has ended'
grep -q 'ready: 1 of 1' "$folder/output" || complain 'no readiness line'
grep -q '1 calls: 1 good, 0 bad' "$folder/output" || complain 'no good call'
wav=$(grep -o '/[^ ]*heard.wav' "$folder/output" | head -n 1)
[ "$(head -c 4 "$wav")" = RIFF ] || complain 'no WAV file was kept'
config=$(grep -o '/[^ ]*config.json' "$folder/output" | head -n 1)
until_line '^REST API' "${config%config.json}carrier.txt" "$script" ||
  complain 'no simulated carrier'
"$binary" status --config "$config" >>"$folder/output" || complain 'no box at the address shown'
"$binary" call +15005550100 --mode conversation --no-follow --config "$config" \
  >>"$folder/output" 2>&1 || complain 'the call shown cannot be placed'
kill -INT -- "-$script"
code=0
wait "$script" || code=$?
[ "$code" = 0 ] || complain "script/run ended with $code"
script=
for bound in "$port" "$((port + 1))"; do
  (exec 3<>"/dev/tcp/127.0.0.1/$bound") 2>/dev/null && complain "port $bound is still bound"
done
[ -f "$wav" ] || complain 'the WAV file went with the script'
