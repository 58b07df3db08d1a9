//! Numbers within a tolerance. Each test says why it has the tolerance that it has.

/// Fails unless `found` is within `tolerance` of `expected`, relative to it; NaN fails.
#[track_caller]
pub(crate) fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(is_near(found, expected, tolerance), "{found} is not {expected} within {tolerance:e}");
}

/// Fails unless there are as many numbers and each is near its own.
#[track_caller]
pub(crate) fn all_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let off = (0..found.len()).find(|i| !is_near(found[*i], expected[*i], tolerance));
    assert!(off.is_none(), "{off:?}: {found:?} where {expected:?} is expected within {tolerance:e}");
}

/// Whether `found` is within `tolerance` of `expected`, relative to it.
pub(crate) fn is_near(found: f64, expected: f64, tolerance: f64) -> bool {
    found == expected || (found / expected - 1.0).abs() <= tolerance
}

/// Fails unless `message` holds all of `parts`.
#[track_caller]
pub(crate) fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no '{part}' in: {message}");
    }
}
