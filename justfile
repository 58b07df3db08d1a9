# What there is to do.
default:
    @just --list

# All that CI checks.
check:
    .ci/run

# Units, integration, documentation, README.
test:
    cargo test

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
