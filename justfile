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
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --open

# Every example, one after the other.
examples:
    for file in examples/*.rs; do cargo run --release --example "$(basename "$file" .rs)" || exit 1; done

# How long the README's fit takes: 4,500 published starts, then 4,000 replicates from the screened ones.
bench:
    cargo build --release
    time -p ./target/release/nbar fit data/chinchilla.csv --where outlier=0 --starts hoffmann --bootstrap 0
    time -p ./target/release/nbar fit data/chinchilla.csv --where outlier=0 --bootstrap 4000
