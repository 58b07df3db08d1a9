//! The law of Frantar et al. (2023) for networks that end sparse.

use super::{Factor, Input, Parameter, PowerSum, Term};

/// `L = E + (a (1-S)^b + c)/N^α + B/D^β`, with N the parameters that are left and S the sparsity at the end
/// (Frantar et al. 2023, arXiv 2309.08520, equation 3).
///
/// Multiplied out it is a sum of powers, 1 - S being final over initial parameters. Parameters, in order: E (nats a
/// token), a and c (nats a token, at N = 1), B (nats a token, at D = 1), fitted by their logarithms; b, α, β. In the paper's
/// letters these are c, a_S, c_S, a_D^b_D, b_S, b_N and b_D. Its fits count N in millions and D in units of 100,000 steps (T5)
/// or a billion images (ViT).
///
/// ```
/// use nbar::law::{Law, sparse};
/// // T5 as published, (0.568 (1-S)^0.722 + 1.523) (N/1e6)^-0.245 + 0.634 (steps/1e5)^-0.203 + 0.651, at 65,536 tokens a step.
/// let (alpha, beta) = (0.24513173, 0.20270772);
/// let (of_n, of_d) = (1e6f64.powf(alpha), (1e5 * 65_536f64).powf(beta));
/// let published =
///     [0.65074219, 0.56778512 * of_n, 1.52265016 * of_n, 0.63361517 * of_d, 0.72161276, alpha, beta];
/// // 10 million of 40 million parameters after 500,000 steps.
/// let loss = sparse().loss(&published, &[10e6, 40e6, 500_000.0 * 65_536.0]);
/// let size = (0.56778512 * 0.25f64.powf(0.72161276) + 1.52265016) * 10f64.powf(-alpha);
/// assert!((loss - (size + 0.63361517 * 5f64.powf(-beta) + 0.65074219)).abs() < 1e-12);
/// ```
#[must_use]
pub fn sparse() -> PowerSum {
    let left = Factor::falling(5, Input::FinalParams);
    PowerSum::new(
        "sparse",
        "L = E + (a (1-S)^b + c)/N^alpha + B/D^beta",
        vec![
            Parameter::log("E", 0.1, 10.0),
            Parameter::log("a", 0.1, 1e8),
            Parameter::log("c", 0.1, 1e8),
            Parameter::log("B", 1.0, 1e12),
            Parameter::linear("b", 0.1, 3.0),
            Parameter::linear("alpha", 0.03, 1.5),
            Parameter::linear("beta", 0.03, 1.5),
        ],
        vec![
            Term::constant(0),
            Term::new(
                1,
                vec![
                    left.clone(),
                    Factor::power(4, Input::FinalParams, 1.0),
                    Factor::power(4, Input::InitialParams, -1.0),
                ],
            ),
            Term::new(2, vec![left]),
            Term::new(3, vec![Factor::falling(6, Input::Tokens)]),
        ],
    )
}
