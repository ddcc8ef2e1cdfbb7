#!/usr/bin/env bash
# Aim: what the command line promises scripts: exit codes, one line per problem, nothing left bound
# or behind. Method: runs the real binary (first argument) with good and bad words and files.
# shellcheck source=tests/cli/set_up.sh
. "$(dirname "$0")/set_up.sh"

expect 2 'Usage' # No command.
expect 0 'Usage' --help
expect 2 "no command 'dance'" dance
for command in run check simulate journal version; do
  expect 0 'Usage' "$command" --help
  expect 2 'no such option' "$command" --dance
done
expect 2 'needs a value' check --config
expect 2 'whole number' simulate --calls many
expect 2 'which of check' journal
expect 2 "not understood: mend" journal mend
expect 1 'No such file' journal check "$folder/none"
expect 0 'profile' version
expect 0 'bytes per call slot' version --budget

expect 1 'no configuration' check --config "$folder/none.json"
expect 1 'no configuration' run --config "$folder/none.json" --data "$folder/data"
echo '{"serve":{"port":70000},"inboundPolicy":"perhaps","sreve":{}}' >"$folder/bad.json"
expect 1 'serve.port' check --config "$folder/bad.json"
expect 1 'inboundPolicy' check --config "$folder/bad.json"
expect 1 'sreve' check --config "$folder/bad.json"
expect 1 'serve.port' run --config "$folder/bad.json" --data "$folder/data"
[ ! -e "$folder/data" ] || complain 'a bad configuration left a data directory behind'
cat >"$folder/good.json" <<'CONFIG'
{"publicUrl":"http://127.0.0.1:3334","serve":{"port":0},"inboundPolicy":"open","lines":[{"id":"a",
 "provider":"twilio","fromNumber":"+15005550006","accountSid":"AC00000000000000000000000000000001",
 "authToken":"0123456789abcdef0123456789abcdef","apiBaseUrl":"http://127.0.0.1:3335"}]}
CONFIG
expect 0 'good, 1 line' check --config "$folder/good.json"
expect 1 'cannot make the data directory' run --config "$folder/good.json" --data "$folder/no/data"
verdict
