#!/usr/bin/env bash
# Fetches the 27 data sets of NIST's StRD for non-linear regression into target/nist, where tests/nist/main.rs looks for them.
# They ship in the source package of lmfit 1.3.4; Python's pip and a network are needed.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -e target/nist/Nelson.dat ]; then exit 0; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$folder" lmfit==1.3.4
echo "3c22c28c43f717f6c5b4a3bd81e893a2149739c26a592c046f2e33c23cfbe497  $folder/lmfit-1.3.4.tar.gz" | sha256sum --check --quiet
mkdir -p target/nist
tar -xzf "$folder/lmfit-1.3.4.tar.gz" -C target/nist --strip-components=2 --wildcards 'lmfit-1.3.4/NIST_STRD/*.dat'
