#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# readme_test.sh README WORK PREFIX…: takes the README's programs and their CMakeLists.txt out of it, builds them against the
# installed package as a reader would, and runs the two programs in either order. A record has to arrive.
set -eu

readme=$1
work=$2
prefixes=$3
seconds=60 # for each program; then it hangs

fail()
{
    printf 'readme: %s\n' "$*" >&2
    exit 1
}

# A block belongs to the file that its first line names in a comment.
extract()
{
    awk -v folder="$work" '
        /^```$/ { file = ""; next }
        /^```(cpp|cmake)$/ { first = 1; next }
        first { first = 0; file = ""; if ($0 ~ /^(\/\/|#) [A-Za-z_]+\.(hpp|cpp|txt)$/) { file = folder "/" $2 } }
        file != "" { print > file }
    ' "$readme"
    for file in CMakeLists.txt quote.hpp producer.cpp consumer.cpp; do
        [ -s "$work/$file" ] || fail "no block for $file in $readme"
    done
}

# The readers' channel name is somebody's: another one, and in both programs.
rename()
{
    sed -i "s/\"quotes\"/\"$channel\"/g" "$work/producer.cpp" "$work/consumer.cpp"
    for role in producer consumer; do
        grep -q "\"$channel\"" "$work/$role.cpp" || fail "$role.cpp does not name the channel \"quotes\""
    done
}

build()
{
    {
        cmake -G Ninja -S "$work" -B "$work/build" -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_COMPILER=g++ \
            -D CMAKE_CXX_FLAGS='-Wall -Wextra -Werror' -D CMAKE_PREFIX_PATH="$prefixes" || return 1
        cmake --build "$work/build"
    } >"$work/log" 2>&1
}

consumer=
clean_up()
{
    [ -z "$consumer" ] || kill "$consumer" 2>/dev/null || :
    rm -f "/dev/shm/samepage.$channel.data" "/dev/shm/samepage.$channel.ctl"
}

# What the consumer printed, and what is left of the channel.
judge()
{
    [ "$(cat "$work/said")" = 'best ask 100.5' ] || fail "$1: the consumer said: $(cat "$work/said")"
    for file in "/dev/shm/samepage.$channel".*; do
        [ ! -e "$file" ] || fail "$1: $file was left"
    done
}

channel=readme-quotes-$$
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

rm -rf "$work"
mkdir -p "$work"
extract
rename
build || {
    cat "$work/log" >&2
    fail 'the programs do not build'
}

timeout $seconds "$work/build/producer" || fail 'producer first: it failed'
timeout $seconds "$work/build/consumer" >"$work/said" || fail 'producer first: the consumer failed'
judge 'producer first'

timeout $seconds "$work/build/consumer" >"$work/said" &
consumer=$!
sleep 0.2 # so that it is there first, most times; either order has to do
timeout $seconds "$work/build/producer" || fail 'consumer first: the producer failed'
wait "$consumer" || fail 'consumer first: it failed'
consumer=
judge 'consumer first'
