//! What the inner loops cost: nanoseconds a row, and how near that is to the machine's floor.
//!
//! `cargo bench --bench kernels`. The floor is the arithmetic of the formula at the rate at which this machine
//! does multiply-adds on registers, measured in the same run; divisions count as four.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use nbar::bench::Passes;
use nbar::law::{Evaluation, Law, LawSpec, chinchilla};
use nbar::{Observations, Result};

/// The Chinchilla law as its user would write it, without its being a sum of powers.
#[derive(Debug)]
struct Written(LawSpec);

impl Law for Written {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let rows = out.ln_loss.len();
        let e = theta[0].exp();
        let (constant, rest) = out.jacobian.split_at_mut(rows);
        let (by_a, rest) = rest.split_at_mut(rows);
        let (by_b, rest) = rest.split_at_mut(rows);
        let (by_alpha, by_beta) = rest.split_at_mut(rows);
        by_alpha.copy_from_slice(inputs[0]);
        by_beta.copy_from_slice(inputs[1]);
        Passes::ln(by_alpha);
        Passes::ln(by_beta);
        for i in 0..rows {
            by_a[i] = theta[1] - theta[3] * by_alpha[i];
            by_b[i] = theta[2] - theta[4] * by_beta[i];
        }
        Passes::exp(by_a);
        Passes::exp(by_b);
        for i in 0..rows {
            let loss = e + by_a[i] + by_b[i];
            out.ln_loss[i] = loss;
            constant[i] = e / loss;
            by_a[i] /= loss;
            by_b[i] /= loss;
            by_alpha[i] *= -by_a[i];
            by_beta[i] *= -by_b[i];
        }
        Passes::ln(out.ln_loss);
    }
}

fn observations(rows: usize) -> Result<Observations> {
    let spread = |i: usize, by: usize| (i.wrapping_mul(by) % 1009) as f64 / 1009.0;
    let n: Vec<f64> = (0..rows).map(|i| 1e7 * 1e3f64.powf(spread(i, 7))).collect();
    let d: Vec<f64> = (0..rows).map(|i| 1e9 * 1e3f64.powf(spread(i, 31))).collect();
    let loss = (0..rows).map(|i| {
        (1.8 + 480.0 / n[i].powf(0.35) + 2100.0 / d[i].powf(0.37)) * (0.02 * (spread(i, 613) - 0.5)).exp()
    });
    let loss = loss.collect();
    Observations::new(n, d, loss)
}

/// Nanoseconds of one call, the fastest of many.
fn nanoseconds(mut call: impl FnMut()) -> f64 {
    let mut fastest = f64::INFINITY;
    for _ in 0..200 {
        let start = Instant::now();
        for _ in 0..20 {
            call();
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() / 20.0);
    }
    1e9 * fastest
}

