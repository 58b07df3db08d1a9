//! Whether what was saved was changed later.

/// The golden ratio, odd: a product with it loses nothing.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// A sum of words in their order: any one that differs changes it.
#[derive(Debug)]
pub(crate) struct Checksum(u64);

impl Checksum {
    pub(crate) fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    }

    /// Of a text.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let mut sum = Self::from(bytes.len() as u64);
        bytes.iter().for_each(|byte| sum.add(u64::from(*byte)));
        sum
    }
}

impl From<u64> for Checksum {
    /// One that begins with a count.
    fn from(count: u64) -> Self {
        Self(count)
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
