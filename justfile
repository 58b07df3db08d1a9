# What there is to do.
default:
    @just --list

# All that CI checks.
check:
    .ci/run

# Units, integration, documentation, README.
test:
    cargo test

# Accepts what the commands print as the golden files; look at the diff before you commit it.
bless:
    BLESS=1 cargo test --test command golden

# NIST's reference data sets; fails where the files cannot be had.
nist:
    tests/nist/fetch.sh
    cargo test --test nist

# The documentation, with broken links as errors.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Every example, one after the other.
examples:
    for file in examples/*.rs; do cargo run --release --example "$(basename "$file" .rs)" || exit 1; done

# How long a fit takes: from the 4,500 published starts, then from the screened ones with 4,000 replicates.
bench:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release
    time ./target/release/nbar fit data/chinchilla.csv --where outlier=0 --starts hoffmann --bootstrap 0
    time ./target/release/nbar fit data/chinchilla.csv --where outlier=0 --bootstrap 4000

# The kernels under Miri, once for each instruction set.
miri:
    .ci/miri

# All that is checked before a release, besides `just check`.
release:
    .ci/release
