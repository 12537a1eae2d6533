#!/bin/sh
# Runs a command that may take so many seconds. One that takes longer is shown, as far as this machine can, and ended: a hang
# is a failure that says where.
#   sh scripts/watched.sh SECONDS COMMAND...
set -u
limit=$1
shift
"$@" &
pid=$!
trap 'kill $pid 2>/dev/null' INT TERM

family() { # a process and all below it
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do family "$child"; done
}

(
    # The seconds are counted one by one, so that nothing is left asleep when the command ends in time.
    while [ "$limit" -gt 0 ] && kill -0 $pid 2>/dev/null; do
        sleep 1
        limit=$((limit - 1))
    done
    kill -0 $pid 2>/dev/null || exit 0
    echo "-- this takes too long, and is ended: $*"
    for one in $(family $pid); do
        echo "-- process $one: $(tr '\0' ' ' <"/proc/$one/cmdline" | cut -c1-200)"
        for thread in "/proc/$one/task/"*; do
            echo "   $(cat "$thread/comm"): $(cat "$thread/wchan" 2>/dev/null)"
        done | sort | uniq -c
    done
    # What is below ends first: the command then still writes what it had kept back, which names the tests that passed.
    all=$(family $pid)
    for one in $all; do [ "$one" = $pid ] || kill -KILL "$one" 2>/dev/null; done
    sleep 5
    kill -KILL $pid 2>/dev/null
) &
guard=$!
wait $pid
status=$?
wait $guard
exit $status
