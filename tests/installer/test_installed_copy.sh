#!/bin/sh
# An installed copy runs from where it lies, and the template plugin builds outside the tree against it.
set -eu
source=$1
build=$2
scratch="$build/tests/installed copy é"
rm -rf "$scratch"
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT
prefix="$scratch/usr"

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAIL %s\n' "$*"; exit 1; }

step "install into a folder with a space and a letter beyond ASCII"
cmake --install "$build" --prefix "$prefix" >"$scratch/install.log" || { cat "$scratch/install.log"; fail install; }
[ ! -e "$prefix/lib/athanor/plugins/athanor_filter_capitals.so" ] || fail "the template was installed"
"$prefix/bin/athanor-cli" --version

step "the installed programs find their own plugins"
"$prefix/bin/athanor-cli" --json plugin list >"$scratch/before.json" || fail "plugin list"
grep -q '"launcher.local"' "$scratch/before.json" || fail "launcher.local is not listed"
if grep -q 'filter.capitals' "$scratch/before.json"; then fail "the template is offered"; fi

step "build the template outside the tree"
mkdir "$scratch/mine"
cp "$source"/plugins/_template/* "$scratch/mine"
cmake -S "$scratch/mine" -B "$scratch/mine/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release \
    >"$scratch/configure.log" 2>&1 || { cat "$scratch/configure.log"; fail configure; }
cmake --build "$scratch/mine/build" >"$scratch/build.log" 2>&1 || { cat "$scratch/build.log"; fail build; }
module="$scratch/mine/build/athanor_filter_capitals.so"
[ -e "$module" ] || fail "no module"

step "the installed copy reads it"
ATHANOR_PLUGIN_PATH="$scratch/mine/build" "$prefix/bin/athanor-cli" --json plugin list >"$scratch/after.json"
grep -q 'filter.capitals' "$scratch/after.json" || { cat "$scratch/after.json"; fail "filter.capitals is not listed"; }
echo "1 passed, 0 failed"
