//! scratch
use nbar::law::{Law, chinchilla};
use nbar::{BootstrapOptions, FitOptions, Observations, fit_scaling_law};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

const TRUTH: [f64; 5] = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];

struct Random(ChaCha8Rng);
impl Random {
    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
    fn noise(&mut self, kind: usize) -> f64 {
        match kind {
            0 => self.normal(),
            1 => {
                let u = self.uniform() - 0.5;
                -u.signum() * (1.0 - 2.0 * u.abs()).ln() / 2f64.sqrt()
            }
            _ => {
                let z = self.normal();
                let c: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
                z / (c / 3.0).sqrt() / 3f64.sqrt()
            }
        }
    }
}

fn design(runs: usize) -> Vec<(f64, f64)> {
    let mut r = Random(ChaCha8Rng::seed_from_u64(99));
    (0..runs)
        .map(|_| {
            let n = 4e7 * 200f64.powf(r.uniform());
            (n, n * 3.0 * 100f64.powf(r.uniform()))
        })
        .collect()
}

fn quantities(p: &[f64], cmax: f64) -> [f64; 10] {
    let (e, a, b, al, be) = (p[0], p[1], p[2], p[3], p[4]);
    let opt = |c: f64| {
        let g = (al * a / (be * b)).powf(1.0 / (al + be));
        let n = g * (c / 6.0).powf(be / (al + be));
        let d = c / 6.0 / n;
        (n.ln(), (e + a / n.powf(al) + b / d.powf(be)).ln())
    };
    let (n10, l10) = opt(10.0 * cmax);
    let (n100, l100) = opt(100.0 * cmax);
    [e.ln(), a.ln(), b.ln(), al, be, be / (al + be), l10, l100, n10, n100]
}

fn quant(sorted: &[f64], q: f64) -> f64 {
    let n = sorted.len() as f64;
    let h = (q * (n + 1.0 / 3.0) + 1.0 / 3.0).clamp(1.0, n);
    let i = h.floor() as usize;
    let lo = sorted[i - 1];
    if i < sorted.len() { lo + (h - i as f64) * (sorted[i] - lo) } else { lo }
}

fn main() {
    let sims: usize = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(400);
    let reps: usize = std::env::args().nth(2).and_then(|a| a.parse().ok()).unwrap_or(500);
    let normal = Normal::new(0.0, 1.0).unwrap();
    for (runs, points) in [(16, 10), (50, 10), (240, 10), (50, 1), (240, 1), (16, 1)] {
        for kind in 0..3 {
            for sd in [0.003, 0.01] {
                if kind == 1
                    || (kind == 0 && runs == 240 && points == 1)
                    || (points == 10 && (sd > 0.005 || kind == 1))
                {
                    continue;
                }
                let t0 = std::time::Instant::now();
                let layout = design(runs);
                let cmax = layout.iter().map(|(n, d)| 6.0 * n * d).fold(0.0, f64::max);
                let truth = quantities(&TRUTH, cmax);
                const M: usize = 5;
                let results: Vec<Option<[[bool; 10]; M]>> = (0..sims)
                    .into_par_iter()
                    .map(|sim| {
                        let mut r = Random(ChaCha8Rng::seed_from_u64(sim as u64 * 7 + kind as u64));
                        let (mut n, mut d, mut l, mut id) = (vec![], vec![], vec![], vec![]);
                        for (k, &(nn, dd)) in layout.iter().enumerate() {
                            let common = r.noise(kind) * 0.8f64.sqrt();
                            for j in 1..=points {
                                let tokens = dd * j as f64 / points as f64;
                                let eps = if points == 1 {
                                    r.noise(kind)
                                } else {
                                    common + r.noise(kind) * 0.2f64.sqrt()
                                };
                                n.push(nn);
                                d.push(tokens);
                                id.push(k as u32);
                                l.push(chinchilla().loss(&TRUTH, &[nn, tokens]) * (sd * eps).exp());
                            }
                        }
                        let (n0, d0, l0, id0) = (n.clone(), d.clone(), l.clone(), id.clone());
                        let o = Observations::new(n, d, l)
                            .unwrap()
                            .with_runs(id, (0..runs).map(|i| i.to_string()).collect())
                            .unwrap();
                        let fit = fit_scaling_law(&o, &FitOptions::default().with_jobs(1)).ok()?;
                        let e = fit
                            .bootstrap(
                                &BootstrapOptions::default().with_replicates(reps).with_seed(sim as u64),
                            )
                            .ok()?;
                        let est = quantities(&fit.parameters, cmax);
                        let draws: Vec<[f64; 10]> = e.draws.iter().map(|p| quantities(p, cmax)).collect();
                        let df = (runs as f64 - 5.0).max(1.0);
                        let t = StudentsT::new(0.0, 1.0, df).unwrap().inverse_cdf(0.975);
                        let scale = (runs as f64 / df).sqrt();
                        let wide = normal.cdf(-t * scale);
                        let mut sum_z = [0.0; 10];
                        let mut hit = [[false; 10]; M];
                        for q in 0..10 {
                            let mut v: Vec<f64> = draws.iter().map(|d| d[q]).collect();
                            v.sort_by(f64::total_cmp);
                            let mean = v.iter().sum::<f64>() / v.len() as f64;
                            let sd = (v.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
                                / (v.len() - 1) as f64)
                                .sqrt();
                            let (lo, hi) = (quant(&v, 0.025), quant(&v, 0.975));
                            let z0 = normal.inverse_cdf(
                                (v.iter().filter(|x| **x < est[q]).count() as f64 / v.len() as f64)
                                    .clamp(0.001, 0.999),
                            );
                            let bc = |z: f64| quant(&v, normal.cdf(2.0 * z0 + z));
                            let inside = |lo: f64, hi: f64| lo <= truth[q] && truth[q] <= hi;
                            hit[0][q] = inside(lo, hi);

                            hit[2][q] = inside(bc(-1.96), bc(1.96));
                            hit[1][q] = inside(bc(-t), bc(t));
                            let cap = |c: f64, z: f64| quant(&v, normal.cdf(2.0 * z0.clamp(-c, c) + z));
                            hit[3][q] = inside(cap(0.25, -t), cap(0.25, t));
                            hit[4][q] = inside(cap(0.15, -t), cap(0.15, t));
                            sum_z[q] = z0;
                            let _ = wide;
                        }
                        if sim < 8 {
                            eprintln!("warning z {:.2?}", sum_z);
                        }
                        Some(hit)
                    })
                    .collect();
                let ok = results.iter().flatten().count() as f64;
                println!("runs {runs} x {points} noise {kind} sd {sd}: {} sims, {:.1?}", ok, t0.elapsed());
                for (m, name) in ["percentile", "bct", "bc", "cap25", "cap15"].iter().enumerate() {
                    print!("  {name:<10}");
                    for q in 0..10 {
                        print!(
                            " {:5.1}",
                            100.0 * results.iter().flatten().filter(|h| h[m][q]).count() as f64 / ok
                        );
                    }
                    println!();
                }
            }
        }
    }
}
