#!/usr/bin/env bash
# Fetches the 27 data sets of NIST's StRD for non-linear regression into target/nist, where tests/nist/data.rs looks for
# them. They ship in the source package of lmfit 1.3.4; Python's pip and a network are needed.
# Ends with 0 if the files are there and right, with 75 if they cannot be had, and with 1 if they are wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
check() { if command -v sha256sum >/dev/null; then sha256sum --check --status "$1"; else shasum -a 256 --check --status "$1"; fi; }
sums=$PWD/tests/nist/SHA256SUMS
files_are_right() { (cd target/nist && check "$sums"); }

mkdir -p target/nist
if files_are_right 2>/dev/null; then exit 0; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! python3 -m pip download --quiet --retries 1 --timeout 20 --no-deps --no-binary :all: --dest "$folder" lmfit==1.3.4; then
    echo "lmfit 1.3.4 cannot be downloaded" >&2
    exit 75
fi
echo "3c22c28c43f717f6c5b4a3bd81e893a2149739c26a592c046f2e33c23cfbe497  $folder/lmfit-1.3.4.tar.gz" >"$folder/sum"
if ! check "$folder/sum"; then
    echo "lmfit-1.3.4.tar.gz is not what it was" >&2
    exit 1
fi
tar -xzf "$folder/lmfit-1.3.4.tar.gz" -C target/nist --strip-components=2 --wildcards 'lmfit-1.3.4/NIST_STRD/*.dat'
if ! files_are_right; then
    echo "target/nist is not as tests/nist/SHA256SUMS has it" >&2
    exit 1
fi
