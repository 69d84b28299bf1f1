#!/bin/sh
# installer/setup without installing or building anything: arguments, the package list, refusals.
set -u
root=$1
setup="$root/installer/setup"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
passed=0

check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s: got "%s", expected "%s"\n' "$1" "$2" "$3"
    fi
}
# Runs setup with the arguments; leaves its exit code in $code and what it said in $said.
ask() {
    said=$("$setup" "$@" 2>&1 </dev/null)
    code=$?
}

ask --help
check 'help succeeds' "$code" 0
for verb in deps build run 'test' package; do
    check "help names $verb" "$(printf '%s\n' "$said" | grep -c "^  $verb ")" 1
done
ask
check 'no verb is misuse' "$code" 2
ask brew
check 'an unknown verb is misuse' "$code" 2
check 'it is named' "$(printf '%s\n' "$said" | grep -c "'brew'")" 1
ask build --jobs
check '--jobs without a number' "$code" 2
for number in 0 -1 two 1.5 ''; do
    ask build --jobs "$number"
    check "--jobs '$number'" "$code" 2
done
ask build --fast
check 'an unknown option is misuse' "$code" 2
ask build '-DATHANOR_TORCH=/a b'
check 'a path with a space is refused' "$code" 2

said=$("$root/installer/fresh-machine" --help)
check 'fresh-machine --help succeeds' "$?" 0
check 'it names its options' "$(printf '%s\n' "$said" | grep -c '^  --')" 8
"$root/installer/fresh-machine" --mirror >/dev/null 2>&1
check 'fresh-machine: an option without its value' "$?" 1
"$root/installer/fresh-machine" --bogus >/dev/null 2>&1
check 'fresh-machine: an unknown option' "$?" 1

# The package list: every entry has what for and a licence, no name twice, and names only.
list="$root/installer/packages"
entries=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" | tr -d ' ')
check 'every package has its purpose and licence' "$(grep -v '^#' "$list" | grep -v '^$' | grep -vc '# .*; .')" 0
check 'no package twice' "$(printf '%s\n' "$entries" | tr '|' '\n' | sort | uniq -d)" ''
check 'names are Debian names' "$(printf '%s\n' "$entries" | tr '|' '\n' | grep -vc '^[a-z0-9][a-z0-9.+-]*$')" 0
needed=$(sed -n 's/^ *athanor_find[a-z_]*(\(lib[^ ]*\|qt6[^ ]*\|nlohmann[^ ]*\|zlib[^ ]*\) .*/\1/p' "$root/cmake/AthanorDependencies.cmake")
for name in $needed; do
    check "$name of the build is in the list" "$(printf '%s\n' "$entries" | tr '|' '\n' | grep -cx "$name")" 1
done

# A machine without apt-get, without root or without sudo: the message says what to do.
mkdir "$scratch/bin"
for tool in sh sed tr dirname cat mkdir wc tail head grep awk date printf env rm; do
    ln -s "$(command -v "$tool")" "$scratch/bin/$tool"
done
refusal=$(PATH="$scratch/bin" "$setup" deps 2>&1)
check 'no apt-get: fails' "$?" 1
check 'no apt-get: says so' "$(printf '%s\n' "$refusal" | grep -c 'no apt-get')" 1
printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/dpkg-query"
printf '#!/bin/sh\necho "  Candidate: 1"\n' >"$scratch/bin/apt-cache"
printf '#!/bin/sh\nexit 0\n' >"$scratch/bin/apt-get"
printf '#!/bin/sh\necho 1000\n' >"$scratch/bin/id"
chmod +x "$scratch"/bin/dpkg-query "$scratch"/bin/apt-cache "$scratch"/bin/apt-get "$scratch"/bin/id
refusal=$(PATH="$scratch/bin" "$setup" deps 2>&1)
check 'no root, no sudo: fails' "$?" 1
check 'no root, no sudo: says so' "$(printf '%s\n' "$refusal" | grep -c 'needs root')" 1

# A path with spaces: setup finds its tree however it is called.
mkdir "$scratch/a tree"
ln -s "$root" "$scratch/a tree/athanor"
check 'called through a path with a space' "$("$scratch/a tree/athanor/installer/setup" --help >/dev/null 2>&1; echo $?)" 0

