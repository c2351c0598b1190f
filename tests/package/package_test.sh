#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# package_test.sh SOURCE WORK: installs the library and uses it from projects that know nothing of its tree.
# Static and shared; staged by DESTDIR, then moved, so that a path of this machine in the package is found.
set -eu

source=$1
work=$2
here=$source/tests/package

step()
{
    printf -- '-- package: %s\n' "$*"
}

fail()
{
    printf 'package: %s\n' "$*" >&2
    exit 1
}

# Runs a command, whose output is shown only if it fails.
quietly()
{
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        fail "failed: $*"
    }
}

configure()
{
    quietly cmake -G Ninja -D CMAKE_CXX_COMPILER=g++ -D CMAKE_BUILD_TYPE=Release "$@"
}

# The shared library, and that of a project's own tree, are built without optimisation: it takes less time.
configure_debug()
{
    configure "$@" -D CMAKE_BUILD_TYPE=Debug
}

compile()
{
    quietly cmake --build "$1" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
}

rm -rf "$work"
mkdir -p "$work"

for kind in static shared; do
    shared=OFF
    configure_library=configure
    if [ $kind = shared ]; then
        shared=ON
        configure_library=configure_debug
    fi
    prefix=$work/$kind/moved

    step "$kind: build, install under DESTDIR, move"
    $configure_library -S "$source" -B "$work/$kind/build" -D BUILD_SHARED_LIBS=$shared -D CMAKE_INSTALL_PREFIX=/opt/samepage \
        -D SAMEPAGE_TESTS=OFF -D SAMEPAGE_EXAMPLES=OFF -D SAMEPAGE_BENCH=OFF
    compile "$work/$kind/build"
    quietly env DESTDIR="$work/$kind/stage" cmake --install "$work/$kind/build"
    mv "$work/$kind/stage/opt/samepage" "$prefix"
    left=$(find "$work/$kind/stage" -type f)
    [ -z "$left" ] || fail "installed outside the prefix: $left"
    if grep -rFl -e "$work" -e "$source" -e /opt/samepage "$prefix/lib/cmake" "$prefix/lib/pkgconfig"; then
        fail 'the files above hold a path of the machine that built them'
    fi

    step "$kind: find_package, in a project without C, with Cap'n Proto"
    configure -S "$here/find_package" -B "$work/$kind/find_package" -D CMAKE_PREFIX_PATH="$prefix;${CMAKE_PREFIX_PATH:-}"
    compile "$work/$kind/find_package"
    "$work/$kind/find_package/consumer"

    step "$kind: the README's programs, by its CMakeLists.txt"
    "$here/readme_test.sh" "$source/README.md" "$work/$kind/readme" "$prefix;${CMAKE_PREFIX_PATH:-}"

    step "$kind: pkg-config"
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    mkdir "$work/$kind/pkg_config"
    # shellcheck disable=SC2046 # lists of flags
    quietly g++ -std=c++20 -O1 $(pkg-config --cflags samepage) "$here/pkg_config/main.cpp" \
        -o "$work/$kind/pkg_config/consumer" $(pkg-config --libs samepage)
    LD_LIBRARY_PATH=$prefix/lib "$work/$kind/pkg_config/consumer"
    # shellcheck disable=SC2046 # lists of flags
    quietly g++ -std=c++20 -O1 $(pkg-config --cflags samepage-capnp) "$here/pkg_config/capnp.cpp" \
        -o "$work/$kind/pkg_config/capnp" $(pkg-config --libs samepage-capnp)
    LD_LIBRARY_PATH=$prefix/lib "$work/$kind/pkg_config/capnp"
done

step 'a shared library carries its version'
version=$(pkg-config --modversion samepage)
for library in samepage samepage_capnp; do
    objdump -p "$work/shared/moved/lib/lib$library.so" | grep -q "SONAME *lib$library.so.${version%.*}\$" ||
        fail "lib$library.so has not the SONAME lib$library.so.${version%.*}"
    [ -f "$work/shared/moved/lib/lib$library.so.$version" ] || fail "no lib$library.so.$version"
done

step 'a component that does not exist is refused, and named'
mkdir "$work/refused"
cat >"$work/refused/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(refused LANGUAGES CXX)
find_package(samepage REQUIRED COMPONENTS teleport)
END
if cmake -G Ninja -S "$work/refused" -B "$work/refused/build" -D CMAKE_PREFIX_PATH="$prefix;${CMAKE_PREFIX_PATH:-}" \
    >"$work/log" 2>&1; then
    fail 'find_package(samepage COMPONENTS teleport) succeeded'
fi
grep -q "without component teleport" "$work/log" || fail "the refusal does not name the component: $(cat "$work/log")"

step "a component whose library is missing is refused, and the library named"
sed -i 's/teleport/capnp/' "$work/refused/CMakeLists.txt"
if cmake -G Ninja -S "$work/refused" -B "$work/refused/build" -D CMAKE_PREFIX_PATH="$prefix;${CMAKE_PREFIX_PATH:-}" \
    -D CMAKE_DISABLE_FIND_PACKAGE_CapnProto=ON >"$work/log" 2>&1; then
    fail "find_package(samepage COMPONENTS capnp) succeeded without Cap'n Proto"
fi
grep -q "needs Cap'n Proto" "$work/log" || fail "the refusal does not name Cap'n Proto: $(cat "$work/log")"

step "without asking for capnp, Cap'n Proto need not be there"
cat >"$work/refused/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(core_only LANGUAGES CXX)
find_package(samepage REQUIRED)
if(TARGET samepage::capnp OR NOT TARGET samepage::samepage)
  message(FATAL_ERROR "other targets than asked for")
endif()
END
configure -S "$work/refused" -B "$work/refused/core_only" -D CMAKE_PREFIX_PATH="$prefix;${CMAKE_PREFIX_PATH:-}" \
    -D CMAKE_DISABLE_FIND_PACKAGE_CapnProto=ON

step 'add_subdirectory, in a project without C'
configure_debug -S "$here/add_subdirectory" -B "$work/add_subdirectory" -D samepage_source="$source"
compile "$work/add_subdirectory"
"$work/add_subdirectory/consumer"

printf -- '-- package: static and shared, by find_package, pkg-config and add_subdirectory: all work\n'
