//! Fits that others published, with the sweep, the law and the objective of each.

use nbar::law::Law;
use nbar::{Checkpoints, ObservationOptions, Observations, ReadOptions, Result, Rho, Sweep};

/// One published fit.
pub(crate) struct Published {
    /// Who fitted what.
    pub(crate) name: &'static str,
    /// A table of `data`, and which of its rows; all their checkpoints count.
    pub(crate) table: &'static str,
    pub(crate) filter: &'static str,
    pub(crate) law: &'static str,
    /// What a residual of ln L counts for.
    pub(crate) rho: Rho,
    /// Whether the authors' objective is the mean over rows, not the sum.
    pub(crate) mean: bool,
    /// The coefficients in the order of the law and in our units: parameters and tokens as counts. None where only the
    /// sweep is published.
    pub(crate) parameters: Option<Vec<f64>>,
    /// Of these, the ones that our fit is given too.
    pub(crate) given: &'static [&'static str],
    /// What to know about it.
    pub(crate) remark: &'static str,
}

impl Published {
    /// The rows that it was fitted to.
    pub(crate) fn observations(&self) -> Result<Observations> {
        let path = format!("{}/data/{}", env!("CARGO_MANIFEST_DIR"), self.table);
        let read = ReadOptions::default();
        let read = if self.filter.is_empty() { read } else { read.with_filter(self.filter) };
        let options = ObservationOptions::default().with_checkpoints(Checkpoints::All);
        Sweep::from_csv_path_with(path, &read)?.observations(&options)
    }

    /// Σ ρ over the residuals of ln L at its coefficients, for Huber's ρ or absolute deviations.
    pub(crate) fn objective(&self, law: &dyn Law, observations: &Observations) -> Result<Option<f64>> {
        let Some(parameters) = &self.parameters else { return Ok(None) };
        let columns = law.spec().columns(observations)?;
        let counts = |size: f64| match self.rho {
            Rho::Huber { delta } if size <= delta => 0.5 * size * size,
            Rho::Huber { delta } => delta * (size - 0.5 * delta),
            _ => size,
        };
        let rows = observations.loss().iter().enumerate().map(|(row, loss)| {
            let inputs: Vec<f64> = columns.iter().map(|column| column[row]).collect();
            counts((loss / law.loss(parameters, &inputs)).ln().abs())
        });
        Ok(Some(rows.sum()))
    }
}

/// Coefficients of Hoffmann et al. (2022, arXiv 2203.15556): E, A, B, α, β as the paper has them, and as its TeX source has
/// them unrounded (Besiroglu et al. 2024).
const ROUNDED: [f64; 5] = [1.69, 406.4, 410.7, 0.34, 0.28];

fn unrounded() -> Vec<f64> {
    vec![0.526_722_8f64.exp(), 6.007_340_4f64.exp(), 6.017_918_6f64.exp(), 0.339_170_84, 0.284_908_3]
}

/// Besiroglu et al. (2024, arXiv 2404.10102).
const BESIROGLU: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

/// Frantar et al. (2023, arXiv 2309.08520), T5: E, a, c, B, b, α, β, from counts in millions of parameters and in 10⁵ steps
/// of 65,536 tokens.
fn frantar() -> Vec<f64> {
    let [a, b, c, alpha, scale, beta, e] =
        [0.567_785_12, 0.721_612_76, 1.522_650_16, 0.245_131_73, 0.633_615_17, 0.202_707_72, 0.650_742_19];
    let (params, tokens) = (1e6f64.powf(alpha), (1e5 * 65_536.0f64).powf(beta));
    vec![e, a * params, c * params, scale * tokens, b, alpha, beta]
}

/// Muennighoff et al. (2023, arXiv 2305.16264): E, A, B, α, R_D, R_N.
fn muennighoff() -> Vec<f64> {
    vec![0.625_480_4f64.exp(), 6.255_414f64.exp(), 7.304_997_4f64.exp(), 0.352_659_6, 15.387_756, 5.309_743]
}

