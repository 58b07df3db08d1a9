//! The same numbers in the words of each tool.

use super::parse::named_tool;
use super::parts::{check, refuse};
use super::{
    CoreAi, CoreMlTools, Dialect, JaxPruner, Jin, LlmCompressor, NeuralCompressor, SchedulerArgs,
    StaticSparse, Tfmot, TfmotConstant, TorchAo, UpdateSteps, ZhuGupta,
};
use crate::schedule::{Ramp, Shape, Unit};
use crate::{Error, Result};

impl Dialect {
    /// What one would write in a tool who has these numbers in mind: sparsities, start, end and distance of the updates
    /// in steps, and a shape by its *word*. What the tool makes of them may be quite different.
    ///
    /// ```
    /// use nbar::schedule::{Dialect, Extent, Network, Ramp, Shape, Unit};
    /// let ramp = Ramp::new(Shape::Cubic, 0.8, 250.0, 750.0, Unit::Step).with_every(50.0);
    /// let extent = Extent::new(1e9).with_steps(1000.0);
    /// let average = |tool| -> nbar::Result<f64> {
    ///     let schedule = Dialect::from_ramp(tool, &ramp)?.schedule(extent)?;
    ///     Ok(schedule.trajectory(Network::new(1.0), extent)?.average_params())
    /// };
    /// // "Cubic" prunes early in one tool, late in another.
    /// assert!(average("tfmot")? < 0.53 && average("neural-compressor")? > 0.71);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Dialect`], where the tool has no words for these numbers.
    pub fn from_ramp(tool: &str, ramp: &Ramp) -> Result<Self> {
        if !Self::TOOLS.contains(&tool) {
            let known = Self::TOOLS.join(", ");
            return Err(Error::unknown("the tool", tool, &known));
        }
        let dialect =
            Numbers::new(ramp).and_then(|n| n.written(tool)).map_err(|error| named_tool(tool, error))?;
        dialect.validate()?;
        Ok(dialect)
    }
}

/// A ramp in whole steps.
struct Numbers {
    shape: Shape,
    initial: f64,
    last: f64,
    start: u64,
    end: u64,
    every: u64,
}

impl Numbers {
    fn new(ramp: &Ramp) -> Result<Self> {
        let problem = || format!("tools count steps, and the numbers are in {}", ramp.unit.noun());
        check(ramp.unit == Unit::Step, problem, "give them in steps")?;
        let every = ramp.every.unwrap_or(1.0);
        for (name, value) in [("start", ramp.start), ("end", ramp.end), ("every", every)] {
            let whole = value.fract() == 0.0 && (0.0..1e15).contains(&value);
            check(whole, || format!("{name} = {value} is no whole step"), "round it")?;
        }
        Ok(Self {
            shape: ramp.shape,
            initial: ramp.initial_sparsity,
            last: ramp.final_sparsity,
            start: ramp.start as u64,
            end: ramp.end as u64,
            every: every as u64,
        })
    }

    fn starts_dense(&self) -> Result<()> {
        let problem = || "it has no initial sparsity".to_owned();
        check(self.initial == 0.0, problem, "leave it out: the tool always starts dense")
    }

    fn only(&self, shape: Shape) -> Result<()> {
        let problem = || format!("it has no {} ramp", self.shape);
        check(self.shape == shape, problem, &format!("choose a {shape} one"))
    }

    /// The power of a polynomial.
    fn power(&self) -> Result<f64> {
        let problem = || format!("it has no {} ramp", self.shape);
        self.shape.power().ok_or_else(|| refuse(problem(), "choose a polynomial"))
    }

    fn whole_intervals(&self) -> Result<u64> {
        let length = self.end.saturating_sub(self.start);
        check(
            self.every > 0 && length > 0 && length.is_multiple_of(self.every),
            || format!("{length} steps are no positive multiple of {}", self.every),
            "give a whole number of updates",
        )?;
        Ok(length / self.every)
    }

