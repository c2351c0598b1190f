#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# run_pair.sh PRODUCER CONSUMER [PRODUCER_ARGUMENT [CONSUMER_ARGUMENT]]: runs an example's two programs side by side on
# a channel of its own. Both get the channel's name as their argument, and behind it theirs, unless it is empty.
# Exit status 0, and "run_pair: ok" as the last line, only if both ended with 0.
set -u

if [ $# -lt 2 ] || [ $# -gt 4 ]; then
    echo "usage: $0 PRODUCER CONSUMER [PRODUCER_ARGUMENT [CONSUMER_ARGUMENT]]" >&2
    exit 2
fi

channel="example-$$"
producer=
clean_up() {
    # The producer waits for a consumer: if that one failed, nobody else ends it.
    if [ -n "$producer" ]; then
        kill "$producer" 2>/dev/null
    fi
    rm -f "/dev/shm/samepage.$channel.data" "/dev/shm/samepage.$channel.ctl"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

"$1" "$channel" ${3:+"$3"} &
producer=$!

"$2" "$channel" ${4:+"$4"}
consumer_status=$?
if [ "$consumer_status" -ne 0 ]; then
    echo "run_pair: the consumer failed, status $consumer_status"
    exit 1
fi

wait "$producer"
producer_status=$?
producer=
if [ "$producer_status" -ne 0 ]; then
    echo "run_pair: the producer failed, status $producer_status"
    exit 1
fi
echo "run_pair: ok"
