//! The forms. `x` is the learning ahead of a cut as a share of the run, and a thousandth; Δ is what a cut changes.

use super::dual::{Dual, MOST};
use super::rows::{Cut, Row};

type Values = [Dual; MOST];

/// A form: what is added to E + B/D^β, the names of its parameters, and the loss.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) text: &'static str,
    pub(crate) parameters: &'static [&'static str],
    pub(crate) loss: fn(&Values, &Row) -> Dual,
}

const FIVE: &[&str] = &["E", "A", "B", "alpha", "beta"];
const GAMMA: &[&str] = &["E", "A", "B", "alpha", "beta", "C", "gamma"];
const POWER: &[&str] = &["E", "A", "B", "alpha", "beta", "C", "p"];

/// A thousandth of the run, which is ahead of every cut.
const LEAST: f64 = 1e-3;

/// E + A/n^α + B/D^β, of ln n.
fn means(v: &Values, row: &Row, n: f64) -> Dual {
    v[0] + v[1] * v[3].power_of(-n) + v[2] * v[4].power_of(-row.tokens)
}

/// The sum of something over the cuts; exactly nothing without any.
fn over(row: &Row, of: impl Fn(&Cut) -> Dual) -> Dual {
    row.cuts.iter().map(of).fold(Dual::of(0.0), |sum, one| sum + one)
}

/// Δ N^-α.
fn lost(v: &Values, cut: &Cut) -> Dual {
    v[3].power_of(-cut.after) - v[3].power_of(-cut.before)
}

/// Δ N₀/N.
fn rise(row: &Row, cut: &Cut) -> f64 {
    (row.initial - cut.after).exp() - (row.initial - cut.before).exp()
}

/// C Σ Δ(N₀/N) (x D)^-γ N₀^-.2, with so much added to the learning ahead.
fn healed(v: &Values, row: &Row, least: f64) -> Dual {
    let sum = over(row, |cut| v[6].power_of(-(cut.learning + least).ln() - row.tokens) * rise(row, cut));
    v[5] * sum * (-0.2 * row.initial).exp()
}

/// C (Σ of)^p D^(-p/2), of a sum that depends on no parameter.
fn harm(v: &Values, row: &Row, of: impl Fn(&Cut) -> f64) -> Dual {
    let sum: f64 = row.cuts.iter().map(of).sum();
    if sum > 0.0 { v[5] * v[6].power_of(sum.ln() - 0.5 * row.tokens) } else { Dual::of(0.0) }
}

/// The same of Δ(N₀/N) x^-power.
fn weighted(v: &Values, row: &Row, power: f64, least: f64) -> Dual {
    harm(v, row, |cut| rise(row, cut) * (cut.learning + least).powf(-power))
}

