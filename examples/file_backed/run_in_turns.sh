#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# run_in_turns.sh PRODUCER CONSUMER: runs them one after the other, with a channel in a directory on a disk.
# "run_in_turns: ok" as the last line only if all ended with 0.
set -u

directory=$(mktemp -d /var/tmp/samepage-file-backed-XXXXXX) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

"$1" "$directory" 1000 || exit 1
"$2" "$directory" || exit 1
"$1" "$directory" 1500 || exit 1
"$1" "$directory" 500 || exit 1
"$2" "$directory" || exit 1
echo "run_in_turns: ok"
