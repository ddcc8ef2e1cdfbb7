#!/usr/bin/env bash
# Aim: what people do with a running box from the command line: status, calls, call, check --online,
# SIGHUP, and what is left behind afterwards. Method: the real binary (first argument) as the box,
# as a simulated Twilio and as each command, on free ports of this machine.
# shellcheck source=tests/cli/set_up.sh
. "$(dirname "$0")/set_up.sh"

# until_log PATTERN: waits until the box has logged a line that matches.
until_log() {
  until_line "$1" "$folder/log" "$box" ||
    complain "waited in vain for '$1' in the log: $(tail -n 20 "$folder/log")"
}
# prompt FILE BYTE: a raw mu-law prompt of a second that holds nothing but this octal byte.
prompt() {
  head -c 8000 /dev/zero | tr '\0' "\\$2" >"$1"
}
prompt "$folder/one.ulaw" 52
prompt "$folder/two.ulaw" 125

# write_apps APPS MORE: the configuration of the box.
write_apps() {
  write_config ",\"outbound\":{\"defaultMode\":\"conversation\"},\"apps\":{$1}$2"
}
one="\"one\":{\"protocol\":\"announce\",\"file\":\"$folder/one.ulaw\"}"
two="\"two\":{\"protocol\":\"announce\",\"file\":\"$folder/two.ulaw\"}"
write_apps "$one,$two" ',"app":"two"'

# --- No box yet.
expect 3 'no box is running' status "${config[@]}"
expect 3 'no box is running' calls "${config[@]}"
expect 3 'no box is running' call +15005550100 "${config[@]}"
expect 1 'cannot be reached' check --online "${config[@]}"

start
reports '^ready: 1 of 1 line can take calls'
reports "^line a: .*http://127.0.0.1:$port/voice/webhook#rc=2&rp=5xx,ct"
"$binary" simulate "${config[@]}" --calls 0 --seconds 2 --speech tone >"$folder/story" 2>&1 &
carrier=$!
until_line '^REST API' "$folder/story" "$carrier" || complain "no simulated Twilio: $(cat "$folder/story")"

# The data directory is one process's, the port too, and each is one line.
expect 1 'is in use by another hookflash' run "${config[@]}" --data "$data"
expect 1 "$port" run "${config[@]}" --data "$folder/other"
one_line

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
expect 0 "process $box works on it" journal check "$data"
expect 0 '^sound' journal check "$data/journal"
expect 0 '"type":"finished"' journal dump --json "$data"
! grep -q '+15005550100' "$folder/output" || complain 'the journal was dumped with phone numbers'
expect 0 '+15005550100' journal dump --private "$data"
expect 0 'finished calls  *[1-9]' journal stats "$data"

# Ctrl-C hangs up: the call does not outlive the command.
"$binary" call +15005550100 "${config[@]}" >"$folder/output" 2>&1 &
caller=$!
until_line '^call ' "$folder/output" "$caller" || complain 'the call was not placed'
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
write_apps "$two,$one" ',"app":"two"'
kill -HUP "$box"
until_log 'configuration reloaded'
plays 125
# Another app, and another file under the old name.
prompt "$folder/one.ulaw" 63
write_apps "$one,$two" ',"app":"one"'
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
write_apps "$one,$two" ',"inboundPolicy2":"open"'
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
write_apps "$one,$two" ',"app":"one"'
sed -i -e 's/"port":[0-9]*/"port":1/' -e "s/$token/fedcba9876543210fedcba9876543210/" \
  "$folder/config.json"
: >"$folder/log"
kill -HUP "$box"
until_log 'change at the next start'
HOOKFLASH_TOKEN=$token expect 4 'refuses' calls --url "http://127.0.0.1:$port"
HOOKFLASH_TOKEN=fedcba9876543210fedcba9876543210 \
  expect 0 'callId\|call ' calls --url "http://127.0.0.1:$port"

# --- The end: clean, and nothing stays bound.
stop TERM
[ "$code" = 0 ] || complain "the box ended with $code: $(tail -n 5 "$folder/log")"
unbound
expect 0 '"sound":true,"inUse":false' journal check --json "$data"
kill -TERM "$carrier"
wait "$carrier" || complain 'the simulated Twilio did not end well'
carrier=
verdict