pub(crate) const FORMS: &[Form] = &[
    Form { text: "A/N̄^α", parameters: FIVE, loss: |v, row| means(v, row, row.average) },
    Form { text: "A/N_final^α", parameters: FIVE, loss: |v, row| means(v, row, row.last) },
    Form {
        text: "(a (1-S)^b + c)/N_final^α, `sparse`",
        parameters: &["E", "A", "B", "alpha", "beta", "C", "b"],
        loss: |v, row| {
            let of_density = v[1] * v[6].power_of(row.last - row.initial) + v[5];
            v[0] + of_density * v[3].power_of(-row.last) + v[2] * v[4].power_of(-row.tokens)
        },
    },
    Form {
        text: "A/N₀^α + Σ AΔN^-α (k + C (uD/N)^-½)",
        parameters: &["E", "A", "B", "alpha", "beta", "C", "K"],
        loss: |v, row| {
            let one = |cut: &Cut| {
                let root = (-0.5 * (cut.learning.max(1e-12).ln() + row.tokens - cut.after)).exp();
                v[1] * lost(v, cut) * (v[6] + v[5] * root)
            };
            means(v, row, row.initial) + over(row, one)
        },
    },
    Form {
        text: "A/N₀^α + Σ AΔN^-α (1 + C u^-γ)",
        parameters: GAMMA,
        loss: |v, row| {
            let one = |cut: &Cut| {
                v[1] * lost(v, cut) * (Dual::of(1.0) + v[5] * v[6].power_of(-cut.learning.max(1e-12).ln()))
            };
            means(v, row, row.initial) + over(row, one)
        },
    },
    Form {
        text: "A/N̄^α + C Σ ΔN^-α (uD)^-γ",
        parameters: GAMMA,
        loss: |v, row| {
            let one = |cut: &Cut| lost(v, cut) * v[6].power_of(-cut.learning.max(1e-12).ln() - row.tokens);
            means(v, row, row.average) + v[5] * over(row, one)
        },
    },
    Form {
        text: "A/N̄^α + C Σ Δ(N₀/N) (uD)^-γ N₀^-.2",
        parameters: GAMMA,
        loss: |v, row| means(v, row, row.average) + healed(v, row, 1e-12),
    },
    Form {
        text: "the same, x for u",
        parameters: GAMMA,
        loss: |v, row| means(v, row, row.average) + healed(v, row, LEAST),
    },
    Form {
        text: "the same, u + 1/500 for u",
        parameters: GAMMA,
        loss: |v, row| means(v, row, row.average) + healed(v, row, 2.0 * LEAST),
    },
    Form {
        text: "A/N̄^α + C Σ Δ(N₀/N)^κ (uD)^-.4 N₀^-α",
        parameters: &["E", "A", "B", "alpha", "beta", "C", "kappa"],
        loss: |v, row| {
            let one = |cut: &Cut| {
                let rise = v[6].power_of(row.initial - cut.after) - v[6].power_of(row.initial - cut.before);
                rise * (-0.4 * (cut.learning.max(1e-12).ln() + row.tokens)).exp()
            };
            means(v, row, row.average) + v[5] * over(row, one) * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "A/N̄^α + C Σ Δ(N₀/N) ((uD)^-γ - (u₀D)^-γ) N₀^-.2",
        parameters: GAMMA,
        loss: |v, row| {
            let one = |cut: &Cut| {
                let at = |learning: f64| v[6].power_of(-learning.max(1e-12).ln() - row.tokens);
                (at(cut.learning) - at(row.learning)) * rise(row, cut)
            };
            means(v, row, row.average) + v[5] * over(row, one) * (-0.2 * row.initial).exp()
        },
    },
    Form {
        text: "A mean(N^-α) + C Σ Δ(N₀/N) (uD)^-γ N₀^-.2",
        parameters: GAMMA,
        loss: |v, row| {
            let mean = row.course.iter().map(|(share, n)| v[3].power_of(-n) * *share);
            let mean = mean.fold(Dual::of(0.0), |sum, one| sum + one);
            v[0] + v[1] * mean + v[2] * v[4].power_of(-row.tokens) + healed(v, row, 1e-12)
        },
    },
    Form {
        text: "A/N̄^α + C (Σ Δ(N₀/N) x^-½)^p D^(-p/2)",
        parameters: POWER,
        loss: |v, row| means(v, row, row.average) + weighted(v, row, 0.5, LEAST),
    },
    Form {
        text: "A/N̄^α + C (Σ Δ(N₀/N) x^-½)^p D^-β",
        parameters: POWER,
        loss: |v, row| {
            let by_tokens = (v[6] * 0.5 - v[4]).power_of(row.tokens);
            means(v, row, row.average) + weighted(v, row, 0.5, LEAST) * by_tokens
        },
    },
    Form {
        text: "A/N̄^α + C (Σ Δ(N₀/N) x^-½)^p D^(-p/2) N̄^-α",
        parameters: POWER,
        loss: |v, row| {
            means(v, row, row.average) + weighted(v, row, 0.5, LEAST) * v[3].power_of(-row.average)
        },
    },
    Form {
        text: "**A/N̄^α + C (Σ Δ(N₀/N) x^-½)^p D^(-p/2) N₀^-α**, `schedule`",
        parameters: POWER,
        loss: |v, row| {
            means(v, row, row.average) + weighted(v, row, 0.5, LEAST) * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "the same with x^-⅓",
        parameters: POWER,
        loss: |v, row| {
            means(v, row, row.average) + weighted(v, row, 1.0 / 3.0, LEAST) * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "the same with x^-⅔",
        parameters: POWER,
        loss: |v, row| {
            means(v, row, row.average) + weighted(v, row, 2.0 / 3.0, LEAST) * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "the same with Δ ln N",
        parameters: POWER,
        loss: |v, row| {
            let harm = harm(v, row, |cut| (cut.before - cut.after) * (cut.learning + LEAST).powf(-0.5));
            means(v, row, row.average) + harm * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "the same per remaining parameter, (x/N)^-½",
        parameters: POWER,
        loss: |v, row| {
            let harm =
                harm(v, row, |cut| rise(row, cut) * (-0.5 * ((cut.learning + LEAST).ln() - cut.after)).exp());
            means(v, row, row.average) + harm * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "the same with a quarter of the thousandth",
        parameters: POWER,
        loss: |v, row| {
            means(v, row, row.average) + weighted(v, row, 0.5, 0.25 * LEAST) * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "the same with twice the thousandth",
        parameters: POWER,
        loss: |v, row| {
            means(v, row, row.average) + weighted(v, row, 0.5, 2.0 * LEAST) * v[3].power_of(-row.initial)
        },
    },
    Form {
        text: "the same, tokens ahead for learning ahead",
        parameters: POWER,
        loss: |v, row| {
            let harm = harm(v, row, |cut| rise(row, cut) * (cut.tokens + LEAST).powf(-0.5));
            means(v, row, row.average) + harm * v[3].power_of(-row.initial)
        },
    },
];
