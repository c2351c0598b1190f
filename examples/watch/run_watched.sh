#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# run_watched.sh WATCH RUN_PAIR PRODUCER CONSUMER: runs the pair, and watches its channel beside it: two looks.
# "run_watched: ok" as the last line only if all ended with 0.
set -u

pair=
output=$(mktemp) || exit 1
clean_up() {
    if [ -n "$pair" ]; then
        kill "$pair" 2>/dev/null
    fi
    rm -f "$output"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

"$2" "$3" "$4" >"$output" 2>&1 &
pair=$!
channel="example-$pair" # as run_pair.sh calls it

tries=0
until [ -e "/dev/shm/samepage.$channel.data" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then
        echo "run_watched: no channel $channel"
        exit 1
    fi
    sleep 0.1
done
sleep 0.3
"$1" "$channel" 2 || exit 1
wait "$pair" || { cat "$output"; exit 1; }
pair=
cat "$output"
echo "run_watched: ok"
