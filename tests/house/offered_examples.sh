#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# offered_examples.sh ROOT: what the examples' own pages say of `./run examples NAME` is so, and README knows them all.
set -u

cd -- "$1" || exit 2
offered=$(./run examples nobody-named-one-so 2>&1)
wrong=0
for page in examples/*/README.md; do
    name=$(basename "$(dirname "$page")")
    case $name in demo) continue ;; esac
    grep -q "^    \./run examples $name\( \|$\)" "$page" || { echo "$page does not say ./run examples $name"; wrong=1; }
    case "$offered " in
        *" $name "*) ;;
        *) echo "./run examples does not offer '$name', of which $page speaks"; wrong=1 ;;
    esac
    grep -q "(examples/$name)" README.md || { echo "README.md does not name examples/$name"; wrong=1; }
done
[ "$wrong" -eq 0 ] && echo 'every example is offered'
exit "$wrong"