#[allow(clippy::print_stdout)]
fn main() -> Result<()> {
    let rounds = || _ = black_box(Passes::multiply_adds(black_box(100)));
    let each = nanoseconds(rounds) / (100 * Passes::MULTIPLY_ADDS) as f64;
    println!("multiply-add on registers: {each:.3} ns\n");
    println!(
        "| kernel | rows | ns a row | multiply-adds of the formula | share of the floor |\n|---|---|---|---|---|"
    );
    let row = |name: &str, rows: usize, time: f64, operations: f64| {
        let share = 100.0 * operations * each * rows as f64 / time;
        println!("| {name} | {rows} | {:.2} | {operations} | {share:.0} % |", time / rows as f64);
    };
    // e^x: clamp 2, reduction 4, polynomial 13, scaling 2. ln x: split 5, quotient 6, polynomial 12.
    let (exp, ln) = (21.0, 23.0);
    let mut values: Vec<f64> = (0..4096).map(|i| 0.5 + f64::from(i) / 4096.0).collect();
    let plain = values.clone();
    let time = nanoseconds(|| {
        values.copy_from_slice(&plain);
        Passes::exp(black_box(&mut values));
    });
    row("exp", 4096, time, exp);
    let time = nanoseconds(|| {
        values.copy_from_slice(&plain);
        Passes::ln(black_box(&mut values));
    });
    row("ln", 4096, time, ln);
    let law: Arc<dyn Law> = Arc::new(chinchilla());
    let written: Arc<dyn Law> = Arc::new(Written(law.spec().clone()));
    let theta = [1.8, 480.0, 2100.0, 0.35, 0.37];
    for rows in [240, 4096] {
        let data = observations(rows)?;
        let mut passes = Passes::new(&law, &data, &theta)?;
        // Two terms, one logarithm, one reciprocal, Huber's value and slope.
        let loss = 2.0 * (exp + 2.0) + ln + 4.0 + 8.0;
        row("value and gradient", rows, nanoseconds(|| _ = black_box(passes.gradient())), loss + 9.0);
        // Jacobian 5; five slopes and fifteen products of it; seven second moments.
        let jacobian = loss + 8.0;
        row("with the Hessian", rows, nanoseconds(|| _ = black_box(passes.hessian())), jacobian + 32.0);
        row(
            "residuals and Jacobian",
            rows,
            nanoseconds(|| _ = black_box(passes.linearise())),
            jacobian - 8.0,
        );
        let mut general = Passes::new(&written, &data, &theta)?;
        let logs = 2.0 * ln;
        row(
            "the same law, general, gradient",
            rows,
            nanoseconds(|| _ = black_box(general.gradient())),
            loss + 13.0 + logs,
        );
        row(
            "the same law, general, Gauss-Newton",
            rows,
            nanoseconds(|| _ = black_box(general.hessian())),
            jacobian + 25.0 + logs,
        );
    }
    formulas()
}

/// What laws cost a row as text, over what they cost as they are.
#[allow(clippy::print_stdout)]
fn formulas() -> Result<()> {
    println!(
        "\n| law as text | ns a row | times the law itself, gradient | residuals and Jacobian |\n|---|---|---|---|"
    );
    let data = observations(4096)?;
    let data = data.clone().with_unique_tokens(data.tokens().iter().map(|d| d / 3.0).collect())?;
    let unique = "unique_tokens*(A/B)^(1/alpha)";
    let repeated = format!(
        "E + A/(min(N, {unique})*(1 + R_N*(1 - exp(-(N/min(N, {unique}) - 1)/R_N))))^alpha \
         + B/(unique_tokens*(1 + R_D*(1 - exp(-max(D/unique_tokens - 1, 0)/R_D))))^alpha"
    );
    let coupled = "E + ((A/N^alpha)^(1/q) + (B/D^beta)^(1/q))^q";
    let kaplan = "((Nc/N)^(alpha_N/alpha_D) + Dc/D)^alpha_D";
    let broken = "a + b*D^-c0*(1 + (D/d1)^(1/f1))^(-c1*f1)";
    let density = "E + A*((final_params/initial_params)^epsilon + c*(1 - final_params/initial_params)^mu)/final_params^alpha \
                   + B/D^alpha where c=-0.6..0.6";
    for (name, text) in [
        ("chinchilla", "E + A/N^alpha + B/D^beta"),
        ("coupled", coupled),
        ("kaplan", kaplan),
        ("bnsl", broken),
        ("sparse-density", density),
        ("repeated-data", &repeated),
    ] {
        let [law, text] = [nbar::law::by_name(name)?, nbar::law::by_name(text)?];
        let of = |law: &Arc<dyn Law>| {
            let middle =
                |p: &nbar::law::Parameter| p.to_natural(0.5 * (p.to_fitted(p.low) + p.to_fitted(p.high)));
            let theta: Vec<f64> = law.spec().parameters.iter().map(middle).collect();
            let mut passes = Passes::new(law, &data, &theta)?;
            let gradient = nanoseconds(|| _ = black_box(passes.gradient()));
            Ok([gradient, nanoseconds(|| _ = black_box(passes.linearise()))])
        };
        let ([own, rows], [as_text, rows_as_text]): ([f64; 2], [f64; 2]) = (of(&law)?, of(&text)?);
        println!("| {name} | {:.1} | {:.2} | {:.2} |", as_text / 4096.0, as_text / own, rows_as_text / rows);
    }
    Ok(())
}
