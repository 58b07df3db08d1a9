//! The one place with `unsafe`: a function compiled for an instruction set may only be called where the
//! machine has it, which is checked on the line above each call.
#![allow(unsafe_code)]

/// Work that can be compiled for any instruction set.
///
/// `run` and all it calls must be `#[inline(always)]`, or they are compiled without the wider instructions.
pub(crate) trait Kernel {
    /// What the work returns.
    type Output;
    /// Does it; `FMA` says whether a fused multiply-add is one instruction.
    fn run<const FMA: bool>(self) -> Self::Output;
}

/// Instruction sets that kernels are compiled for, narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// What every machine of this architecture has.
    Portable,
    /// 256-bit vectors with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// The widest of all.
    #[cfg(target_arch = "x86_64")]
    const WIDEST: Self = Self::Avx512;
    #[cfg(not(target_arch = "x86_64"))]
    const WIDEST: Self = Self::Portable;

    /// The widest that this machine has.
    #[inline]
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let has_avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            match (has_avx2, has_avx512) {
                (true, true) => return Self::Avx512,
                (true, false) => return Self::Avx2,
                _ => {}
            }
        }
        Self::Portable
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

/// Runs a kernel with the widest instructions that the machine has.
#[inline]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    dispatch_at(Level::WIDEST, kernel)
}

/// Runs a kernel at `level`, or the widest level below it that the machine has.
#[inline]
pub(crate) fn dispatch_at<K: Kernel>(level: Level, kernel: K) -> K::Output {
    match level.min(Level::detect()) {
        Level::Portable => kernel.run::<false>(),
        // SAFETY: `detect` found AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2(kernel) },
        // SAFETY: `detect` found AVX-512 F, DQ and VL, AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512(kernel) },
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    /// Miri's processor has the features that are compiled for, and no others.
    #[test]
    fn the_level_is_the_widest_of_which_every_feature_is_there() {
        #[cfg(target_arch = "x86_64")]
        let (compiled, next) = if cfg!(all(target_feature = "avx512dq", target_feature = "avx512vl")) {
            (Level::Avx512, None)
        } else if cfg!(all(target_feature = "avx2", target_feature = "fma")) {
            (Level::Avx2, Some(Level::Avx512))
        } else {
            (Level::Portable, Some(Level::Avx2))
        };
        #[cfg(not(target_arch = "x86_64"))]
        let (compiled, next) = (Level::Portable, None);
        assert!(Level::detect() >= compiled);
        assert!(!cfg!(miri) || next.is_none_or(|next| Level::detect() < next));
    }
}