    fn named(&self, words: &[(Shape, &'static str)]) -> Result<String> {
        let found = words.iter().find(|(shape, _)| *shape == self.shape);
        found.map(|(_, word)| (*word).to_owned()).ok_or_else(|| {
            let known: Vec<String> = words.iter().map(|(shape, _)| shape.to_string()).collect();
            let remedy = format!("choose one of {}", known.join(", "));
            refuse(format!("it has no {} ramp", self.shape), remedy)
        })
    }

    fn written(&self, tool: &str) -> Result<Dialect> {
        Ok(match tool {
            "zhu-gupta" => {
                self.only(Shape::Cubic)?;
                let n = self.whole_intervals()?;
                Dialect::ZhuGupta(ZhuGupta {
                    s_i: self.initial,
                    s_f: self.last,
                    t0: self.start,
                    n,
                    delta_t: self.every,
                })
            }
            "jin" => {
                self.starts_dense()?;
                self.only(Shape::Geometric)?;
                Dialect::Jin(Jin {
                    sparsity: self.last,
                    gmp_start_step: self.start,
                    gmp_end_step: self.end,
                    gmp_pruning_frequency: self.every,
                })
            }
            "tfmot" => Dialect::Tfmot(Tfmot {
                initial_sparsity: self.initial,
                final_sparsity: self.last,
                begin_step: self.start,
                end_step: self.end,
                power: self.power()?,
                frequency: self.every,
            }),
            "tfmot-constant" => Dialect::TfmotConstant(TfmotConstant {
                target_sparsity: self.last,
                begin_step: self.start,
                end_step: i64::try_from(self.end).unwrap_or(-1),
                frequency: self.every,
            }),
            "jaxpruner" => {
                self.starts_dense()?;
                self.only(Shape::Cubic)?;
                Dialect::JaxPruner(JaxPruner {
                    sparsity: self.last,
                    update_freq: Some(self.every),
                    update_start_step: Some(self.start),
                    update_end_step: Some(self.end),
                    algorithm: None,
                    dist_type: None,
                    drop_fraction: None,
                })
            }
            "torchao" => {
                self.only(Shape::Cubic)?;
                Dialect::TorchAo(TorchAo {
                    sparsity_level: self.last,
                    init_sl: self.initial,
                    init_t: self.start,
                    delta_t: self.every,
                    total_t: self.whole_intervals()?,
                    initially_zero: false,
                })
            }
            "llm-compressor" => Dialect::LlmCompressor(LlmCompressor {
                init_sparsity: self.initial,
                final_sparsity: self.last,
                update_scheduler: match self.shape {
                    Shape::Polynomial { .. } => "polynomial".to_owned(),
                    _ => self.named(&[(Shape::Linear, "linear"), (Shape::Cubic, "cubic")])?,
                },
                scheduler_args: match self.shape {
                    Shape::Polynomial { power } => SchedulerArgs { exponent: Some(power), steps: Vec::new() },
                    _ => SchedulerArgs::default(),
                },
                start: self.start as f64,
                end: self.end as f64,
                update: Some(self.every as f64),
                steps_per_epoch: None,
            }),
            "neural-compressor" => {
                self.starts_dense()?;
                let words = [
                    (Shape::Linear, "linear"),
                    (Shape::Cubic, "cube"),
                    (Shape::Cosine, "cos"),
                    (Shape::Geometric, "exp"),
                ];
                Dialect::NeuralCompressor(NeuralCompressor {
                    target_sparsity: self.last,
                    start_step: self.start,
                    end_step: self.end,
                    pruning_frequency: self.every,
                    sparsity_decay_type: self.named(&words)?,
                    max_sparsity_ratio_per_op: 0.98,
                })
            }
            "coremltools" => Dialect::CoreMlTools(CoreMlTools {
                // Its range excludes the end.
                update_steps: UpdateSteps::Range(format!(
                    "range({}, {}, {})",
                    self.start, self.end, self.every
                )),
                target_sparsity: self.last,
                initial_sparsity: self.initial,
                power: self.power()?,
            }),
            "coreai-opt" => Dialect::CoreAi(CoreAi {
                target_sparsity: self.last,
                begin_step: self.start,
                total_iters: self.end.saturating_sub(self.start),
                power: self.power()?,
                initial_sparsity: self.initial,
                update_frequency: self.every,
            }),
            "rigl" | "set" | "static" => {
                let fixed = StaticSparse { sparsity: self.last, drop_fraction: None };
                match tool {
                    "rigl" => Dialect::Rigl(fixed),
                    "set" => Dialect::Set(fixed),
                    _ => Dialect::Static(fixed),
                }
            }
            "sparseml" => {
                return Err(refuse("it counts epochs", "give its own parameters, with steps_per_epoch"));
            }
            "torch-prune" => {
                return Err(refuse("it knows calls, not ramps", "give calls=[[step, amount], ...]"));
            }
            _ => return Err(refuse("it knows phases, not ramps", "give phases=[[from, to, density], ...]")),
        })
    }
}
