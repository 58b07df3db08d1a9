//! What options and choices would otherwise repeat.

/// Consuming setters of fields: `with_seed(seed: u64);`. A field that is an option takes what stands in it.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($field:ident: $type:ty);)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $field: $type) -> Self {
            self.$field = $field.into();
            self
        }
    )+};
}

/// The names of an enum's variants, written and read: `named!(End, "end", [Lower "lower", Upper "upper"]);`.
macro_rules! named {
    ($type:ident, $field:literal, [$($one:ident $name:literal),+]) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$one => $name,)+
                })
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::Error;

            fn from_str(text: &str) -> crate::Result<Self> {
                match text {
                    $($name => Ok(Self::$one),)+
                    _ => Err(crate::Error::unknown($field, text, &[$($name),+].join(", "))),
                }
            }
        }
    };
}

/// The conversions of `#[serde(try_from = "String", into = "String")]`: as the text that is shown and read.
macro_rules! saved_as_text {
    ($type:ident) => {
        impl TryFrom<String> for $type {
            type Error = crate::Error;

            fn try_from(text: String) -> crate::Result<Self> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(one: $type) -> Self {
                one.to_string()
            }
        }
    };
}