/// Optima that were found independently, in 40-digit arithmetic (tests/golden/optima.json): no coefficients of these
/// sweeps are known to us from their papers.
const HOT: [f64; 5] = [
    2.143_205_647_557_8,
    213.084_513_767_25,
    4_967_622.156_002_2,
    0.292_891_766_255_805,
    0.712_978_593_085_564_2,
];
const COOL: [f64; 5] = [
    2.074_783_695_205_2,
    226.132_792_229_8,
    271_661.023_196_19,
    0.300_360_566_588_877_6,
    0.580_167_288_376_037_1,
];
const C4: [f64; 5] = [
    1.620_023_528_627_5,
    122.553_120_486_03,
    242.608_881_856_96,
    0.252_574_058_543_338_6,
    0.262_229_224_155_260_4,
];
const REDPAJAMA: [f64; 5] = [
    1.720_244_823_786_3,
    106.090_996_867_31,
    297.975_538_102_24,
    0.243_084_483_628_791,
    0.273_005_439_891_372,
];

/// A fit of the Chinchilla law.
fn chinchilla(
    name: &'static str,
    table: &'static str,
    filter: &'static str,
    parameters: Option<Vec<f64>>,
    remark: &'static str,
) -> Published {
    Published {
        name,
        table,
        filter,
        law: "chinchilla",
        rho: Rho::Huber { delta: 1e-3 },
        mean: false,
        parameters,
        given: &[],
        remark,
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Published> {
    let hoffmann = |name, filter, parameters: Vec<f64>, remark| {
        chinchilla(name, "chinchilla.csv", filter, Some(parameters), remark)
    };
    let own = "fitted to their own losses; these were read off their figure";
    let besiroglu = |name, rho, remark| Published {
        rho,
        ..chinchilla(name, "chinchilla.csv", "outlier=0", Some(BESIROGLU.to_vec()), remark)
    };
    let muennighoff = |name, given, remark| Published {
        law: "repeated-data",
        given,
        ..chinchilla(name, "repeated_data.csv", "", Some(muennighoff()), remark)
    };
    let reference = "reference: found in 40 digits, not published";
    let gemstones =
        |name, table, parameters: [f64; 5]| chinchilla(name, table, "", Some(parameters.to_vec()), reference);
    let gadre = |name, filter, parameters: Option<[f64; 5]>, remark| {
        chinchilla(name, "overtraining.csv", filter, parameters.map(Vec::from), remark)
    };
    vec![
        hoffmann("Hoffmann 2022, rounded", "", ROUNDED.to_vec(), own),
        hoffmann("Hoffmann 2022, unrounded", "", unrounded(), own),
        hoffmann("Hoffmann 2022, rounded, without 5 outliers", "outlier=0", ROUNDED.to_vec(), own),
        hoffmann("Hoffmann 2022, unrounded, without 5 outliers", "outlier=0", unrounded(), own),
        besiroglu(
            "Besiroglu 2024",
            Rho::Huber { delta: 1e-3 },
            "minimises absolute deviations: see the next row",
        ),
        besiroglu(
            "Besiroglu 2024, absolute deviations",
            Rho::Laplace,
            "A, B, alpha and beta to their digits; E is 1.8169",
        ),
        Published {
            law: "sparse",
            mean: true,
            ..chinchilla(
                "Frantar 2023, T5 (mean)",
                "t5_c4_sparse.csv",
                "",
                Some(frantar()),
                "another minimum of their objective is lower",
            )
        },
        muennighoff("Muennighoff 2023", &[], "E, A, B and alpha are from other runs, not fitted to these"),
        muennighoff(
            "Muennighoff 2023, R_D and R_N alone",
            &["E", "A", "B", "alpha"],
            "their second stage, the other four given: another minimum is lower",
        ),
        gemstones("Gemstones 2025, hot", "gemstones_hot.csv", HOT),
        gemstones("Gemstones 2025, cooled down", "gemstones_cool_end.csv", COOL),
        gadre("Gadre 2024, C4", "group=c4_original", Some(C4), reference),
        gadre("Gadre 2024, RedPajama", "group=rpj", Some(REDPAJAMA), reference),
        gadre("Gadre 2024, RefinedWeb", "group=rw_original", None, "nothing to compare with"),
    ]
}
