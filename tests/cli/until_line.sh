# shellcheck shell=bash
# until_line PATTERN FILE PID: waits until a line of the file matches. False: the process that
# writes it has ended, and none does.
until_line() {
  grep -q -m 1 -- "$1" < <(exec tail -n +1 -F --pid="$3" "$2" 2>/dev/null)
}
