#!/usr/bin/env bash
# Aim: what people do with a running box from the command line: status, calls, call, check --online,
# SIGHUP, and what is left behind afterwards. Method: the real binary (first argument) as the box,
# as a simulated Twilio and as each command, on free ports of this machine.
set -euo pipefail

binary=$1
folder=$(mktemp -d)
box=
carrier=
# shellcheck disable=SC2329  # Called by the trap.
finish() {
  [ -z "$box" ] || kill -KILL "$box" 2>/dev/null || true
  [ -z "$carrier" ] || kill -KILL "$carrier" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
failures=0

complain() {
  echo "$1" >&2
  failures=$((failures + 1))
}

# expect CODE PATTERN WORDS...: the exit code, and a line of the output that matches.
expect() {
  local code=$1 pattern=$2 got=0
  shift 2
  "$binary" "$@" >"$folder/output" 2>&1 || got=$?
  if [ "$got" != "$code" ] || ! grep -q -- "$pattern" "$folder/output"; then
    complain "hookflash $*: expected $code and '$pattern', got $got and: $(cat "$folder/output")"
  fi
}

# until_log PATTERN: waits until the box has logged a line that matches.
until_log() {
  for _ in $(seq 100); do
    grep -q -- "$1" "$folder/log" && return
    sleep 0.1
  done
  complain "waited in vain for '$1' in the log: $(tail -n 20 "$folder/log")"
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

token=0123456789abcdef0123456789abcdef
port=$(free_port)
rest=$(free_port)
# prompt FILE BYTE: a raw mu-law prompt of a second that holds nothing but this octal byte.
prompt() {
  head -c 8000 /dev/zero | tr '\0' "\\$2" >"$1"
}
prompt "$folder/one.ulaw" 52
prompt "$folder/two.ulaw" 125

# write_config APPS MORE: the configuration of the box.
write_config() {
  cat >"$folder/config.json" <<CONFIG
{"publicUrl":"http://127.0.0.1:$port","serve":{"port":$port},"inboundPolicy":"open",
 "outbound":{"defaultMode":"conversation"},"api":{"token":"$token"},"apps":{$1}$2,
 "lines":[{"id":"a","provider":"twilio","fromNumber":"+15005550006",
  "accountSid":"AC00000000000000000000000000000001","authToken":"0123456789abcdef0123456789abcdef",
  "apiBaseUrl":"http://127.0.0.1:$rest"}]}
CONFIG
}
one="\"one\":{\"protocol\":\"announce\",\"file\":\"$folder/one.ulaw\"}"
two="\"two\":{\"protocol\":\"announce\",\"file\":\"$folder/two.ulaw\"}"
write_config "$one,$two" ',"app":"two"'

# --- No box yet.
config=(--config "$folder/config.json")
expect 3 'no box is running' status "${config[@]}"
expect 3 'no box is running' calls "${config[@]}"
expect 3 'no box is running' call +15005550100 "${config[@]}"
expect 1 'cannot be reached' check --online "${config[@]}"

"$binary" run "${config[@]}" --data "$folder/data" >"$folder/report" 2>>"$folder/log" &
box=$!
for _ in $(seq 100); do
  grep -q '^line a: ' "$folder/report" && break
  sleep 0.1
done
grep -q '^ready: 1 of 1 line can take calls' "$folder/report" || complain 'no readiness line'
grep -q "^line a: .*http://127.0.0.1:$port/voice/webhook#rc=2&rp=5xx,ct" "$folder/report" ||
  complain 'the webhook URL was not printed'
"$binary" simulate "${config[@]}" --calls 0 --seconds 2 --speech tone >"$folder/story" 2>&1 &
carrier=$!
for _ in $(seq 100); do
  grep -q '^REST API' "$folder/story" && break
  sleep 0.1
done

# The data directory is one process's, the port too, and each is one line.
expect 1 'is in use by another hookflash' run "${config[@]}" --data "$folder/data"
expect 1 "$port" run "${config[@]}" --data "$folder/other"
[ "$(grep -vc warning "$folder/output")" = 1 ] || complain "not one line: $(cat "$folder/output")"

# --- Commands.
expect 0 'ok: 1 of 1 lines ready' status "${config[@]}"
expect 0 '"status":"ok"' status --json "${config[@]}"
expect 0 'reaches this box, and signatures are right' check --online "${config[@]}"
expect 0 '"result":"good","line":"a","subject":"webhook"' check --online --json "${config[@]}"
expect 0 'no calls' calls "${config[@]}"
expect 0 'ended: .*, talked' call +15005550100 "${config[@]}"
expect 0 '"endReason":' call +15005550100 --json "${config[@]}"
expect 5 'to: must be a number' call 555 --app nobody "${config[@]}"
grep -q 'app: must be the name' "$folder/output" || complain 'only the first problem was said'
expect 0 'completed\|hangup' calls "${config[@]}"
id=$("$binary" calls "${config[@]}" --json | grep -o '[0-9a-f-]\{36\}' | head -n 1)
expect 0 "callId  *$id" calls "$id" "${config[@]}"
expect 0 'hung up' calls "$id" --hangup "${config[@]}"
expect 5 'no such call' calls 00000000-0000-4000-8000-000000000000 "${config[@]}"
expect 2 'no id of a call' calls ../health "${config[@]}"
expect 2 'wants the id' calls --hangup "${config[@]}"
expect 4 'wants an API token' calls --url "http://127.0.0.1:$port"
expect 3 'is not a box' calls --url "http://127.0.0.1:$rest"
HOOKFLASH_TOKEN=$token expect 0 'completed\|hangup' calls --url "http://127.0.0.1:$port"
HOOKFLASH_TOKEN=wrong expect 4 'refuses this API token' call +15005550100 --url "http://127.0.0.1:$port"
expect 1 'without a path' status --url "http://127.0.0.1:$port/health"

# Its journal, beside it.
expect 0 "process $box works on it" journal check "$folder/data"
expect 0 '^sound' journal check "$folder/data/journal"
expect 0 '"type":"finished"' journal dump --json "$folder/data"
! grep -q '+15005550100' "$folder/output" || complain 'the journal was dumped with phone numbers'
expect 0 '+15005550100' journal dump --private "$folder/data"
expect 0 'finished calls  *[1-9]' journal stats "$folder/data"

# Ctrl-C hangs up: the call does not outlive the command.
"$binary" call +15005550100 "${config[@]}" >"$folder/output" 2>&1 &
caller=$!
for _ in $(seq 100); do
  grep -q '^call ' "$folder/output" && break
  sleep 0.1
done
kill -INT "$caller"
wait "$caller" || true
grep -q 'ended: hangup-bot' "$folder/output" || complain "not hung up: $(cat "$folder/output")"

# --- SIGHUP (B-CFG-3).
# plays OCTAL: nearly all that a caller hears is this byte.
plays() {
  local port_of_rest
  port_of_rest=$(free_port)
  "$binary" simulate "${config[@]}" --port "$port_of_rest" --seconds 1 --speech tone \
    --wav "$folder/heard.wav" >"$folder/simulate" 2>&1 || true
  [ "$(tr -cd "\\$1" <"$folder/heard.wav" | wc -c)" -gt 4000 ] ||
    complain "the caller did not hear the prompt of byte $1: $(cat "$folder/simulate")"
}
plays 125
# Another order of the apps: each keeps its own prompt.
write_config "$two,$one" ',"app":"two"'
kill -HUP "$box"
until_log 'configuration reloaded'
plays 125
# Another app, and another file under the old name.
prompt "$folder/one.ulaw" 63
write_config "$one,$two" ',"app":"one"'
: >"$folder/log"
kill -HUP "$box"
until_log 'configuration reloaded'
plays 63
# A prompt that is gone, a configuration that is wrong, a file that is none: all stays, and why is
# said.
rm "$folder/two.ulaw"
: >"$folder/log"
kill -HUP "$box"
until_log 'kept as it was: apps.two.file: .* does not exist'
plays 63
prompt "$folder/two.ulaw" 125
write_config "$one,$two" ',"inboundPolicy2":"open"'
: >"$folder/log"
kill -HUP "$box"
until_log 'inboundPolicy2: unknown key'
until_log 'rejected'
plays 63
mv "$folder/config.json" "$folder/away.json"
: >"$folder/log"
kill -HUP "$box"
until_log 'kept as it was: its file cannot be read'
expect 0 'ok: 1 of 1' status --url "http://127.0.0.1:$port"
# Sockets stay; the token is another at once.
write_config "$one,$two" ',"app":"one"'
sed -i -e 's/"port":[0-9]*/"port":1/' -e "s/$token/fedcba9876543210fedcba9876543210/" \
  "$folder/config.json"
: >"$folder/log"
kill -HUP "$box"
until_log 'change at the next start'
HOOKFLASH_TOKEN=$token expect 4 'refuses' calls --url "http://127.0.0.1:$port"
HOOKFLASH_TOKEN=fedcba9876543210fedcba9876543210 \
  expect 0 'callId\|call ' calls --url "http://127.0.0.1:$port"

# --- The end: clean, and nothing stays bound.
kill -TERM "$box"
code=0
wait "$box" || code=$?
box=
[ "$code" = 0 ] || complain "the box ended with $code: $(tail -n 5 "$folder/log")"
(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && complain 'the port is still bound'
expect 0 '"sound":true,"inUse":false' journal check --json "$folder/data"
kill -TERM "$carrier"
wait "$carrier" || complain 'the simulated Twilio did not end well'
carrier=
[ "$failures" = 0 ]