# Building, with a cmake that only talks: progress is thinned, what compilers say is passed on, failure is failure.
mkdir -p "$scratch/copy/installer"
cp "$root"/installer/setup "$root"/installer/packages "$scratch/copy/installer/"
for tool in nproc chmod; do ln -s "$(command -v "$tool")" "$scratch/bin/$tool"; done
cat >"$scratch/bin/cmake" <<'CMAKE'
#!/bin/sh
case $1 in
--preset) echo "$*" >"$0.configured" ;;
--build)
    i=0
    while [ $i -lt 200 ]; do i=$((i + 1)); echo "[$i/200] Building CXX object $i"; done
    echo 'file.cpp:1:2: warning: look here'
    exit "$(cat "$0.result")"
    ;;
esac
CMAKE
chmod +x "$scratch/bin/cmake"
echo 0 >"$scratch/bin/cmake.result"
said=$(PATH="$scratch/bin" "$scratch/copy/installer/setup" build --no-deps --jobs 3 -DATHANOR_TORCH=/opt/torch 2>&1)
check 'a build that works' "$?" 0
check 'twenty lines of progress' "$(printf '%s\n' "$said" | grep -c ' steps, ')" 20
check 'warnings are passed on' "$(printf '%s\n' "$said" | grep -c 'look here')" 1
check 'options reach CMake' "$(cat "$scratch/bin/cmake.configured")" '--preset release -DATHANOR_TORCH=/opt/torch'
check 'the log is whole' "$(wc -l <"$scratch/copy/build/logs/build.log")" 201
echo 1 >"$scratch/bin/cmake.result"
said=$(PATH="$scratch/bin" "$scratch/copy/installer/setup" build --no-deps 2>&1)
check 'a build that fails' "$?" 1
check 'a failed build says what to do' "$(printf '%s\n' "$said" | grep -c -- '--jobs 1')" 1

# LibTorch with CUDA: without it the build says what to do; fetching takes the libraries that the package names, once.
echo 0 >"$scratch/bin/cmake.result"
for tool in df du sort basename mv cut; do ln -s "$(command -v "$tool")" "$scratch/bin/$tool"; done
said=$(PATH="$scratch/bin" "$scratch/copy/installer/setup" build --cuda --no-deps 2>&1)
check 'no LibTorch with CUDA: fails' "$?" 1
check 'no LibTorch with CUDA: says what to do' "$(printf '%s\n' "$said" | grep -c 'deps --cuda')" 1
printf '#!/bin/sh\necho installed\n' >"$scratch/bin/dpkg-query"
cat >"$scratch/bin/update-alternatives" <<'ALTERNATIVES'
#!/bin/sh
case $1 in
--get-selections) printf 'libblas.so.3-x auto x\nliblapack.so.3-x auto x\n' ;;
--query) echo 'Value: /lib/openblas' ;;
esac
ALTERNATIVES
cat >"$scratch/bin/python3" <<'PYTHON'
#!/bin/sh
echo "$*" >>"$0.calls"
case "$*" in
*download*--no-deps*)
    [ ! -e "$0.offline" ] || { echo 'ERROR: no network'; exit 1; }
    while [ "$1" != --dest ]; do shift; done
    echo torch >"$2/torch-9.9-x.whl"
    ;;
*download*)
    while [ "$1" != --dest ]; do shift; done
    echo "$2" >"$2/nvidia_nccl-1-x.whl"
    ;;
*zipfile*nvidia*)
    [ ! -e "$0.full" ] || { echo 'Traceback'; echo 'OSError: [Errno 28] No space left on device'; exit 1; }
    mkdir -p "$5/nvidia"
    ;;
*zipfile*torch-9.9*)
    mkdir -p "$5/torch/lib" "$5/torch-9.9.dist-info"
    echo library >"$5/torch/lib/libtorch_cuda.so"
    printf 'Requires-Dist: filelock\nRequires-Dist: cuda-toolkit[cublas,nvtx]==1.2; platform_system == "Linux"\nRequires-Dist: nvidia-nccl==1; x\n' \
        >"$5/torch-9.9.dist-info/METADATA"
    ;;
