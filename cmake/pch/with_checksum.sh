#!/bin/sh
# Compiles a precompiled header and writes its checksum beside it: ccache (CCACHE_PCH_EXTSUM) reads that for every
# file that uses the header, instead of hundreds of megabytes.
"$@" || exit $?
previous=
for argument in "$@"; do
    case $previous,$argument in
    -o,*.gch) sha1sum <"$argument" | cut -c 1-40 >"$argument.sum" ;;
    esac
    previous=$argument
done
