# shellcheck shell=bash
# What the tests of the real binary (their first argument) share: a folder, free ports, a
# configuration, a box, and what they complain with. Sourced; a test ends with `verdict`.
set -euo pipefail
# shellcheck source=tests/cli/until_line.sh
. "$(dirname "${BASH_SOURCE[0]}")/until_line.sh"

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
verdict() {
  [ "$failures" = 0 ]
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

# one_line: the last output is one line, warnings apart.
one_line() {
  [ "$(grep -vc warning "$folder/output")" = 1 ] || complain "not one line: $(cat "$folder/output")"
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
data=$folder/data
config=(--config "$folder/config.json")

# write_config MEMBERS: the configuration, with these behind the usual ones.
write_config() {
  cat >"$folder/config.json" <<CONFIG
{"publicUrl":"http://127.0.0.1:$port","serve":{"port":$port},"inboundPolicy":"open",
 "api":{"token":"$token"},
 "lines":[{"id":"a","provider":"twilio","fromNumber":"+15005550006",
  "accountSid":"AC00000000000000000000000000000001","authToken":"0123456789abcdef0123456789abcdef",
  "apiBaseUrl":"http://127.0.0.1:$rest"}]$1}
CONFIG
}

# start: the box runs, and has said what its journal holds.
start() {
  : >"$folder/report"
  "$binary" run "${config[@]}" --data "$data" >"$folder/report" 2>"$folder/log" &
  box=$!
  until_line '^journal: ' "$folder/report" "$box" || complain "the box does not start: $(cat "$folder/log")"
}

# stop SIGNAL: it has ended.
stop() {
  kill "-$1" "$box"
  code=0
  wait "$box" 2>/dev/null || code=$?
  box=
}

# reports PATTERN: it said so at its start.
reports() {
  grep -q -- "$1" "$folder/report" || complain "expected '$1' at start: $(cat "$folder/report")"
}

# unbound: nobody listens on the box's port.
unbound() {
  ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || complain 'the port is bound'
}