*pip*--version*) [ ! -e "$0.nopip" ] ;;
esac
PYTHON
chmod +x "$scratch/bin/python3" "$scratch/bin/update-alternatives"
: >"$scratch/bin/python3.offline"
said=$(PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --cuda 2>&1)
check 'no network: fails' "$?" 1
check 'no network: the reason and what to do' "$(printf '%s\n' "$said" | grep -c 'no network\|repeat')" 2
rm "$scratch/bin/python3.offline"
for version in ../9.9 '9.9 8' 'x'; do
    said=$(PATH="$scratch/bin" ATHANOR_TORCH_VERSION=$version "$scratch/copy/installer/setup" deps --no-deps --cuda 2>&1)
    check "the version '$version' is misuse" "$?" 2
done
: >"$scratch/bin/python3.nopip"
said=$(PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --cuda 2>&1)
check 'no pip, no root: fails' "$?" 1
check 'no pip, no root: says so' "$(printf '%s\n' "$said" | grep -c 'needs python3-pip\|needs root')" 2
printf '#!/bin/sh\necho 0\n' >"$scratch/bin/id"
said=$(PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --cuda 2>&1)
check 'a Python without pip: says which' "$(printf '%s\n' "$said" | grep -c "$scratch/bin/python3, has no pip")" 1
rm "$scratch/bin/python3.nopip"
mv "$scratch/bin/df" "$scratch/df"
printf '#!/bin/sh\nprintf "head\\nx 1 1 5000 1 /\\n"\n' >"$scratch/bin/df"
chmod +x "$scratch/bin/df"
said=$(PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --no-deps --cuda 2>&1)
check 'too little disk: fails' "$?" 1
check 'too little disk: says how much' "$(printf '%s\n' "$said" | grep -c 'has 5000 MiB left.* \(8300\|8299\) MiB are needed')" 1
mv "$scratch/df" "$scratch/bin/df"
: >"$scratch/bin/python3.full"
said=$(PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --cuda 2>&1)
check 'the disk is full while unpacking: fails' "$?" 1
check 'the disk is full while unpacking: the reason' "$(printf '%s\n' "$said" | grep -c 'could not be unpacked: OSError.*No space left')" 1
check 'the disk is full: nothing half unpacked' "$(ls -d "$scratch/copy/build/torch"* 2>/dev/null)" ''
check 'the disk is full: what came is kept' "$(ls "$scratch/copy/build/wheels/9.9")" "$(printf 'nvidia_nccl-1-x.whl\ntorch-9.9-x.whl')"
rm "$scratch/bin/python3.full"
said=$(PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --cuda 2>&1)
check 'LibTorch with CUDA is fetched' "$?" 0
check 'its size is said' "$(printf '%s\n' "$said" | grep -c 'MiB to fetch')" 1
check 'the libraries are those that it names' "$(tail -n 2 "$scratch/bin/python3.calls" | grep -c 'cuda-toolkit\[cublas,nvtx\]==1.2 nvidia-nccl==1$')" 1
check 'it is unpacked' "$(cat "$scratch/copy/build/torch/torch/lib/libtorch_cuda.so")" library
before=$(wc -l <"$scratch/bin/python3.calls")
PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --cuda >/dev/null 2>&1
check 'it is not fetched again' "$(wc -l <"$scratch/bin/python3.calls")" "$before"
check 'nothing is left of the fetching' "$(ls -d "$scratch/copy/build/wheels" "$scratch/copy/build/torch.new" 2>/dev/null)" ''
rm "$scratch/copy/build/torch/torch/lib/libtorch_cuda.so"
PATH="$scratch/bin" ATHANOR_TORCH_VERSION=9.9 "$scratch/copy/installer/setup" deps --cuda >/dev/null 2>&1
check 'what was deleted is fetched again' "$(cat "$scratch/copy/build/torch/torch/lib/libtorch_cuda.so")" library
said=$(PATH="$scratch/bin" "$scratch/copy/installer/setup" build --cuda --no-deps 2>&1)
check 'a build with CUDA works' "$?" 0
check 'LibTorch with CUDA reaches CMake' "$(cat "$scratch/bin/cmake.configured")" "--preset release -DATHANOR_TORCH=$scratch/copy/build/torch/torch"

for script in "$setup" "$root/installer/fresh-machine" "$root/.ci/run" "$0"; do
    sh -n "$script"
    check "$script parses" "$?" 0
    if command -v shellcheck >/dev/null 2>&1; then
        shellcheck "$script"
        check "$script passes shellcheck" "$?" 0
    fi
done

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
