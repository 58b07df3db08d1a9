//! Loops over a slice, compiled for AVX2 where `-C target-cpu=native` says that the machine has it.

use crate::Slice;

macro_rules! over_wide {
    ($vector:ty, $lanes:literal, $method:ident) => {{
        fn slice(values: &mut [f64]) {
            let (chunks, rest) = values.as_chunks_mut::<$lanes>();
            assert!(rest.is_empty());
            for chunk in chunks {
                *chunk = <$vector>::new(*chunk).$method().to_array();
            }
        }
        slice as Slice
    }};
}

#[cfg(feature = "sleef")]
macro_rules! over_sleef {
    ($lanes:literal, $function:path) => {{
        fn slice(values: &mut [f64]) {
            let (chunks, rest) = values.as_chunks_mut::<$lanes>();
            assert!(rest.is_empty());
            for chunk in chunks {
                *chunk = $function(std::simd::Simd::from_array(*chunk)).to_array();
            }
        }
        slice as Slice
    }};
}

pub(crate) fn exp() -> Vec<(&'static str, Slice)> {
    vec![
        ("wide f64x4", over_wide!(wide::f64x4, 4, exp)),
        ("wide f64x8", over_wide!(wide::f64x8, 8, exp)),
        #[cfg(feature = "sleef")]
        ("sleef u10, 4 lanes", over_sleef!(4, sleef::f64x::exp_u10)),
        #[cfg(feature = "sleef")]
        ("sleef u10, 8 lanes", over_sleef!(8, sleef::f64x::exp_u10)),
    ]
}

pub(crate) fn ln() -> Vec<(&'static str, Slice)> {
    vec![
        ("wide f64x4", over_wide!(wide::f64x4, 4, ln)),
        ("wide f64x8", over_wide!(wide::f64x8, 8, ln)),
        #[cfg(feature = "sleef")]
        ("sleef u10, 4 lanes", over_sleef!(4, sleef::f64x::log_u10)),
        #[cfg(feature = "sleef")]
        ("sleef u35, 4 lanes", over_sleef!(4, sleef::f64x::log_u35)),
        #[cfg(feature = "sleef")]
        ("sleef u35, 8 lanes", over_sleef!(8, sleef::f64x::log_u35)),
    ]
}
