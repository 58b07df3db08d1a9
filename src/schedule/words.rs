//! Values that have a word each.

/// `Display` and `FromStr` of an enum: the word of each variant, and what else is read as it.
macro_rules! words {
    ($kind:ident, $field:literal, [$($word:literal $(or $also:literal)* = $value:expr),* $(,)?]) => {
        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let is_own = |value: &$kind| std::mem::discriminant(value) == std::mem::discriminant(self);
                let own = [$(($word, $value)),*].into_iter().find(|(_, value)| is_own(value));
                f.write_str(own.map_or("", |(word, _)| word))
            }
        }

        impl std::str::FromStr for $kind {
            type Err = crate::Error;

            fn from_str(text: &str) -> crate::Result<Self> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($word $(| $also)* => Ok($value),)*
                    _ => Err(crate::Error::unknown($field, text, &[$($word),*].join(", "))),
                }
            }
        }
    };
}
