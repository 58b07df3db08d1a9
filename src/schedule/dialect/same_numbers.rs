//! The same numbers in the words of each tool.

use super::Dialect;
use super::parse::named_tool;
use super::parts::{check, refuse};
use crate::Result;
use crate::schedule::{Ramp, Shape, Unit};
use serde_json::{Value, json};

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
    /// [`Error::Dialect`](crate::Error::Dialect), where the tool has no words for these numbers.
    pub fn from_ramp(tool: &str, ramp: &Ramp) -> Result<Self> {
        Self::check_tool(tool)?;
        let fields = Numbers::new(ramp).and_then(|numbers| numbers.written(tool));
        Self::from_fields(tool, fields.map_err(|error| named_tool(tool, error))?)
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
        let good = self.every > 0 && length > 0 && length.is_multiple_of(self.every);
        let problem = || format!("{length} steps are no positive multiple of {}", self.every);
        check(good, problem, "give a whole number of updates")?;
        Ok(length / self.every)
    }

    fn named(&self, words: &[(Shape, &'static str)]) -> Result<&'static str> {
        let found = words.iter().find(|(shape, _)| *shape == self.shape);
        found.map(|(_, word)| *word).ok_or_else(|| {
            let known: Vec<String> = words.iter().map(|(shape, _)| shape.to_string()).collect();
            let remedy = format!("choose one of {}", known.join(", "));
            refuse(format!("it has no {} ramp", self.shape), remedy)
        })
    }

    /// The parameters of the tool.
    fn written(&self, tool: &str) -> Result<Value> {
        let Self { initial, last, start, end, every, .. } = *self;
        Ok(match tool {
            "zhu-gupta" => {
                self.only(Shape::Cubic)?;
                json!({"s_i": initial, "s_f": last, "t0": start, "n": self.whole_intervals()?, "delta_t": every})
            }
            "jin" => {
                self.starts_dense()?;
                self.only(Shape::Geometric)?;
                json!({"sparsity": last, "gmp_start_step": start, "gmp_end_step": end, "gmp_pruning_frequency": every})
            }
            "tfmot" => json!({
                "initial_sparsity": initial, "final_sparsity": last, "begin_step": start, "end_step": end,
                "power": self.power()?, "frequency": every
            }),
            "tfmot-constant" => {
                json!({"target_sparsity": last, "begin_step": start, "end_step": end, "frequency": every})
            }
            "jaxpruner" => {
                self.starts_dense()?;
                self.only(Shape::Cubic)?;
                json!({"sparsity": last, "update_freq": every, "update_start_step": start, "update_end_step": end})
            }
            "torchao" => {
                self.only(Shape::Cubic)?;
                json!({
                    "sparsity_level": last, "init_sl": initial, "init_t": start, "delta_t": every,
                    "total_t": self.whole_intervals()?
                })
            }
            "llm-compressor" => {
                let (scheduler, args) = match self.shape {
                    Shape::Polynomial { power } => ("polynomial", json!({"exponent": power})),
                    _ => (self.named(&[(Shape::Linear, "linear"), (Shape::Cubic, "cubic")])?, json!({})),
                };
                json!({
                    "init_sparsity": initial, "final_sparsity": last, "update_scheduler": scheduler,
                    "scheduler_args": args, "start": start, "end": end, "update": every
                })
            }
            "neural-compressor" => {
                self.starts_dense()?;
                let [linear, cubic] = [(Shape::Linear, "linear"), (Shape::Cubic, "cube")];
                let words = [linear, cubic, (Shape::Cosine, "cos"), (Shape::Geometric, "exp")];
                json!({
                    "target_sparsity": last, "start_step": start, "end_step": end, "pruning_frequency": every,
                    "sparsity_decay_type": self.named(&words)?
                })
            }
            // Its range excludes the end.
            "coremltools" => json!({
                "update_steps": format!("range({start}, {end}, {every})"), "target_sparsity": last,
                "initial_sparsity": initial, "power": self.power()?
            }),
            "coreai-opt" => json!({
                "target_sparsity": last, "begin_step": start, "total_iters": end.saturating_sub(start),
                "power": self.power()?, "initial_sparsity": initial, "update_frequency": every
            }),
            "rigl" | "set" | "static" => json!({"sparsity": last}),
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
